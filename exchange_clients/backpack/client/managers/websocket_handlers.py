"""What Backpack's private frames say.

An order's frame abbreviates the words of REST: they are spelt out and read by the same structs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

import msgspec

from exchange_clients import base_models as models
from exchange_clients.backpack.client.utils import converters
from exchange_clients.backpack.client.utils.converters import US, Fill, Order
from exchange_clients.backpack.common import normalize_symbol
from exchange_clients.events import BalanceUpdate, Event, PositionUpdate
from exchange_clients.shared.amounts import Amount
from exchange_clients.shared.order_rows import liquidation_of
from exchange_clients.shared.rows import read_rows

_BOTH = MappingProxyType({"s": "symbol", "S": "side", "c": "clientId"})
_ORDER_WORDS = MappingProxyType(
    _BOTH
    | {"i": "id", "o": "orderType", "X": "status", "q": "quantity", "p": "price", "r": "reduceOnly"}
    | {"z": "executedQuantity", "Z": "executedQuoteQuantity", "P": "triggerPrice"}
    | {"Y": "triggerQuantity", "R": "expiryReason", "T": "updatedAt"}
)
_FILL_WORDS = MappingProxyType(
    _BOTH
    | {"i": "orderId", "t": "tradeId", "L": "price", "l": "quantity", "n": "fee"}
    | {"N": "feeSymbol", "m": "isMaker", "T": "timestamp"}
)
Number = Amount | int | float
"""Documented now as text, now as a number."""


class _OrderEvent(msgspec.Struct):
    e: str
    O: str = "USER"  # noqa: E741  # the venue's word


class _Position(msgspec.Struct):
    s: models.ContractId
    q: Number
    """Signed; ``Q`` is not, and counts open orders too."""
    B: Number
    T: int

    def update(self) -> PositionUpdate:
        entry_price = decimal(self.B) or None  # of a closed position it is zero
        return PositionUpdate(self.s, decimal(self.q), entry_price, self.T * US)


class _Balance(msgspec.Struct):
    """Undocumented: as other clients read it."""

    a: str
    A: Number
    L: Number
    S: Number
    T: int

    def update(self) -> BalanceUpdate:
        total = decimal(self.A) + decimal(self.L) + decimal(self.S)
        return BalanceUpdate(self.a, total, decimal(self.A), self.T * US)


def decimal(number: str | int | float) -> Decimal:
    """Return the exact number, however it was written."""
    return Decimal(str(number))


def order_events(data: msgspec.Raw) -> Sequence[Event]:
    """Read ``account.orderUpdate``: a fill comes before the order as it left it."""
    event = msgspec.json.decode(data, type=_OrderEvent)
    order, fill = _spelt_out(data, _ORDER_WORDS), _spelt_out(data, _FILL_WORDS)
    infos = read_rows([order], Order, Order.info, converters.ORDER_IDS)
    if event.e != "orderFill":
        return infos
    fills = read_rows([fill], Fill, Fill.fill, converters.FILL_IDS)
    # Fills of orders that the venue made are our own liquidation, or another forced exit.
    forced = [each for each in fills if isinstance(each, models.Fill) and event.O != "USER"]
    liquidations = [liquidation_of(each, normalize_symbol(each.contract_id)) for each in forced]
    return [*fills, *liquidations, *infos]


def position_events(data: msgspec.Raw) -> Sequence[Event]:
    """Read ``account.positionUpdate``; positions held at subscribing come without an ``e``."""
    return read_rows([data], _Position, _Position.update, ("s",))


def balance_events(data: msgspec.Raw) -> Sequence[Event]:
    """Read ``account.balanceUpdate``; the values are absolute."""
    return read_rows([data], _Balance, _Balance.update, ("a",))


def _spelt_out(data: msgspec.Raw, words: Mapping[str, str]) -> msgspec.Raw:
    fields = msgspec.json.decode(data, type=dict[str, object])
    spelt = {words[key]: value for key, value in fields.items() if key in words}
    return msgspec.Raw(msgspec.json.encode(spelt))
