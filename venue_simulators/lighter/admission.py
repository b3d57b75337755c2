"""What the API server asks of an order before it accepts it.

First what the order says of itself, then what depends on market and account. A refusal here leaves
no trace: no nonce is consumed and no order exists.
"""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ZERO, Market, Side
from venue_simulators.lighter import wording
from venue_simulators.lighter.errors import Code, Refusal
from venue_simulators.lighter.state import State
from venue_simulators.lighter.terms import (
    ACTIVE_ORDERS_A_MARKET_MAX,
    ACTIVE_ORDERS_MAX,
    BASE_AMOUNT_MAX,
    CLIENT_INDEX_MAX,
    ORDER_EXPIRY_MAX_MS,
    ORDER_EXPIRY_MIN_MS,
    PRICE_MAX,
)
from venue_simulators.lighter.transaction_bodies import Attribute, OrderFields, Transaction

ACCIDENTAL_FACTOR = Decimal(2)
"""(unconfirmed) A buy above twice the mark, or a sell below half of it, counts as a mistake."""


def check_attributes(transaction: Transaction) -> None:
    """Refuse attributes that this account may not use."""
    integrator = transaction.attributes.get(Attribute.INTEGRATOR_ACCOUNT, 0)
    if integrator:
        raise Refusal(Code.INTEGRATOR_NOT_APPROVED)


def check_form(order: OrderFields, now_ms: int, *, base_may_be_zero: bool = False) -> None:
    """Refuse an order that contradicts itself or leaves its integers' ranges.

    Args:
        order: What was sent.
        now_ms: The present instant.
        base_may_be_zero: Whether another order of its group says how much.

    Raises:
        Refusal: with the code of the first field that is wrong.
    """
    least = 0 if base_may_be_zero or _closes_all(order) else 1
    rules = (
        (0 <= order.client_index <= CLIENT_INDEX_MAX, Code.INVALID_CLIENT_INDEX),
        (least <= order.base_amount <= BASE_AMOUNT_MAX, Code.INVALID_BASE_AMOUNT),
        (1 <= order.price <= PRICE_MAX, Code.INVALID_PRICE),
        (order.is_ask in (0, 1), Code.INVALID_SIDE),
        (order.reduce_only in (0, 1), Code.INVALID_PARAMETER),
        (0 <= order.order_type < wording.TWAP, Code.INVALID_ORDER_TYPE),
        (_time_fits_type(order), Code.INVALID_TIME_IN_FORCE),
        (_trigger_fits_type(order), Code.INVALID_PRICE),
        (_expiry_fits(order, now_ms), Code.INVALID_EXPIRY),
    )
    for holds, code in rules:
        if not holds:
            raise Refusal(code)


def check_market(state: State, order: OrderFields, *, price_protection: bool) -> Market:
    """Refuse an order that its market does not take now; return the market."""
    market = open_market(state, order.market)
    check_minimums(state.world.rules[market.contract_id], order)
    if price_protection and order.order_type not in wording.TRIGGERED_TYPES:
        _check_accident(state, market, order)
    return market


def open_market(state: State, number: int) -> Market:
    """Return a market that takes orders."""
    market = state.market(number)
    if market is None or not state.world.tradable(market.contract_id):
        raise Refusal(Code.MARKET_NOT_OPEN)
    return market


def check_minimums(rules: Market, order: OrderFields) -> None:
    """Refuse what is too small; what only reduces may be smaller."""
    if order.reduce_only or order.base_amount == 0:
        return
    size, price = order.base_amount * rules.step, order.price * rules.tick
    if size < rules.min_size or size * price < rules.min_notional:
        raise Refusal(Code.BELOW_MINIMUM)


def check_account(state: State, account: int, order: OrderFields, market: Market) -> None:
    """Refuse an order that this account cannot have now."""
    book = state.books[account]
    client = order.client_index
    if client:
        known = book.orders.of_client(client)
        if client in book.in_flight or (known is not None and known.live):
            raise Refusal(Code.DUPLICATE_CLIENT_INDEX)
    here = sum(one.fields.market == order.market for one in book.orders.live.values())
    if len(book.orders.live) >= ACTIVE_ORDERS_MAX or here >= ACTIVE_ORDERS_A_MARKET_MAX:
        raise Refusal(Code.TOO_MANY_ORDERS)
    # An order that takes is accepted all the same, consumes its nonce, and ends at the sequencer.
    rests = order.order_type not in wording.TRIGGERED_TYPES and not takes(state, order, market)
    if rests and not _has_margin(state, account, order, market):
        raise Refusal(Code.NOT_ENOUGH_MARGIN)


def takes(state: State, order: OrderFields, market: Market) -> bool:
    """Say whether an order would trade at once, or not at all."""
    if order.time_in_force == wording.IOC:
        return True
    if order.time_in_force == wording.POST_ONLY:
        return False
    bid, ask, _ = state.world.best(market.contract_id)
    price = order.price * market.tick
    if order.is_ask:
        return bid is not None and price <= bid[0]
    return ask is not None and price >= ask[0]


def _has_margin(state: State, account: int, order: OrderFields, market: Market) -> bool:
    name = state.books[account].account.name
    held = state.position(account, market.contract_id)
    position = ZERO if held is None else held.size
    side = Side.SELL if order.is_ask else Side.BUY
    closable = max(-side.sign * position, ZERO)
    added = max(order.base_amount * market.step - closable, ZERO)
    needed = added * order.price * market.tick / state.world.leverage(name, market.contract_id)
    return bool(order.reduce_only) or needed <= state.world.funds(name).available


def _check_accident(state: State, market: Market, order: OrderFields) -> None:
    mark, price = state.world.prices(market.contract_id).mark, order.price * market.tick
    far = price < mark / ACCIDENTAL_FACTOR if order.is_ask else price > mark * ACCIDENTAL_FACTOR
    if far:
        raise Refusal(Code.ACCIDENTAL_PRICE)


def _closes_all(order: OrderFields) -> bool:
    """Say whether an amount of zero means the whole position."""
    return bool(order.reduce_only) and order.order_type in wording.TRIGGERED_TYPES


def _time_fits_type(order: OrderFields) -> bool:
    if order.order_type in wording.PRICELESS_TYPES:
        return order.time_in_force == wording.IOC
    return 0 <= order.time_in_force <= wording.POST_ONLY


def _trigger_fits_type(order: OrderFields) -> bool:
    if order.order_type in wording.TRIGGERED_TYPES:
        return 1 <= order.trigger_price <= PRICE_MAX
    return order.trigger_price == 0


def _expiry_fits(order: OrderFields, now_ms: int) -> bool:
    if order.order_type not in wording.TRIGGERED_TYPES and order.time_in_force == wording.IOC:
        return order.expiry_ms == 0
    ahead_ms = order.expiry_ms - now_ms
    return ORDER_EXPIRY_MIN_MS <= ahead_ms <= ORDER_EXPIRY_MAX_MS
