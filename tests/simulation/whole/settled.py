"""What must agree once all is quiet, and at the end: the venues' truth, the journal, the bot."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from app.session import Session
from exchange_clients.base_models import NS, ZERO, ContractId, Feature
from exchange_clients.errors import ExchangeError
from exchange_clients.shared.client.venue_client import VenueClient
from strategies.implementations.funding_arbitrage.state import PairStatus
from strategies.implementations.funding_arbitrage.strategy import FundingArbitrageStrategy
from strategies.implementations.grid.range_state import RangeState
from strategies.implementations.grid.state import GridState
from tests.simulation.quiet import CENT, our_names
from tests.simulation.told_orders import off_their_fills
from tests.simulation.whole.bounds import crowded, too_many_sockets
from tests.simulation.whole.calm import Calm
from tests.simulation.whole.ledgers import miscounted, unbooked, unbooked_of_pairs
from tests.simulation.whole.scenario import Strategy
from tests.simulation.whole.truth import MarketBook
from tests.simulation.whole.venues import BALANCE, BEGIN_NS, WorldVenue
from tests.support.venue_books import (
    breaches_of,
    explained_equity,
    orders_of,
    payments_of,
    payments_told,
)
from tests.support.venue_verdicts import THROTTLED, THROTTLED_MAX, unexplained_numbers
from tests.support.wire_orders import ACCOUNT
from venue_simulators.request_log import ANSWERED

if TYPE_CHECKING:
    from tests.simulation.whole.playing import WholeRun

D = Decimal
SETTLE_S = 60.0
"""How long after the last trouble it is first asked whether everything agrees."""
AGREE_S = 240.0
"""How long it may take from then on."""
LOOK_S = 1.0
ASK_S = 15.0
"""Between two questions to the clients, which cost the bot its venues' requests."""
ARRIVES_S = 5.0 + 10.0 + 2.0
"""An order waits so long for room, as long as that a request is late, and is then sent."""
STANDS_STILL = ("proc.freeze", "proc.sleep")
STOP_S = 30.0
"""Ten seconds for cancellations, ten for the venues' last books, and what has traded is undone."""
EXIT_S = 240.0
"""How long an exit may wait for a better price, be tried, and take."""
BOOK_LEVELS = 3
EATEN = "v.eaten"


async def judge(run: WholeRun, session: Session) -> None:
    """Wait until everything agrees after the last trouble; what does not in time is a breach."""
    clock = session.clock
    if run.agreed:
        return
    await clock.sleep(run.left_s(run.scenario.chaos_s + SETTLE_S))
    until_s = max(run.now_s, run.scenario.chaos_s + SETTLE_S) + AGREE_S
    while True:
        found, pause_s = differences(run, session), LOOK_S
        over = run.now_s > until_s
        if over or not found:
            found += await _asked(run, session)
            pause_s = ASK_S
        if not found:
            run.agreed = True
            run.marks["agreed"] += 1
            return
        if over:
            for text in found:
                run.truth.found(text)
            return
        await clock.sleep(pause_s)


def judge_end(run: WholeRun) -> None:
    """Judge what is left when the last process has ended."""
    for venue in run.venues.values():
        for order in venue.evidence.unannounced:
            run.truth.found(f"I2: {order} went to {venue.name} with no intent in the journal")
        told = (*_of_requests(run, venue), *_overdue(run, venue), *run.times.untimely(venue))
        for text in told:
            run.truth.found(f"{text} by {venue.name}")
    if run.halted:
        for (name, contract_id), book in run.truth.books.items():
            if book.held and not book.too_small:
                run.truth.found(f"I36: {book.held} {contract_id} at {name} after a halt")
    for text in left_by_a_stop(run):
        run.truth.found(text)
    written = b"".join(path.read_bytes() for path in run.disk.present.rglob("*.db*"))
    if any(secret.encode() in written for secret in run.secrets):
        run.truth.found("I40: a secret is in the journal")


def left_by_a_stop(run: WholeRun) -> Iterator[str]:
    """Yield what a process should not have left that was told to stop, and how long it took."""
    if run.stopped_ns is None:
        return
    took_s = (run.now_ns() - run.stopped_ns) / NS
    if took_s - _stood_still_s(run, run.stopped_ns, run.now_ns()) > STOP_S:
        yield f"I35: it took {took_s:.1f} s to stop"
    asked_s = run.now_s - took_s
    if any(asked_s + 0.1 < at_s <= run.now_s for at_s in run.scenario.stops):
        return  # who was told a second time waits for nothing
    calm = Calm(run.scenario)
    for (name, contract_id), book in run.truth.books.items():
        entries = [each for each in book.open.values() if not each.reduce_only]
        if entries and calm.since_s(name, run.now_s) < run.now_s - took_s:
            yield f"I35: {len(entries)} entries of {contract_id} are open at {name} after a stop"


def judge_books(run: WholeRun, session: Session) -> None:
    """Judge what the last process has left in its books."""
    for text in (*unbooked_of_pairs(run, session), *miscounted(run)):
        run.truth.found(text)


def _of_requests(run: WholeRun, venue: WorldVenue) -> Iterator[str]:
    """Count what a venue refused because of too many requests, or of numbers in no order."""
    log = venue.venue.log
    # A process does not know what the one before it had asked for within the last minute.
    throttled = sum(entry.status == THROTTLED and entry.verdict == ANSWERED for entry in log)
    # Nor does it know of what a stranger uses, before it is refused for it.
    strangers = sum(row.kind == EATEN and row.venue == venue.name for row in run.scenario.troubles)
    if throttled > THROTTLED_MAX * (run.lives - 1 + strangers) and not venue.stood_still:
        yield f"I31: {throttled} requests were refused as too many"
    deaths = run.marks["life ended: killed"]
    for at_ns in unexplained_numbers(log, venue.evidence.refused_numbers_ns, deaths):
        yield f"I30: a number was refused at {(at_ns - BEGIN_NS) / NS:.1f} s, and none was in doubt"


def _overdue(run: WholeRun, venue: WorldVenue) -> Iterator[str]:
    """Yield orders that reached their venue long after they were decided on: at prices of then."""
    for entry, order in venue.evidence.placements:
        decided_ns = venue.evidence.decided_ns.get(order.client_order_id, entry.at_ns)
        took_s = (entry.at_ns - decided_ns) / NS - _stood_still_s(run, decided_ns, entry.at_ns)
        if took_s > ARRIVES_S:
            yield f"I31: {order.client_order_id} was {took_s:.0f} s on its way"


def _stood_still_s(run: WholeRun, since_ns: int, until_ns: int) -> float:
    """Return for how long the process, or its machine, stood still that did so in a span."""
    return sum(
        row.seconds or 0.0
        for row in run.scenario.troubles
        if row.kind in STANDS_STILL and since_ns <= BEGIN_NS + row.at_s * NS <= until_ns
    )


def differences(run: WholeRun, session: Session) -> list[str]:
    """Return a sentence for everything that does not agree, as far as no venue must be asked."""
    found: list[str] = []
    for venue in run.venues.values():
        client = _client_of(session, venue)
        found += [f"{text} at {venue.name}" for text in _of_orders(run, venue, client)]
        found += [f"{text} at {venue.name}" for text in _of_money(run, venue)]
        for contract_id, market in venue.traded.items():
            if not _books_agree(venue, client, contract_id):
                found.append(f"I26: the book of {market.symbol} is another at {venue.name}")
    found += [*unbooked(run, session), *unbooked_of_pairs(run, session)]
    return [*found, *_of_strategy(run, session), *_of_process(session)]


async def _asked(run: WholeRun, session: Session) -> list[str]:
    """Return a sentence for everything that the clients tell otherwise than it is."""
    found: list[str] = []
    for venue in run.venues.values():
        client = _client_of(session, venue)
        found += [f"{text} at {venue.name}" for text in await _of_positions(venue, client)]
        if client.supports(Feature.FUNDING_HISTORY):
            found += [f"{text} at {venue.name}" for text in await _of_payments(run, venue, client)]
        found += [f"{text} at {venue.name}" for text in too_many_sockets(venue)]
    return [*found, *crowded(session)]


def _client_of(session: Session, venue: WorldVenue) -> VenueClient:
    client = session.clients[venue.name]
    assert isinstance(client, VenueClient), "the venues are reached over a network"
    return client


async def _of_positions(venue: WorldVenue, client: VenueClient) -> list[str]:
    found = []
    for contract_id, market in venue.traded.items():
        try:
            known = await client.get_position(market.symbol)
        except ExchangeError as error:
            return [f"I15: the position is not known: {error!r}"]
        held = venue.position(contract_id)
        if known != held:
            found.append(f"I15: {held} is held, the client says {known}")
    return found


def _of_orders(run: WholeRun, venue: WorldVenue, client: VenueClient) -> Iterator[str]:
    world = venue.world
    names = our_names(venue)
    resting = {names.get(info.order_id, "") for info in world.open_orders(ACCOUNT)}
    tracked = {str(info.client_order_id) for info in client._manager._tracker.open_orders()}
    ours = {name for name in resting if name}
    yield from (f"I3: {name} is open, and not known" for name in sorted(ours - tracked))
    yield from (f"I4: {name} is known as open, and is not" for name in sorted(tracked - ours))
    books = orders_of(world, venue.name, run.journal, names)
    late = venue.belated().values()
    refused = tuple(f"order {name} is told as refused" for name in late)
    yield from (f"I1-I7: {text}" for text in breaches_of(books) if not text.startswith(refused))
    told = [each.info for each in client._manager._tracker._entries.values()]
    for text in off_their_fills(world, names, [*run.journal.outcomes(venue.name), *told]):
        yield f"I6: {text}"
    left = {
        info.order_id: info.remaining_size
        for info in world.open_orders(ACCOUNT)
        if info.order_id in venue.own_orders
    }
    if left != venue.own_orders:
        yield f"I18: of the user's orders {venue.own_orders} there is {left}"
    if venue.own_other != venue.other:
        yield f"I18: {venue.other} of another market is held, it was {venue.own_other}"


def _of_money(run: WholeRun, venue: WorldVenue) -> Iterator[str]:
    """Explain every cent at the venue by our fills, the user's, the venue's own and its funding."""
    world, names = venue.world, our_names(venue)
    strangers = [fill for fill in world.fills(ACCOUNT) if fill.order_id not in names]
    equity = explained_equity(world, BALANCE, (*strangers, *run.journal.fills(venue.name)))
    if abs(world.funds(ACCOUNT).equity - equity) > CENT:
        yield f"I19: the account is worth {world.funds(ACCOUNT).equity}, its fills say {equity}"


async def _of_payments(run: WholeRun, venue: WorldVenue, client: VenueClient) -> list[str]:
    """Compare what each market was paid with what the client lists."""
    found = []
    for contract_id, market in venue.traded.items():
        try:
            told = await client.get_funding_payments(market.symbol, BEGIN_NS, run.now_ns() + 1)
        except ExchangeError as error:
            return [f"I21: payments are not known: {error!r}"]
        own = payments_told(venue.name, [each.amount for each in told])
        true = payments_of(venue.world, venue.name, contract_id)
        if own != true:
            found.append(f"I21: {market.symbol} was paid {true}, the client lists {own}")
    return found


def _books_agree(venue: WorldVenue, client: VenueClient, contract_id: ContractId) -> bool:
    """Compare the best levels that the venue has published with those that the client has."""
    known = client.stream.get_order_book(contract_id, BOOK_LEVELS)
    true, _ = venue.world.depth(contract_id, BOOK_LEVELS)
    if known is None:
        return True  # nobody watches it
    return all(
        [(level.price, level.size) for level in mine] == [(each.price, each.size) for each in its]
        for mine, its in ((known.bids, true.bids), (known.asks, true.asks))
    )


def _of_strategy(run: WholeRun, session: Session) -> Iterator[str]:
    truth, gate = run.truth, session.bot.gate
    if not session.risk.halted and (not gate.known or gate.reason):
        yield f"I39: entries are off: {gate.reason or 'not reconciled'}"
    if run.scenario.strategy is Strategy.GRID:
        yield from _of_grid(run, session)
        return
    for symbol in truth.symbols:
        if truth.uneven(symbol) > truth.tolerance(symbol):
            yield f"I16: {truth.uneven(symbol)} {symbol} are uneven"
    yield from _of_pairs(run, session)


def _of_pairs(run: WholeRun, session: Session) -> Iterator[str]:
    strategy = session.strategy
    assert isinstance(strategy, FundingArbitrageStrategy), "the other strategy"
    known: dict[tuple[str, str], Decimal] = {}
    oldest_ns = run.now_ns() - round((run.max_age_s + EXIT_S) * NS)
    for pair in strategy.machine.state.live():
        if pair.opened_ns < oldest_ns and not session.risk.halted:
            yield f"I23: {pair.name} is held longer than it may be"
        if pair.status is not PairStatus.OPEN and not session.risk.halted:
            yield f"I39: {pair.name} is {pair.status}"
        for leg in pair.legs:
            known[leg.key] = known.get(leg.key, ZERO) + leg.ledger.quantity
    for key, book in run.truth.books.items():
        # What another hand has taken is in no book of ours, nor what is too small to be closed.
        if not book.past and not book.stuck and book.held != known.get(key, ZERO):
            yield f"I15: {book.held} is held in {key}, the strategy says {known.get(key, ZERO)}"


def _of_grid(run: WholeRun, session: Session) -> Iterator[str]:
    grid = session.strategy.machine.state  # type: ignore[attr-defined]  # of the grid
    truth = run.truth
    book, *others = truth.books.values()
    if isinstance(grid, RangeState):
        yield from _of_range(run, book, grid)
        return
    assert isinstance(grid, GridState), "the other strategy"
    # What the user has closed stays in the grid's books until a person accepts it.
    if abs(book.held) != grid.held - grid.missing:
        yield f"I15: {book.held} is held, the grid says {grid.held} and {grid.missing} missing"
    for second in others:
        if abs(second.net) != grid.hedge.held:
            yield f"I15: {second.net} hedges the grid, which says {grid.hedge.held}"
    if book.past:
        return  # closes that rest may be more than is there: reduce-only
    covered = sum((each.remaining_size for each in book.open.values() if each.reduce_only), ZERO)
    waiting = sum((lot.size for lot in grid.residual), ZERO)
    if covered + waiting != abs(book.held):
        yield f"I24: closes of {covered} and {waiting} waiting do not cover {book.held}"


def _of_range(run: WholeRun, book: MarketBook, grid: RangeState) -> Iterator[str]:
    if book.net != grid.position:
        yield f"I15: {book.net} is held, the range says {grid.position}"
    if book.gone != grid.missing:
        yield f"I15: others have closed {book.gone}, the range says {grid.missing} is missing"
    if not book.past and run.truth.cells is not None:
        yield from run.truth.cells.bare()


def _of_process(session: Session) -> Iterator[str]:
    for name, client in session.clients.items():
        if not client.stream.is_connected:
            yield f"I39: {name} is not connected"
