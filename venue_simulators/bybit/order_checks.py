"""What the venue checks before it acknowledges an order; the engine judges the rest afterwards.

Refused at once are wrong parameters, prices and sizes, triggers on the wrong side, names that were
used before, too many orders, and reducing a position that is not there. Margin, crossing and the
fate of what rests show on the stream alone, unless the terms say otherwise.
"""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ContractId, Market, Side
from venue_simulators.bybit import errors, listing
from venue_simulators.bybit.account_book import AccountBook, open_records
from venue_simulators.bybit.errors import Refusal, invalid
from venue_simulators.bybit.order_form import FALLING, INDEX, MARK, RISING, OrderForm
from venue_simulators.bybit.positions import LONG, ONE_WAY
from venue_simulators.bybit.terms import BybitTerms
from venue_simulators.world import World

ACTIVE_MAX = 500
CONDITIONAL_MAX = 10


def check_create(form: OrderForm, book: AccountBook, terms: BybitTerms) -> None:
    """Refuse an order that would not even be acknowledged.

    Raises:
        Refusal: the venue does not take such an order, or not now.
    """
    world = book.world
    market = listed(world, form.symbol)
    if not world.tradable(form.symbol):
        raise Refusal(errors.NOT_LIVE, "contract is not live")
    check_mode(form, book)
    check_price(form.price, form.side, market, world)
    check_size(form, market)
    check_notional(form, market, world)
    check_trigger(form.trigger_price, form.trigger_direction, form.trigger_by, market, world)
    _check_reducing(form, book)
    if form.market and not form.conditional:
        _check_liquidity(form, world)
    if form.link_id and book.find(None, form.link_id) is not None:
        raise Refusal(errors.DUPLICATE_LINK_ID, "OrderLinkedID is duplicate")
    _check_counts(form, book)
    if terms.margin_refused_at_once:
        _check_margin(form, book)


def listed(world: World, symbol: ContractId) -> Market:
    """Return a market by its present rules, refusing a name that is none."""
    market = world.rules.get(symbol)
    if market is None:
        raise invalid("symbol invalid")
    return market


def price_now(world: World, contract_id: ContractId, kind: str) -> Decimal:
    """Return the last, mark or index price; a last that never was is the mark."""
    ticker = world.ticker(contract_id)
    if kind == MARK:
        return ticker.mark
    return ticker.index if kind == INDEX else ticker.last


def check_mode(form: OrderForm, book: AccountBook) -> None:
    """Refuse an order for another mode of positions than the account's."""
    if (form.symbol in book.hedged) is (form.position_idx == ONE_WAY):
        raise Refusal(errors.PARAMETER, "position idx not match position mode")


def check_price(price: Decimal | None, side: Side, market: Market, world: World) -> None:
    """Refuse a price off the grid, off the list or beyond the band around the mark."""
    if price is None:
        return
    if price % market.tick:
        raise invalid("price invalid: not a multiple of the tick size")
    if not market.tick <= price <= listing.highest_price(market):
        raise Refusal(errors.PRICE_OUT_OF_RANGE, "Order price exceeds the allowable range.")
    mark = world.prices(market.contract_id).mark
    highest, lowest = listing.price_bounds(market, mark)
    if side is Side.BUY and price > highest:
        raise Refusal(errors.ABOVE_MAX_PRICE, "the order price is above the maximum buying price")
    if side is Side.SELL and price < lowest:
        raise Refusal(errors.BELOW_MIN_PRICE, "the order price is below the minimum selling price")


def check_size(form: OrderForm, market: Market) -> None:
    """Refuse a size off the grid or beyond the limits; more than a market may close is split."""
    if form.closes_all:
        return
    if form.qty % market.step:
        raise invalid("Qty invalid: not a multiple of the step")
    if form.qty < market.min_size:
        raise invalid("The number of contracts exceeds minimum limit allowed")
    largest = listing.largest_market_size(market) if form.market else listing.largest_size(market)
    if form.qty > largest and not form.reduce_only:
        raise invalid("The number of contracts exceeds maximum limit allowed")


def check_notional(form: OrderForm, market: Market, world: World) -> None:
    """Refuse an order worth too little, unless it only reduces."""
    if form.reduce_only or form.closes_all:
        return
    at = form.price or form.trigger_price or world.prices(form.symbol).mark
    if form.qty * at < market.min_notional:
        raise Refusal(errors.BELOW_NOTIONAL, "Order does not meet minimum order value 5USDT")


def check_trigger(
    price: Decimal | None, direction: int, kind: str, market: Market, world: World
) -> None:
    """Refuse a trigger that the price has passed already."""
    if price is None:
        return
    if price % market.tick or price > listing.highest_price(market):
        raise invalid("triggerPrice invalid")
    now = price_now(world, market.contract_id, kind)
    if direction == RISING and price <= now:
        raise Refusal(
            errors.NOT_RISING, f"expect Rising, but trigger_price[{price}] <= current[{now}]"
        )
    if direction == FALLING and price >= now:
        raise Refusal(
            errors.NOT_FALLING, f"expect Falling, but trigger_price[{price}] >= current[{now}]"
        )


def reduces(form: OrderForm) -> bool:
    """Say whether an order can only close: in hedge mode its side says so."""
    if form.position_idx == ONE_WAY:
        return form.reduce_only
    return form.side is (Side.SELL if form.position_idx == LONG else Side.BUY)


def _check_reducing(form: OrderForm, book: AccountBook) -> None:
    if form.reduce_only and not reduces(form):
        raise Refusal(errors.REDUCE_ONLY_ZERO, "current position is zero, cannot fix reduce-only")
    if not reduces(form) or form.conditional:
        return
    if not book.leg(form.symbol, form.position_idx).closable(form.side):
        raise Refusal(errors.REDUCE_ONLY_ZERO, "current position is zero, cannot fix reduce-only")


def _check_liquidity(form: OrderForm, world: World) -> None:
    bid, ask, _ = world.best(form.symbol)
    if (ask if form.side is Side.BUY else bid) is None:
        raise Refusal(errors.NO_PRICE, "there is no price for a market order")


def _check_counts(form: OrderForm, book: AccountBook) -> None:
    records = open_records(book, form.symbol)
    waiting = sum(1 for one in records if one.waits)
    if form.conditional and waiting >= CONDITIONAL_MAX:
        raise Refusal(errors.TOO_MANY_STOPS, "The number of stop orders exceeds the limit")
    if not form.conditional and len(records) - waiting >= ACTIVE_MAX:
        raise Refusal(errors.TOO_MANY_ORDERS, "not allow more than 500 active orders")


def _check_margin(form: OrderForm, book: AccountBook) -> None:
    if form.conditional or reduces(form):
        return
    world = book.world
    at = form.price or world.prices(form.symbol).mark
    held = [one.size for one in world.positions(book.account) if one.contract_id == form.symbol]
    closing = max(-sum(held, Decimal(0)) * form.side.sign, Decimal(0))
    needed = max(form.qty - closing, Decimal(0)) * at / world.leverage(book.account, form.symbol)
    if needed > world.funds(book.account).available:
        raise Refusal(errors.NO_MONEY, "ab not enough for new order")
