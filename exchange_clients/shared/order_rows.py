"""What venues say of orders in the same way: what is refused, and what comes of rows.

A list holds what could not be read beside what could (``rows.read_rows``); nothing here drops it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from exchange_clients.base_models import (
    NS,
    ContractId,
    Feature,
    Fill,
    LiquidationEvent,
    Market,
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    Symbol,
    VenueOrderId,
)
from exchange_clients.errors import MalformedPayload, OutcomeUnknown, UnsupportedFeature
from exchange_clients.events import FundingPayment, PublicTrade, Unreadable
from exchange_clients.shared.client.gateway import Found, Lookup, NotYetKnown
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.rows import readable
from exchange_clients.shared.venue import FillRows, OrderKey, Rows

UNNAMED = VenueOrderId("")
"""Of an order whose name at the venue the answer does not tell."""
OVERLAP_NS = 60 * NS
"""How far before its placement an order is looked for, in case the clocks differ."""


def refuse_absent(order: NewOrder, venue: str, *absent: Feature) -> None:
    """Refuse an order that asks for what its venue has not; unnoticed it would be another order.

    Raises:
        UnsupportedFeature: names the first.
    """
    asked = {
        Feature.TRAILING_STOP: order.order_type is OrderType.TRAILING_STOP,
        Feature.HEDGE_MODE: order.position_side is not None,
        Feature.ATTACHED_EXITS: (order.take_profit_price, order.stop_loss_price) != (None, None),
    }
    for feature in absent:
        if asked[feature]:
            raise UnsupportedFeature(venue, feature)


def acknowledged(order: NewOrder, order_id: VenueOrderId = UNNAMED) -> OrderInfo:
    """Return an order that was received, and of which nothing else is known."""
    return OrderInfo(
        order_id=order_id,
        client_order_id=order.client_order_id,
        contract_id=order.contract_id,
        side=order.side,
        size=order.size,
        price=order.price,
        status=OrderStatus.PENDING,
        order_type=order.order_type,
        reduce_only=order.reduce_only,
    )


def oldest_first(orders: Iterable[OrderInfo | Unreadable]) -> Rows:
    """Return orders by their creation; what does not tell it comes before the others."""
    return sorted(orders, key=lambda row: getattr(row, "created_ns", None) or 0)


def looked_for_since(key: OrderKey) -> int:
    """Return from when on an order may be told, in ns since the epoch."""
    return max(key.placed_ns - OVERLAP_NS, 0)


def is_of(key: OrderKey, row: OrderInfo | Fill | Unreadable) -> bool:
    """Tell whether a row is of an order, or, where it cannot be read, might be."""
    if isinstance(row, Unreadable):
        return not row.ids or key.client_order_id in row.ids or key.order_id in row.ids
    if row.client_order_id is not None:
        return row.client_order_id == key.client_order_id
    return row.order_id == key.order_id


def found_among(key: OrderKey, rows: Rows) -> Found | None:
    """Return an order out of rows of many, None where none is of it.

    Raises:
        MalformedPayload: a row that may be the order cannot be read. It may not count as missing,
            for what is missing long enough is taken for absent.
    """
    for row in rows:
        if is_of(key, row):
            if isinstance(row, Unreadable):
                raise MalformedPayload(f"a row that may be {key.client_order_id}: {row.reason}")
            return Found(row)
    return None


def in_no_list(key: OrderKey, fills: FillRows) -> NotYetKnown:
    """Say what is known of an order that no list holds.

    Args:
        key: The order.
        fills: Those since its placement.

    Raises:
        OutcomeUnknown: it traded, or may have, so that it is not absent: its end is only not shown.
    """
    if any(is_of(key, fill) for fill in fills):
        raise OutcomeUnknown(f"order {key.client_order_id} traded, its end is not shown")
    return NotYetKnown("in no list")


def told_by_the_past(
    key: OrderKey,
    ended: Rows,
    fills: Callable[[ContractId, int, int], Flow[FillRows]],
    now_ns: int,
) -> Flow[Lookup]:
    """Return what is known of an order that is not open: among those that ended, or by its fills.

    Args:
        key: The order.
        ended: Orders that ended since its placement.
        fills: The venue's way to ask for fills of a contract in [start, end).
        now_ns: The present time at the venue.

    Raises:
        MalformedPayload: a row that may be the order cannot be read.
        OutcomeUnknown: it traded, or may have, and is not among those that ended.
    """
    found = found_among(key, ended)
    if found is not None:
        return found
    since_ns, until_ns = looked_for_since(key), now_ns + OVERLAP_NS
    return in_no_list(key, (yield from fills(key.contract_id, since_ns, until_ns)))


def fills_within(fills: FillRows, start_ns: int, end_ns: int, *, numbered: bool = True) -> FillRows:
    """Return the fills of [start, end), each once, oldest first; then what cannot be read.

    Args:
        fills: As they were listed.
        start_ns: The first instant of interest.
        end_ns: The first that is not.
        numbered: Whether trades are named by numbers that ascend, so that those of one instant are
            put in order by them; otherwise such trades stay as they were listed.
    """
    found = {fill.trade_id: fill for fill in fills if isinstance(fill, Fill)}
    within = [fill for fill in found.values() if start_ns <= fill.venue_ns < end_ns]
    unread = [row for row in fills if isinstance(row, Unreadable)]
    return [*sorted(within, key=_by_number if numbered else _by_time), *unread]


def fills_asked_for(
    fills: FillRows, contract_id: ContractId, start_ns: int, end_ns: int
) -> FillRows:
    """Return the fills of one contract in [start, end), and what cannot be read, as listed."""
    return [
        row
        for row in fills
        if isinstance(row, Unreadable)
        or (row.contract_id == contract_id and start_ns <= row.venue_ns < end_ns)
    ]


def payments_within(
    payments: Iterable[FundingPayment | Unreadable],
    contract_id: ContractId,
    since_ns: int,
    until_ns: int,
) -> Sequence[FundingPayment]:
    """Return the payments of one contract in [since, until), each once, oldest first.

    Raises:
        MalformedPayload: a row cannot be read, so that the sum would be wrong.
    """
    found = {row.payment_id: row for row in readable(payments, "a funding payment")}
    ours = [
        row
        for row in found.values()
        if row.contract_id == contract_id and since_ns <= row.venue_ns < until_ns
    ]
    return sorted(ours, key=lambda row: row.venue_ns)


def liquidation_of(fill: Fill, symbol: Symbol) -> LiquidationEvent:
    """Return that a fill of ours was forced by the venue."""
    return LiquidationEvent(
        fill.contract_id, symbol, fill.side, fill.size, fill.price, fill.venue_ns, ours=True
    )


def liquidation_in(market: Market, trade: PublicTrade) -> LiquidationEvent:
    """Return that a public trade was a stranger's liquidation, exact to the market's grid."""
    return LiquidationEvent(
        contract_id=market.contract_id,
        symbol=market.symbol,
        side=trade.aggressor,
        size=market.size_of(trade.size),
        price=market.price_of(trade.price),
        venue_ns=trade.venue_ns or 0,
        ours=False,
    )


def with_liquidation(
    fill: Fill, symbol_of: Callable[[ContractId], Symbol], *, forced: bool
) -> list[Fill | LiquidationEvent]:
    """Return a fill of ours, and beside it that the venue forced it, if so."""
    if not forced:
        return [fill]
    return [fill, liquidation_of(fill, symbol_of(fill.contract_id))]


def _by_time(fill: Fill) -> int:
    return fill.venue_ns


def _by_number(fill: Fill) -> tuple[int, int]:
    return fill.venue_ns, int(fill.trade_id)
