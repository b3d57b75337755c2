"""What an order must meet once it reaches the engine; who fails is closed with a reason.

The spellings of the reasons for price bands and reduce-only are not published; the others were
seen on the wire.
"""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ONE, ZERO, Side
from venue_simulators.paradex.listing import listing_of
from venue_simulators.paradex.order_form import OrderForm
from venue_simulators.paradex.terms import MS, ParadexTerms
from venue_simulators.world import World

REDUCE_ONLY = "REDUCE_ONLY_WILL_INCREASE"
TOO_LATE = "RECV_WINDOW_EXPIRED"


def closing_reason(world: World, account: str, form: OrderForm, terms: ParadexTerms) -> str | None:
    """Return why an order is closed rather than let into the book, None where it is let in."""
    sealed = form.sealed
    if world.now_ns > (sealed.timestamp_ms + sealed.recv_window_ms) * MS:
        return TOO_LATE
    if form.conditional:
        return None
    held = held_size(world, account, form)
    reduces = held != 0 and (held > 0) is (form.side is Side.SELL)
    if form.reduce_only and not (reduces and form.size <= abs(held)):
        return REDUCE_ONLY
    return _size_reason(form, held, world.mark(form.contract_id), terms)


def _size_reason(form: OrderForm, held: Decimal, mark: Decimal, terms: ParadexTerms) -> str | None:
    closes = form.reduce_only and form.size == abs(held)
    if form.size * mark < form.market.min_notional and not closes:
        return "ORDER_SIZE_BELOW_MIN"
    if form.priced and _out_of_band(form, mark, terms.price_band):
        return "PRICE_BAND_EXCEEDED"
    after = abs(held + form.size * form.side.sign)
    if after > max(abs(held), listing_of(form.contract_id).position_limit):
        return "ORDER_EXCEEDS_POSITION_LIMIT"
    return None


def held_size(world: World, account: str, form: OrderForm) -> Decimal:
    """Return the signed size of the position in an order's market."""
    sizes = {each.contract_id: each.size for each in world.positions(account)}
    return sizes.get(form.contract_id, ZERO)


def _out_of_band(form: OrderForm, mark: Decimal, band: Decimal) -> bool:
    """Say whether a price is too eager; prices away from the market are not looked at."""
    if form.side is Side.BUY:
        return form.price > mark * (ONE + band)
    return form.price < mark * (ONE - band)
