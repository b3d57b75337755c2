"""An order as OKX knows it: what the client asked for, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import ZERO, Fill, OrderInfo, OrderStatus, Reason, Side
from venue_simulators.okx.listing import Instrument
from venue_simulators.okx.wording import Row, ms, plain, rounded

USER, AUTO_CANCEL = "1", "20"
"""Who cancelled: the user, or the timer that the user had set."""
POST_ONLY = "31"
LIQUIDATION = "full_liquidation"


@dataclass(frozen=True, slots=True)
class Exit:
    """A take profit or stop loss that comes with an order, and lives once that has filled."""

    cl_ord_id: str
    take_px: Decimal | None
    take_ord_px: Decimal | None
    stop_px: Decimal | None
    stop_ord_px: Decimal | None
    take_type: str
    stop_type: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The algo order that an order comes from, if any."""

    algo_id: str = ""
    algo_cl_ord_id: str = ""
    source: str = ""
    """6 trigger, 7 take profit or stop loss, 25 trailing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An order in the client's own words; ``size`` is in base units."""

    instrument: Instrument
    td_mode: str
    side: Side
    pos_side: str
    ord_type: str
    size: Decimal
    px: Decimal | None
    cl_ord_id: str = ""
    tag: str = ""
    reduce_only: bool = False
    closes: bool = False
    """Whether it takes from a position in long-short mode."""
    stp_mode: str = "cancel_maker"
    exits: tuple[Exit, ...] = ()
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class Amendment:
    """How a change of an order ended, as its next report tells it."""

    request_id: str = ""
    result: str = ""
    source: str = ""
    code: str = "0"
    message: str = ""


NO_AMENDMENT = Amendment()


@dataclass(slots=True, eq=False)
class OrderRecord:
    """One order from its acceptance on; ``info`` is the world's latest word on it."""

    number: int
    ord_id: str
    asked: Asked
    lever: str
    created_ns: int
    info: OrderInfo | None = None
    category: str = "normal"
    cancel_source: str = ""
    """Why the venue ended it, where the world's reason does not tell."""
    announced: bool = False
    filled: Decimal = ZERO
    """Base units of the fills that were told."""
    spent: Decimal = ZERO
    fee: Decimal = ZERO
    """Paid so far."""
    pnl: Decimal = ZERO
    last_fill: Fill | None = None
    last_pnl: Decimal = ZERO
    held_fills: list[tuple[Fill, Decimal]] = field(default_factory=list)
    """Fills with their profit, whose effect on the order the world has not told yet."""

    @property
    def ended(self) -> bool:
        """Whether it can no longer trade."""
        return self.info is not None and self.info.status.terminal

    @property
    def size(self) -> Decimal:
        """The total size in base units; the venue may have cut it."""
        return self.asked.size if self.info is None else self.info.size

    @property
    def price(self) -> Decimal | None:
        """The limit, None of a market order."""
        return self.asked.px if self.info is None else self.info.price

    @property
    def updated_ns(self) -> int:
        """When it changed last."""
        told = None if self.info is None else self.info.updated_ns
        return self.created_ns if told is None else told

    @property
    def state(self) -> str:
        """The venue's word for its state, as far as its fills were told."""
        if self.filled and self.filled >= self.size:
            return "filled"
        if self.ended and not self.held_fills:
            return "canceled"
        return "partially_filled" if self.filled else "live"

    def take(self, fill: Fill, pnl: Decimal) -> None:
        """Count a fill that is about to be told."""
        self.last_fill, self.last_pnl = fill, pnl
        self.filled += fill.size
        self.spent += fill.size * fill.price
        self.fee += fill.fee
        self.pnl += pnl


_CANCEL_SOURCES = {
    Reason.USER_CANCELED: USER,
    Reason.POST_ONLY_WOULD_CROSS: POST_ONLY,
    Reason.REDUCE_ONLY_REJECTED: "17",
    Reason.SELF_TRADE: "32",
    Reason.LIQUIDATED: "3",
    Reason.NO_LIQUIDITY: "27",
    Reason.INSUFFICIENT_MARGIN: "9",
}
_SOURCE_WORDS = {
    "0": "Order canceled by system",
    "1": "Order canceled by user",
    "3": "Order canceled: Your order was canceled due to forced liquidation",
    "9": "Order canceled: Insufficient balance after funding fees deducted",
    "13": "Order canceled: FOK order was canceled due to incompletely filled",
    "14": "Order canceled: IOC order was partially canceled due to incompletely filled",
    "17": "Order canceled: Close order was canceled, due to the position was already closed",
    "20": "Cancel all after triggered",
    "27": "Order canceled: price of counterparty orders is more than 5% away",
    "31": "The post-only order will take liquidity in taker orders",
    "32": "Self trade prevention",
}


def cancel_source(record: OrderRecord) -> str:
    """Return the number of why an order ended unfilled; nothing while it has not."""
    info = record.info
    if info is None or record.state != "canceled":
        return ""
    if record.cancel_source:
        return record.cancel_source
    if info.reason is Reason.NOT_FILLED_IN_FULL:
        return "13" if record.asked.ord_type == "fok" else "14"
    if info.status is OrderStatus.CANCELED and info.reason is None:
        return USER
    return "0" if info.reason is None else _CANCEL_SOURCES.get(info.reason, "0")


def order_row(record: OrderRecord) -> Row:
    """Return an order as REST answers; ``fee`` is of the whole order, negative when paid."""
    asked, fill = record.asked, record.last_fill
    wire = asked.instrument.wire
    source = cancel_source(record)
    average = rounded(record.spent / record.filled) if record.filled else ""
    return {
        "instType": "SWAP",
        "instId": asked.instrument.inst_id,
        "ccy": "",
        "ordId": record.ord_id,
        "clOrdId": asked.cl_ord_id,
        "tag": asked.tag,
        "px": "" if record.price is None else plain(record.price),
        "pxUsd": "",
        "pxVol": "",
        "pxType": "",
        "sz": wire(record.size),
        "ordType": asked.ord_type,
        "side": asked.side.value,
        "posSide": asked.pos_side,
        "tdMode": asked.td_mode,
        "tgtCcy": "",
        "accFillSz": wire(record.filled),
        "fillPx": "" if fill is None else plain(fill.price),
        "fillSz": "0" if fill is None else wire(fill.size),
        "fillTime": "" if fill is None else ms(fill.venue_ns),
        "tradeId": "" if fill is None else fill.trade_id,
        "avgPx": average,
        "state": record.state,
        "stpId": "",
        "stpMode": asked.stp_mode,
        "lever": record.lever,
        "attachAlgoClOrdId": asked.exits[0].cl_ord_id if asked.exits else "",
        "attachAlgoOrds": [exit_row(one) for one in asked.exits],
        "linkedAlgoOrd": {"algoId": asked.origin.algo_id if asked.origin.source == "7" else ""},
        "tpTriggerPx": "",
        "tpTriggerPxType": "",
        "tpOrdPx": "",
        "slTriggerPx": "",
        "slTriggerPxType": "",
        "slOrdPx": "",
        "fee": plain(-record.fee),
        "feeCcy": "USDT",
        "rebate": "0",
        "rebateCcy": "USDT",
        "source": asked.origin.source,
        "pnl": rounded(record.pnl),
        "category": record.category,
        "reduceOnly": "true" if asked.reduce_only else "false",
        "cancelSource": source,
        "cancelSourceReason": _SOURCE_WORDS.get(source, ""),
        "quickMgnType": "",
        "algoId": asked.origin.algo_id,
        "algoClOrdId": asked.origin.algo_cl_ord_id,
        "isTpLimit": "false",
        "uTime": ms(record.updated_ns),
        "cTime": ms(record.created_ns),
        "tradeQuoteCcy": "",
    }


def exit_row(one: Exit) -> Row:
    """Return an exit as the order that it came with shows it."""
    return {
        "attachAlgoClOrdId": one.cl_ord_id,
        "tpTriggerPx": _given(one.take_px),
        "tpTriggerPxType": "" if one.take_px is None else one.take_type,
        "tpOrdPx": _given(one.take_ord_px),
        "slTriggerPx": _given(one.stop_px),
        "slTriggerPxType": "" if one.stop_px is None else one.stop_type,
        "slOrdPx": _given(one.stop_ord_px),
        "failCode": "",
        "failReason": "",
    }


def _given(price: Decimal | None) -> str:
    return "" if price is None else plain(price)


def order_push(
    record: OrderRecord, *, amendment: Amendment = NO_AMENDMENT, with_fill: bool = False
) -> Row:
    """Return an order as its stream tells it; at most its latest fill is told of."""
    row = order_row(record)
    fill = record.last_fill if with_fill else None
    wire = record.asked.instrument.wire
    mark = None if fill is None else fill.price
    row |= {
        "fillPx": "" if fill is None else plain(fill.price),
        "fillSz": "0" if fill is None else wire(fill.size),
        "fillTime": "" if fill is None else ms(fill.venue_ns),
        "tradeId": "" if fill is None else fill.trade_id,
        "fillFee": "0" if fill is None else plain(-fill.fee),
        "fillFeeCcy": "" if fill is None else "USDT",
        "fillPnl": "0" if fill is None else rounded(record.last_pnl),
        "fillMarkPx": "" if mark is None else plain(mark),
        "fillNotionalUsd": "" if fill is None else rounded(fill.size * fill.price),
        "execType": "" if fill is None else fill.liquidity.value[0].upper(),
        "notionalUsd": rounded(record.size * (record.price or mark or ZERO)),
        "reqId": amendment.request_id,
        "amendResult": amendment.result,
        "amendSource": amendment.source,
        "code": amendment.code,
        "msg": amendment.message,
        "lastPx": "" if mark is None else plain(mark),
    }
    return row


def fill_row(record: OrderRecord, fill: Fill, pnl: Decimal, bill_id: str) -> Row:
    """Return a fill as REST lists it; ``fee`` is negative when paid."""
    asked = record.asked
    return {
        "instType": "SWAP",
        "instId": asked.instrument.inst_id,
        "tradeId": fill.trade_id,
        "ordId": record.ord_id,
        "clOrdId": asked.cl_ord_id,
        "billId": bill_id,
        "subType": "",
        "tag": asked.tag,
        "fillPx": plain(fill.price),
        "fillSz": asked.instrument.wire(fill.size),
        "fillIdxPx": "",
        "fillPnl": rounded(pnl),
        "fillPxVol": "",
        "fillPxUsd": "",
        "fillMarkVol": "",
        "fillFwdPx": "",
        "fillMarkPx": plain(fill.price),
        "side": asked.side.value,
        "posSide": asked.pos_side,
        "execType": fill.liquidity.value[0].upper(),
        "feeCcy": "USDT",
        "fee": plain(-fill.fee),
        "feeRate": "",
        "ts": ms(fill.venue_ns),
        "fillTime": ms(fill.venue_ns),
        "tradeQuoteCcy": "",
    }
