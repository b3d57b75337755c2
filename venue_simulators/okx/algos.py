"""An algo order as OKX knows it: it waits for a price, and then an ordinary order comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ONE, Side
from venue_simulators.okx.listing import Instrument
from venue_simulators.okx.wording import Row, ms, plain

TRIGGER, CONDITIONAL, OCO, TRAILING = "trigger", "conditional", "oco", "move_order_stop"
ALGO_TYPES = (TRIGGER, CONDITIONAL, OCO, TRAILING)
LIVE, EFFECTIVE, CANCELED, FAILED = "live", "effective", "canceled", "order_failed"
_SOURCES = {TRIGGER: "6", CONDITIONAL: "7", OCO: "7", TRAILING: "25"}


@dataclass(frozen=True, slots=True)
class Watch:
    """A price to wait for, and at which price to trade then; None trades at the market."""

    px: Decimal
    above: bool
    """Whether it is reached from below."""
    ord_px: Decimal | None
    price_type: str
    """last, mark or index."""

    def reached(self, price: Decimal) -> bool:
        """Say whether a price has got there."""
        return price >= self.px if self.above else price <= self.px


@dataclass(frozen=True, slots=True)
class Trail:
    """How far a trailing stop stays behind the best price; one of both is set."""

    ratio: Decimal | None
    spread: Decimal | None
    active_px: Decimal | None

    def stop(self, best: Decimal, side: Side) -> Decimal:
        """Return the price at which it trades."""
        if self.spread is not None:
            return best + side.sign * self.spread
        assert self.ratio is not None, "a trailing stop has a ratio or a spread"
        return best * (ONE + side.sign * self.ratio)


@dataclass(slots=True, eq=False)
class AlgoRecord:
    """One algo order; ``size`` None closes the whole position."""

    algo_id: str
    cl_ord_id: str
    instrument: Instrument
    ord_type: str
    side: Side
    pos_side: str
    td_mode: str
    size: Decimal | None
    reduce_only: bool
    tag: str
    lever: str
    created_ns: int
    take: Watch | None = None
    stop: Watch | None = None
    trigger: Watch | None = None
    trail: Trail | None = None
    best: Decimal | None = None
    """Of a trailing stop that is active, the best price since."""
    state: str = LIVE
    updated_ns: int = 0
    triggered_ns: int | None = None
    ord_id: str = ""
    actual_side: str = ""
    actual_size: Decimal = Decimal(0)
    actual_px: Decimal | None = None
    fail_code: str = ""

    @property
    def source(self) -> str:
        """How the order that comes of it tells its origin."""
        return _SOURCES[self.ord_type]

    def watches(self) -> list[tuple[str, Watch]]:
        """Return the prices it waits for, each with what reaching it is called."""
        named = (("sl", self.stop), ("tp", self.take), ("trigger", self.trigger))
        return [(name, watch) for name, watch in named if watch is not None]

    def trails(self, price: Decimal) -> bool:
        """Take in the last price; say whether a trailing stop is reached."""
        trail = self.trail
        if trail is None:
            return False
        if self.best is None:
            active = trail.active_px
            if active is not None and self.side.sign * (price - active) > 0:
                return False
            self.best = price
        better = min if self.side is Side.BUY else max
        self.best = better(self.best, price)
        return self.side.sign * (price - trail.stop(self.best, self.side)) >= 0


def algo_row(record: AlgoRecord) -> Row:
    """Return an algo order; a trigger's price is sent as ``orderPx`` and told as ``ordPx``."""
    wire, trail = record.instrument.wire, record.trail
    size = record.size
    row: Row = {
        "algoId": record.algo_id,
        "algoClOrdId": record.cl_ord_id,
        "clOrdId": "",
        "ordId": record.ord_id,
        "ordIdList": [record.ord_id] if record.ord_id else [],
        "instType": "SWAP",
        "instId": record.instrument.inst_id,
        "ccy": "",
        "ordType": record.ord_type,
        "state": record.state,
        "side": record.side.value,
        "posSide": record.pos_side,
        "tdMode": record.td_mode,
        "sz": "" if size is None else wire(size),
        "closeFraction": "1" if size is None else "",
        "reduceOnly": "true" if record.reduce_only else "false",
        "lever": record.lever,
        "tag": record.tag,
        **_watch_words("", record.trigger),
        **_watch_words("tp", record.take),
        **_watch_words("sl", record.stop),
        "activePx": "" if trail is None or trail.active_px is None else plain(trail.active_px),
        "callbackRatio": "" if trail is None or trail.ratio is None else plain(trail.ratio),
        "callbackSpread": "" if trail is None or trail.spread is None else plain(trail.spread),
        "moveTriggerPx": (
            "" if trail is None or record.best is None else plain(_stop_px(record, trail))
        ),
        "actualSz": wire(record.actual_size),
        "actualPx": "" if record.actual_px is None else plain(record.actual_px),
        "actualSide": record.actual_side,
        "triggerTime": ms(record.triggered_ns),
        "failCode": record.fail_code,
        "last": "",
        "attachAlgoOrds": [],
        "linkedOrd": {"ordId": ""},
        "cTime": ms(record.created_ns),
        "uTime": ms(record.updated_ns or record.created_ns),
    }
    return row


def _stop_px(record: AlgoRecord, trail: Trail) -> Decimal:
    assert record.best is not None, "an active trailing stop has a best price"
    return record.instrument.market.nearest_tick(trail.stop(record.best, record.side))


def _watch_words(prefix: str, watch: Watch | None) -> Row:
    names = [f"{prefix}TriggerPx", f"{prefix}TriggerPxType", f"{prefix}OrdPx"]
    if not prefix:
        names = ["triggerPx", "triggerPxType", "ordPx"]
    if watch is None:
        return dict.fromkeys(names, "")
    price = "-1" if watch.ord_px is None else plain(watch.ord_px)
    return dict(zip(names, (plain(watch.px), watch.price_type, price), strict=True))
