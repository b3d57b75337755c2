"""What is done with a cycle that lost too much or took too long.

Closing at market: its close is cancelled and, once that is proven, the rest is closed reduce-only.
Hedging: the close stays, and the second venue holds the opposite until the cycle is closed. One
account nets a buy and a sell of one contract, so a hedge needs that second venue.
"""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import NS, ONE, ZERO, OrderType, Purpose, Side
from strategies.base_strategy import MarketData, OrderParams
from strategies.implementations.grid.desk import Desk, SecondMarket
from strategies.implementations.grid.exits import lot_price
from strategies.implementations.grid.firm_price import firm_exit
from strategies.implementations.grid.sizes import smallest_close
from strategies.implementations.grid.state import CloseOrder, Fate, HedgeOrder

HEDGE_RETRY_NS = 5 * NS
PRICE_ROOM = Decimal("0.95")
"""The part of a known price that the market may have come to since."""


def check_losses(desk: Desk, quote: MarketData) -> None:
    """Recover every cycle whose loss has reached the limit."""
    buying = desk.settings.side is Side.BUY
    exit_price = firm_exit(quote, buying=buying)
    for close in _recoverable(desk):
        bound = loss_bound(desk, close)
        if bound is not None and (exit_price <= bound if buying else exit_price >= bound):
            _recover(desk, close)
    balance_hedge(desk)


def check_ages(desk: Desk) -> None:
    """Recover every cycle that is older than the timeout."""
    timeout_ns = desk.settings.position_timeout_ns
    if timeout_ns is None:
        return
    for close in _recoverable(desk):
        if desk.now_ns >= close.lots[0].opened_ns + timeout_ns:
            _recover(desk, close)


def next_age_ns(desk: Desk) -> int | None:
    """Return when the next cycle times out, None when none will."""
    timeout_ns = desk.settings.position_timeout_ns
    closes = _recoverable(desk)
    if timeout_ns is None or not closes:
        return None
    return min(close.lots[0].opened_ns for close in closes) + timeout_ns


def loss_bounds(desk: Desk) -> list[Decimal]:
    """Return the near-touch prices at which a cycle's loss reaches the limit."""
    bounds = [loss_bound(desk, close) for close in _recoverable(desk)]
    return [bound for bound in bounds if bound is not None]


def loss_bound(desk: Desk, close: CloseOrder) -> Decimal | None:
    """Return the touch price at which the loss of ``close``'s lots reaches the limit."""
    limit = desk.settings.stop_loss
    if limit is None:
        return None
    return lot_price(close.lots) * (ONE - desk.settings.side.sign * limit)


def balance_hedge(desk: Desk) -> None:
    """Bring the second venue to the size of the hedged closes, one order at a time."""
    hedge, second = desk.state.hedge, desk.second
    if second is None or hedge.order is not None:
        return
    if desk.now_ns < max(hedge.due_ns, desk.state.overruled_until_ns):
        return
    missing = _missing(desk, second)
    size = second.market.round_size(abs(missing))
    if size < _least(desk, second, adding=missing > 0) or (missing > 0 and hedge.against):
        return
    hedge.orders += 1
    sign, word = (1, "hedge") if missing > 0 else (-1, "unhedge")
    hedge.order = order = HedgeOrder(f"{word}-{hedge.orders}", size, sign)
    side = desk.settings.side
    desk.orders.append(
        OrderParams(
            side=side.opposite if order.sign > 0 else side,
            quantity=size,
            order_type=OrderType.MARKET,
            key=order.key,
            purpose=Purpose.HEDGE,
            reduce_only=order.sign < 0,
            venue=second.venue,
            contract_id=second.contract_id,
        )
    )


def on_hedge_end(desk: Desk) -> None:
    """An order on the second venue has ended; what is still missing is tried again later."""
    hedge = desk.state.hedge
    order = hedge.order
    assert order is not None, "only a pending hedge order ends"
    hedge.order = None
    desk.state.remember_end(order.key, order.filled)
    if order.filled < order.size:
        hedge.due_ns = desk.now_ns + HEDGE_RETRY_NS
        desk.message = f"{order.key} filled {order.filled} of {order.size}: tried again in 5 s"


def hedge_settled(desk: Desk) -> bool:
    """Tell whether the second venue holds what it should, as far as its step allows."""
    hedge, second = desk.state.hedge, desk.second
    if second is None:
        return True
    missing = _missing(desk, second)
    return hedge.order is None and abs(missing) < _least(desk, second, adding=missing > 0)


def _missing(desk: Desk, second: SecondMarket) -> Decimal:
    """Return by how much the hedge is too small, in units of the second market.

    Below zero it is too large, by no more than is there: another hand may have closed a part.
    """
    hedge = desk.state.hedge
    tokens = _wanted(desk) * desk.market.multiplier
    there = max(hedge.held - hedge.missing, ZERO)
    return max(tokens / second.market.multiplier - hedge.held, -there)


def _least(desk: Desk, second: SecondMarket, *, adding: bool) -> Decimal:
    """Return the least size of an order on the second venue; what reduces has no least value.

    The value is judged by the last price at which the grid has traded, which is of the same token.
    """
    price = desk.state.filled_price
    if not adding or price is None:
        return smallest_close(second.market)
    there = price / desk.market.multiplier * second.market.multiplier
    return second.market.smallest_size(there * PRICE_ROOM)


def _wanted(desk: Desk) -> Decimal:
    """Return the size of the hedged closes, in units of the first market.

    It is no more than what is there: of what another hand has closed the hedge would be all.
    """
    state = desk.state
    live = sum((close.remaining for close in state.live_closes() if close.hedged), start=ZERO)
    waiting = (lot.size for retry in state.retries if retry.hedged for lot in retry.lots)
    return min(sum(waiting, start=live), max(state.held - state.missing, ZERO))


def _recoverable(desk: Desk) -> list[CloseOrder]:
    """Return the take-profits that recovery has not yet acted on, but what is placed just now."""
    placed = {order.key for order in desk.orders}
    return [
        close
        for close in desk.state.live_closes()
        if close.price is not None
        and close.lots
        and not close.hedged
        and close.fate is Fate.REPOST
        and close.cancel_due_ns is None
        and close.key not in placed
    ]


def _recover(desk: Desk, close: CloseOrder) -> None:
    if desk.settings.recovery_mode == "hedge":
        close.hedged = True
        return
    close.fate = Fate.MARKET
    desk.cancel(close)
