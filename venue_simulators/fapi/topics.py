"""Names of streams: ``btcusdt@depth@100ms``, ``!markPrice@arr@1s``.

Symbols are written in small letters here. A name that no stream has is acknowledged as any other
and never says anything; so is a stream of a symbol that is not listed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from exchange_clients.base_models import NS, ContractId
from venue_simulators.fapi.intervals import CANDLE_SECONDS, DEPTH_SPEEDS_NS, MARK_SPEEDS_NS

DIFF, TOP = "depth", "top"
BEST, AGGREGATE, MARK, CANDLE = "bookTicker", "aggTrade", "markPrice", "kline"
DAY, SHORT_DAY, LIQUIDATION = "ticker", "miniTicker", "forceOrder"
PRIVATE = "private"
"""The kind of a listen key, which is a stream's name too."""
CANDLE_SPEED_NS = 250_000_000
DAY_SPEED_NS = 500_000_000
TOP_LEVELS = (5, 10, 20)


@dataclass(frozen=True, slots=True)
class Topic:
    """One public stream; without a contract it is about all of them."""

    name: str
    kind: str
    contract_id: ContractId | None = None
    cadence_ns: int | None = None
    """How often the stream speaks by itself; None when it follows events."""
    levels: int = 0
    interval: str = ""


def read_topic(name: str) -> Topic | None:
    """Return the stream of a name, None where no stream has it."""
    subject, _, rest = name.partition("@")
    kind, _, extra = rest.partition("@")
    if subject.startswith("!"):
        return _of_all(name, subject[1:], kind, extra)
    if not subject or subject != subject.lower():
        return None
    contract_id = ContractId(subject.upper())
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(name, contract_id, extra)
    if kind.startswith("depth"):
        return _top(name, contract_id, kind.removeprefix("depth"), extra)
    if kind.startswith("kline_") and not extra:
        interval = kind.removeprefix("kline_")
        if interval in CANDLE_SECONDS:
            return Topic(name, CANDLE, contract_id, CANDLE_SPEED_NS, interval=interval)
    return None


def _plain(kind: str, cadence_ns: int | None = None) -> _Reader:
    def reader(name: str, contract_id: ContractId, extra: str) -> Topic | None:
        return None if extra else Topic(name, kind, contract_id, cadence_ns)

    return reader


def _paced(kind: str, speeds: Mapping[str, int]) -> _Reader:
    def reader(name: str, contract_id: ContractId, extra: str) -> Topic | None:
        speed_ns = speeds.get(extra)
        return None if speed_ns is None else Topic(name, kind, contract_id, speed_ns)

    return reader


def _top(name: str, contract_id: ContractId, count: str, extra: str) -> Topic | None:
    speed_ns = DEPTH_SPEEDS_NS.get(extra)
    if speed_ns is None or count not in map(str, TOP_LEVELS):
        return None
    return Topic(name, TOP, contract_id, speed_ns, levels=int(count))


def _of_all(name: str, kind: str, form: str, extra: str) -> Topic | None:
    if kind == BEST:
        return None if form else Topic(name, BEST)
    if form != "arr":
        return None
    if kind == MARK:
        speed_ns = MARK_SPEEDS_NS.get(extra)
        return None if speed_ns is None else Topic(name, MARK, cadence_ns=speed_ns)
    if extra:
        return None
    if kind == LIQUIDATION:
        return Topic(name, LIQUIDATION)
    return Topic(name, kind, cadence_ns=NS) if kind in (DAY, SHORT_DAY) else None


_Reader: TypeAlias = Callable[[str, ContractId, str], Topic | None]
_READERS: Mapping[str, _Reader] = {
    AGGREGATE: _plain(AGGREGATE),
    BEST: _plain(BEST),
    LIQUIDATION: _plain(LIQUIDATION),
    DAY: _plain(DAY, DAY_SPEED_NS),
    SHORT_DAY: _plain(SHORT_DAY, DAY_SPEED_NS),
    MARK: _paced(MARK, MARK_SPEEDS_NS),
    DIFF: _paced(DIFF, DEPTH_SPEEDS_NS),
}
