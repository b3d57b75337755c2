"""Names of public channels: ``depth.30000001.200``, ``kline.LAST_PRICE.30000001.MINUTE_1``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exchange_clients.base_models import ContractId
from venue_simulators.edgex.errors import UNRECOGNIZED, EdgexError
from venue_simulators.edgex.listing import Contract
from venue_simulators.edgex.market_rows import KLINE_SECONDS, PRICE_TYPES

ALL = "all"
EVERY_SECOND = ("ticker.all", "ticker.all.1s", "bookTicker.all.1s")
_DEPTH_WORDS = ("15", "200")


@dataclass(frozen=True, slots=True)
class Topic:
    """One channel, read."""

    name: str
    kind: str
    contract: Contract | None = None
    """None where it is about all of them."""
    detail: tuple[str, ...] = ()


def read_topic(name: str, contracts: Mapping[ContractId, Contract]) -> Topic:
    """Return the channel of a name.

    Raises:
        EdgexError: there is no such channel, or no such contract.
    """
    kind, *rest = name.split(".")
    if name == "metadata" or name in (*EVERY_SECOND, "fundingRate.all"):
        return Topic(name, kind)
    match kind, rest:
        case "ticker" | "trades" | "fundingRate" | "bookTicker", [contract_id] if (
            contract_id != ALL
        ):
            return Topic(name, kind, _contract(contract_id, contracts))
        case "depth", [contract_id, level] if level in _DEPTH_WORDS:
            return Topic(name, kind, _contract(contract_id, contracts), (level,))
        case "kline", [price_type, contract_id, length] if (
            price_type in PRICE_TYPES and length in KLINE_SECONDS
        ):
            contract = _contract(contract_id, contracts)
            return Topic(name, kind, contract, (price_type, length))
    raise EdgexError(UNRECOGNIZED, f"invalid channel:{name}")


def _contract(contract_id: str, contracts: Mapping[ContractId, Contract]) -> Contract:
    contract = contracts.get(ContractId(contract_id))
    if contract is None:
        raise EdgexError("INVALID_CONTRACT_ID", f"invalid contractId:{contract_id}")
    return contract
