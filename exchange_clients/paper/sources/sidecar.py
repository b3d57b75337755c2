"""What a recording does not say about its instrument: a small file beside it, else stated defaults.

``btcusdt_20240808.gz`` is described by ``btcusdt_20240808.gz.yml`` (or ``.yaml``, ``.json``)::

    symbol: BTC
    tick: 0.1
    step: 0.001
    min_notional: 100
    maker_fee: 0.0002
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec

from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.paper.sources.base import RecordingError

SUFFIXES = (".yml", ".yaml", ".json")
QUOTE_ASSETS = ("USDT", "USDC", "FDUSD", "BUSD", "USD")


class Instrument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields a sidecar may hold; None is not stated. Fees are fractions of notional."""

    symbol: str | None = None
    tick: Decimal | None = None
    step: Decimal | None = None
    min_size: Decimal | None = None
    min_notional: Decimal | None = None
    maker_fee: Decimal | None = None
    taker_fee: Decimal | None = None
    max_leverage: Decimal | None = None
    maintenance_margin: Decimal | None = None
    multiplier: Decimal | None = None

    def __post_init__(self) -> None:
        for name in ("tick", "step"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be above zero, got {value}")


DEFAULTS = Instrument(
    min_notional=Decimal(5),
    maker_fee=Decimal("0.0002"),
    taker_fee=Decimal("0.0005"),
    max_leverage=Decimal(20),
    maintenance_margin=Decimal("0.005"),
    multiplier=Decimal(1),
)
"""Assumed, and stated in the report, where no sidecar says otherwise."""


def load_sidecar(recording: Path) -> Instrument:
    """Read the file beside ``recording``; an ``Instrument`` that states nothing if there is none.

    Raises:
        RecordingError: the sidecar cannot be read, or names a field that does not exist.
    """
    for suffix in SUFFIXES:
        path = recording.with_name(recording.name + suffix)
        if path.exists():
            return _parse(path)
    return Instrument()


def write_sidecar(recording: Path, market: Market) -> Path:
    """Write what a venue lists of a market beside its recording, and return the file.

    Raises:
        OSError: it cannot be written.
    """
    path = recording.with_name(recording.name + SUFFIXES[0])
    values = {name: getattr(market, name) for name in Instrument.__struct_fields__}
    lines = [
        f"{name}: {value if isinstance(value, str) else format(value, 'f')}\n"
        for name, value in values.items()
    ]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _parse(path: Path) -> Instrument:
    try:
        fields = _fields(path)
        return msgspec.convert(fields, Instrument, strict=False)
    except (ValueError, ArithmeticError) as error:  # msgspec's errors are ValueErrors
        known = ", ".join(Instrument.__struct_fields__)
        reason = " ".join(str(error).split())
        raise RecordingError(f"{path}: {reason}; the fields are {known}") from None


def _fields(path: Path) -> object:
    """Read the text with every number left as written, so that 0.1 stays exact."""
    if path.suffix == ".json":
        raw: dict[str, msgspec.Raw] = msgspec.json.decode(
            path.read_bytes(), type=dict[str, msgspec.Raw]
        )
        return {name: bytes(value).decode().strip('"') for name, value in raw.items()}
    try:
        import yaml  # noqa: PLC0415  # only this form of sidecar needs it
    except ImportError:
        raise RecordingError(f"{path}: PyYAML is not installed; write it as .json") from None
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader) or {}
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def describe_market(
    contract_id: ContractId, symbol: Symbol, said: Instrument, inferred: Instrument
) -> tuple[Market, tuple[str, ...]]:
    """Build the market from what the sidecar said, else what was inferred, else the defaults.

    Returns:
        The market, and a sentence for each thing that the sidecar did not say.
    """
    assumptions = []
    values: dict[str, Decimal] = {}
    for name in Instrument.__struct_fields__[1:]:
        value = getattr(said, name)
        if value is None:
            value, origin = getattr(inferred, name), "inferred from the recording"
            if value is None:
                value, origin = getattr(DEFAULTS, name), "assumed"
            if value is not None:
                assumptions.append(f"{name} {value} {origin}")
        if value is not None:
            values[name] = value
    values.setdefault("min_size", values["step"])
    market = Market(Symbol(said.symbol or symbol), contract_id, **values)
    return market, tuple(assumptions)


def base_symbol(contract_id: str) -> Symbol:
    """Return the base asset of a Binance spelling: ``"BTCUSDT"`` -> ``"BTC"``."""
    pair = contract_id.upper().partition("_")[0]
    for quote in QUOTE_ASSETS:
        if pair.endswith(quote) and pair != quote:
            return Symbol(pair.removesuffix(quote))
    return Symbol(pair)
