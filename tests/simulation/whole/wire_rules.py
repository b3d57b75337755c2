"""What must hold of each order as it is decided on: at the instant its intent is durable.

The venue's truth says what the market was; the bot's own stream says what it could know of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from app.session import Session
from exchange_clients.base_models import NS, ZERO, Market, NewOrder
from exchange_clients.journal import OrderIntent
from strategies.implementations.funding_arbitrage.state import Leg, Pair
from strategies.implementations.funding_arbitrage.strategy import FundingArbitrageStrategy
from tests.simulation.whole.calm import Calm
from tests.simulation.whole.churn import ORDERS_MAX
from tests.simulation.whole.scenario import Strategy
from tests.simulation.whole.truth import ROOM
from tests.simulation.whole.venues import BEGIN_NS, WorldVenue

if TYPE_CHECKING:
    from tests.simulation.whole.playing import WholeRun

D = Decimal
COLLAR = D("0.06")
"""How much worse than the middle of the book a price may be; the book moves while it is decided."""
POST_ONLY_TICKS = 2
"""How far inside the far touch a cycle opens, where nothing else is configured."""
LEARNED_S = 180.0
"""Within which a client that was refused by other rules orders by them: the longest pause between
two readings of the list, half a minute until it is looked whether one is due, a slow answer."""
HAND_S = 60.0 + 15.0
"""Within which it is known what another hand has closed: positions are looked at every minute, and
until two answers agree."""
BOOK_AGE_S = 61.0
"""How old a book may be on which anything is opened."""
TOLD_LATE_S = 16.0
"""How late what is opened on may have been told: five seconds beyond what clocks differ by, two at
most, and by as much as one may have been set meanwhile."""
UNSTAMPED_LATE_S = {"edgex": 40.0}
"""The same where a book says no time: a silence without a proof, and what a clock was set by."""


def judge_intent(run: WholeRun, session: Session | None, intent: OrderIntent) -> None:
    """Judge a placement that is about to be sent."""
    venue, order = run.venues[intent.venue], intent.order
    assert order is not None, "a placement has an order"
    of_any = (*_of_rules(run, venue, order), *_of_books(run, session, intent))
    for text in (*of_any, *_of_sending(run, venue, order)):
        run.truth.found(f"{text} at {intent.venue}")
    if order.reduce_only:
        return
    if run.truth.hedge is not None and venue is run.truth.hedge.second.venue:
        for text in _of_book(run, session, intent):
            run.truth.found(f"{text} at {intent.venue}")
        return  # a hedge waits for nothing, and is as large as what it hedges
    means = run.means.lacks(venue.name, order, _leverage(session, intent))
    decided = (*_of_book(run, session, intent), *_of_target(run, session, intent), *means)
    found = [*_of_price(run, venue, order), *decided]
    if run.scenario.strategy is Strategy.GRID and session is not None:
        found += _of_grid(run, session, venue.name, order)
        found += [] if found else _of_touch(run, venue, order)
    for text in found:
        run.truth.found(f"{text} at {intent.venue}")


def _of_sending(run: WholeRun, venue: WorldVenue, order: NewOrder) -> Iterator[str]:
    """Check that an order may be sent at all: how many are, and whether this one may enter."""
    if run.churn.exceeds(venue.name, order.contract_id, run.now_ns()):
        yield f"I31: more than {ORDERS_MAX} orders within a minute"
    if run.scenario.dry:
        yield "I40: a dry run asks for an order"
    if order.reduce_only:
        return
    if unread := run.knowing.unread(venue.name):
        yield f"I33: an order enters, and {unread} were not asked for"
    if run.commands.forbids and not _evens(run, venue, order):
        yield "I36: an entry although a person has paused them"


def _evens(run: WholeRun, venue: WorldVenue, order: NewOrder) -> bool:
    """Tell whether an order takes a leg, or a hedge, to what is held elsewhere, and no further."""
    truth = run.truth
    if run.scenario.strategy is Strategy.GRID:
        return truth.hedge is not None and truth.hedge.takes(venue, order)
    market = truth.books[venue.name, order.contract_id].market
    legs = [book for book in truth.books.values() if book.market.symbol == market.symbol]
    more = sum((book.held * book.market.multiplier for book in legs), ZERO)
    left = abs(more) - order.size * market.multiplier
    return more * order.side.sign < 0 and left >= -truth.tolerance(market.symbol)


def _leverage(session: Session | None, intent: OrderIntent) -> D | None:
    """Return what leverage a pair counts with; None of what is no pair's leg."""
    return next((pair.leverage for pair, _ in _legs(session, intent)), None)


def _legs(session: Session | None, intent: OrderIntent) -> Iterator[tuple[Pair, Leg]]:
    """Yield the live pair and its leg that a placement is of; nothing where it is of none."""
    if session is None or not isinstance(session.strategy, FundingArbitrageStrategy):
        return
    for pair in session.strategy.machine.state.live():
        for leg in pair.legs:
            if leg.key == (intent.venue, intent.contract_id):
                yield pair, leg


def _of_target(run: WholeRun, session: Session | None, intent: OrderIntent) -> Iterator[str]:
    """Check that a leg never comes to more than was decided, however often it is sent."""
    book, order = run.truth.books[intent.venue, intent.contract_id], intent.order
    assert order is not None, "a placement has an order"
    for _, leg in _legs(session, intent):
        comes_to = abs(book.held + order.side.sign * order.size)
        if comes_to > leg.target + book.extra + book.venue.rules.step(intent.contract_id):
            yield f"I10: a leg would come to {comes_to}, it was to be {leg.target}"


def _of_books(run: WholeRun, session: Session | None, intent: OrderIntent) -> Iterator[str]:
    """Check what an order goes by of what is held."""
    venue, hedge = run.venues[intent.venue], run.truth.hedge
    hedges = hedge is not None and venue is hedge.second.venue
    if run.scenario.strategy is Strategy.GRID and intent.order is not None and not hedges:
        yield from _of_hand(run, venue, intent.order)
    for pair, leg in _legs(session, intent):
        yield from run.going_by.lacks(run, pair, leg, intent)


def _of_rules(run: WholeRun, venue: WorldVenue, order: NewOrder) -> Iterator[str]:
    for text in (*_of_size(venue, order), *_of_learning(run, venue, order)):
        yield f"I12: {text}"


def _of_size(venue: WorldVenue, order: NewOrder) -> Iterator[str]:
    """Check an order by the rules in force, or by those that nobody need have heard of yet."""
    found = [list(_off(market, order)) for market in venue.rules.known(order.contract_id)]
    if all(found):
        yield from found[-1]


def _of_learning(run: WholeRun, venue: WorldVenue, order: NewOrder) -> Iterator[str]:
    """Check that whoever was refused by other rules has learned of them, where nothing keeps it."""
    off = list(_off(venue.rules.present(order.contract_id), order))
    if not off:
        return
    first_s = (venue.rules.off_since_ns(order.contract_id) - BEGIN_NS) / NS
    calm_s = Calm(run.scenario).since_s(venue.name, run.now_s)
    lasts_s = run.now_s - max(first_s, calm_s, run.born_s)
    if lasts_s > LEARNED_S:
        yield f"{off[0]}, {lasts_s:.0f} s after another was not"


def _off(market: Market, order: NewOrder) -> Iterator[str]:
    if order.size <= 0 or order.size % market.step:
        yield f"a size of {order.size} is not on the step {market.step}"
    if order.price is not None and (order.price <= 0 or order.price % market.tick):
        yield f"a price of {order.price} is not on the tick {market.tick}"
    if order.size < market.min_size and not order.reduce_only:
        yield f"a size of {order.size} is below {market.min_size}"


def _of_price(run: WholeRun, venue: WorldVenue, order: NewOrder) -> Iterator[str]:
    mark = venue.world.mark(order.contract_id)
    if order.price is not None and order.side.sign * (order.price / mark - 1) > COLLAR:
        yield f"I11: a {order.side} at {order.price}, the market is at {mark}"
    most = D(run.scenario.most_usd) * ROOM
    book = run.truth.books[(venue.name, order.contract_id)]
    held, most = book.held, most + book.extra * mark
    if run.scenario.strategy is Strategy.ARBITRAGE and held * order.side.sign > 0:
        worth = (abs(held) + order.size) * mark
    else:
        worth = order.size * (order.price or mark)
    if worth > most:
        yield f"I10: {worth:.2f} USD would be held, {most} may"


def _of_book(run: WholeRun, session: Session | None, intent: OrderIntent) -> Iterator[str]:
    """Check that what opens was decided on a book that is sound and young."""
    if session is None:
        yield "I33: an order before the run began"
        return
    stream = session.clients[intent.venue].stream
    if not run.books.agrees(intent.venue, stream, intent.contract_id):
        yield "I26: an order on a book that never was"
    quote = stream.best_bid_offer(intent.contract_id)
    if quote is None:
        return  # what was priced before the book broke; the next decision has none
    if quote.bid >= quote.ask:
        yield f"I25: the book is crossed, {quote.bid} and {quote.ask}"
    age_s = (intent.at_ns - quote.local_ns) / NS
    if age_s > BOOK_AGE_S:
        yield f"I25: the book is {age_s:.1f} s old"
    heard_ns = run.now_ns() - (intent.at_ns - quote.local_ns)
    over_s = run.books.over_s(intent.venue, stream, intent.contract_id, heard_ns)
    if over_s > UNSTAMPED_LATE_S.get(intent.venue, TOLD_LATE_S):
        yield f"I25: the book was told {over_s:.1f} s late"


def _of_grid(run: WholeRun, session: Session, venue: str, order: NewOrder) -> Iterator[str]:
    """Check what closes the gate before a grid's entries."""
    yield from run.pauses.hurried(venue, order.price)
    if not session.bot.gate.known:
        yield "I33: an entry before both sides' books were compared"
    if session.risk.halted:
        yield "I36: an entry after the halt"
    if run.stopped_ns is not None:
        yield "I35: an entry after the stop"


def _of_hand(run: WholeRun, venue: WorldVenue, order: NewOrder) -> Iterator[str]:
    """Check that what another hand has closed is neither opened beside nor closed once more."""
    book = run.truth.books[venue.name, order.contract_id]
    calm_s = Calm(run.scenario).since_s(venue.name, run.now_s)
    told_s = max((book.past_ns - BEGIN_NS) / NS, calm_s, run.born_s) + HAND_S
    if not book.gone or run.now_s < told_s:
        return
    if not order.reduce_only:
        yield f"I15: an entry, and another hand has closed {book.gone}"
        return
    rest = sum((each.remaining_size for each in book.open.values() if each.reduce_only), ZERO)
    if run.truth.cells is None and rest + order.size > abs(book.held):
        yield f"I24: closes would come to {rest + order.size}, {abs(book.held)} is held"


def _of_touch(run: WholeRun, venue: WorldVenue, order: NewOrder) -> Iterator[str]:
    """Check that a cycle is opened so many ticks off the far touch of its own venue."""
    if run.truth.cells is not None or order.price is None:
        return  # a range opens at its levels
    known = venue.rules.known(order.contract_id)
    for touch in run.books.far_touches(venue.name, order.contract_id, order.side):
        for rules in known:
            off = POST_ONLY_TICKS * rules.tick * order.side.sign
            priced = rules.round_price(touch - off, order.side)
            # The client may have read of other rules than the grid was told of by then.
            if order.price in [each.round_price(priced, order.side) for each in known]:
                return
    yield f"I25: an entry at {order.price} follows no book of its venue"
