"""What an account must meet to have an order taken in; refusals change nothing.

Post-only and margin are not asked here: that verdict comes with the book, after the answer.
"""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ONE, ZERO, Side
from venue_simulators.grvt.order_form import OrderForm
from venue_simulators.world import World


def refusal(world: World, account: str, form: OrderForm, band: Decimal) -> int | None:
    """Return the code with which a well-formed order is refused, None when it is taken in."""
    contract_id = form.instrument.contract_id
    if not world.tradable(contract_id):
        return 2060
    sizes = {each.contract_id: each.size for each in world.positions(account)}
    held = sizes.get(contract_id, ZERO)
    if form.reduce_only and (code := _reducing_refusal(form, held)) is not None:
        return code
    change = form.size if form.side is Side.BUY else -form.size
    if abs(held + change) > max(abs(held), form.instrument.listing.max_position_size):
        return 2081
    return _price_refusal(form, held, world.prices(contract_id).mark, band)


def _reducing_refusal(form: OrderForm, held: Decimal) -> int | None:
    if held == 0:
        return 2400
    if (held > 0) is (form.side is Side.BUY):
        return 2401
    return 2402 if form.size > abs(held) else None


def _price_refusal(form: OrderForm, held: Decimal, mark: Decimal, band: Decimal) -> int | None:
    price = form.price or form.trigger_price or mark
    if form.size * price < form.instrument.market.min_notional:
        # Closing a tiny remainder is refused like anything else, under a code of its own.
        opposite = held != 0 and (held > 0) is (form.side is Side.SELL)
        return 2067 if opposite and form.size <= abs(held) else 2066
    if form.market:
        return None
    if form.side is Side.BUY:
        return 7201 if form.price > mark * (ONE + band) else None
    return 7201 if form.price < mark * (ONE - band) else None
