"""I21: what was paid for funding stands once in our own books: a pair's, the journal's, a run's.

And I19 once more, at the end: what ``pnl`` makes of a run's folder is what the venues' books say.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from app import store_views
from app.past_runs import MarketBook, PastRun, read_runs
from app.session import Session
from database.store_address import SQLITE, STORE_FILE, StoreAddress
from exchange_clients.base_models import NS, ONE, ZERO, ContractId, Feature
from exchange_clients.events import FundingPayment
from exchange_clients.ledger import is_dollars
from strategies.implementations.funding_arbitrage.state import Leg, Pair
from strategies.implementations.funding_arbitrage.strategy import FundingArbitrageStrategy
from tests.simulation.quiet import our_names
from tests.simulation.whole.calm import Calm
from tests.simulation.whole.scenario import Strategy
from tests.simulation.whole.venues import WorldVenue
from tests.support.venue_books import ACCRUING, changes_of, dollars_of, payments_told
from tests.support.wire_orders import ACCOUNT

if TYPE_CHECKING:
    from tests.simulation.whole.playing import WholeRun

D = Decimal
TOLD_S = 400.0
"""How long ago a payment was listed that must be in our books: a market's are asked for five
minutes after they were last, by the next survey, and that may be a slow one."""
CLOCK_S = 10.0
"""By how much the clock that says when a pair was opened may be ahead of its venues'."""
HALF_A_CENT = D("0.005")
"""What venues' roundings of a position's worth may come to."""
ROUNDED = D("0.0001")
"""What their roundings of payments may."""


def unbooked(run: WholeRun, session: Session) -> Iterator[str]:
    """Yield what of funding is in the journal otherwise than its venue has paid it."""
    told: dict[tuple[str, str], list[Decimal]] = {}
    for row in run.journal._read("SELECT venue, contract_id, amount FROM payments"):
        told.setdefault((row["venue"], row["contract_id"]), []).append(D(row["amount"]))
    for venue in _telling(run, session):
        for contract_id in _ours(run, venue):
            paid = payments(run, venue, contract_id)
            own = told.get((venue.name, contract_id), [])
            for text in _unlike(run, venue, paid, own):
                yield f"I21: of {contract_id} at {venue.name} {text} in the journal"


def unbooked_of_pairs(run: WholeRun, session: Session) -> Iterator[str]:
    """Yield which payments are in another pair's ledger than that of the pair that stood there."""
    strategy = session.strategy
    if not isinstance(strategy, FundingArbitrageStrategy) or strategy.machine.state.banked:
        return  # of pairs that were forgotten only a sum is left
    pairs = strategy.machine.state.pairs
    for venue in _telling(run, session):
        for contract_id in venue.traded:
            mine = _paid_by_pair(run, venue, contract_id, pairs)
            for pair in pairs:
                leg = pair.leg_at(venue.name, contract_id)
                if leg is not None:
                    paid = mine.get(pair.number, [])
                    for text in _unlike(run, venue, paid, list(leg.ledger.payments.values())):
                        yield f"I21: of {_named(leg)} {text} in the ledger of pair {pair.number}"


def miscounted(run: WholeRun) -> Iterator[str]:
    """Yield what ``pnl`` says of the run's folder that is not so by the books of the venues."""
    folder = run.disk.present
    runs = read_runs(StoreAddress(SQLITE, folder / STORE_FILE), folder)
    books = [book for each in runs for book in each.books]
    for venue in run.venues.values():
        for contract_id in venue.traded:
            mine = [
                each
                for each in books
                if (each.venue, each.contract_id) == (venue.name, contract_id)
            ]
            for text in _of_market(run, venue, contract_id, mine):
                yield f"{text} of {contract_id} at {venue.name}"
    for past in runs:
        yield from _of_views(run, past)


# Payments -----------------------------------------------------------------------------------------


def payments(run: WholeRun, venue: WorldVenue, contract_id: ContractId) -> list[FundingPayment]:
    """Return what a market has paid; what accrues is paid once the position has changed."""
    world = venue.world
    paid = [each for each in world.payments(ACCOUNT) if each.contract_id == contract_id]
    if venue.name in ACCRUING:
        fills = [each.venue_ns for each in changes_of(world) if each.contract_id == contract_id]
        paid = [each for each in paid if each.venue_ns <= max(fills, default=0)]
    return paid


def _ours(run: WholeRun, venue: WorldVenue) -> Iterator[ContractId]:
    """Yield the markets that are ours alone, or in which a grid stands beside the user.

    Venues pay for all that an account holds of a market: what is paid where no pair stands is the
    user's, and of no run's books.
    """
    pairs = run.scenario.strategy is Strategy.ARBITRAGE
    for contract_id in venue.traded:
        if not (pairs and venue.own[contract_id]):
            yield contract_id


def _telling(run: WholeRun, session: Session) -> Iterator[WorldVenue]:
    """Yield the venues that list what they have paid."""
    for venue in run.venues.values():
        if session.clients[venue.name].supports(Feature.FUNDING_HISTORY):
            yield venue


def _unlike(
    run: WholeRun, venue: WorldVenue, paid: Sequence[FundingPayment], own: Sequence[Decimal]
) -> Iterator[str]:
    """Compare what was paid with what is booked; what is young may be either way."""
    due_ns = run.now_ns() - round(TOLD_S * NS)
    shown_ns = _shown_ns(venue, paid)
    young = [each.amount for each, at_ns in zip(paid, shown_ns, strict=True) if at_ns > due_ns]
    if venue.name in ACCRUING and young:
        return
    old = [each.amount for each, at_ns in zip(paid, shown_ns, strict=True) if at_ns <= due_ns]
    due = payments_told(venue.name, old)
    told = payments_told(venue.name, own)
    if missing := due - told if venue.name not in ACCRUING else _other(due, told):
        yield f"{_words(missing)} paid by the venue is not"
    if venue.name not in ACCRUING and (never := told - due - payments_told(venue.name, young)):
        yield f"{_words(never)} never paid there is"


def _shown_ns(venue: WorldVenue, paid: Sequence[FundingPayment]) -> list[int]:
    """Return from when on each payment of a market is listed; what accrues is paid by a fill."""
    world, booked_ns = venue.world, [each.venue_ns for each in paid]
    if venue.name in ACCRUING and paid:
        market = paid[0].contract_id
        fills = [each.venue_ns for each in changes_of(world) if each.contract_id == market]
        booked_ns = [fills[bisect_left(fills, at_ns)] for at_ns in booked_ns]
    return [world.deeds.late.shown_ns(at_ns) for at_ns in booked_ns]


def _other(due: Counter[Decimal], told: Counter[Decimal]) -> Counter[Decimal]:
    """Return the sum that is due, where another one is told."""
    return Counter() if due == told else due


def _words(amounts: Counter[Decimal]) -> str:
    return ", ".join(map(str, amounts.elements()))


def _named(leg: Leg) -> str:
    return f"{leg.contract_id} at {leg.venue}"


def _paid_by_pair(
    run: WholeRun, venue: WorldVenue, contract_id: ContractId, pairs: Sequence[Pair]
) -> dict[int, list[FundingPayment]]:
    """Return what was paid while each pair stood in a market, by the pair's number."""
    found: dict[int, list[FundingPayment]] = {}
    there = [each for each in pairs if each.leg_at(venue.name, contract_id)]
    for payment in payments(run, venue, contract_id):
        latest_ns = _held_since(venue, contract_id, payment.venue_ns) + round(CLOCK_S * NS)
        stood = [each for each in there if each.opened_ns <= latest_ns]
        if stood:
            found.setdefault(stood[-1].number, []).append(payment)
    return found


def _held_since(venue: WorldVenue, contract_id: ContractId, at_ns: int) -> int:
    """Return when a position was begun that was held at an instant."""
    held, since_ns = ZERO, 0
    for fill in changes_of(venue.world):
        if fill.contract_id == contract_id and fill.venue_ns <= at_ns:
            before, held = held, held + fill.side.sign * fill.size
            if before * held <= 0:
                since_ns = fill.venue_ns
    return since_ns


# What a run has made ------------------------------------------------------------------------------


def _of_market(
    run: WholeRun, venue: WorldVenue, contract_id: ContractId, books: Sequence[MarketBook]
) -> Iterator[str]:
    names = our_names(venue)
    fills = [
        each
        for each in changes_of(venue.world)
        if (each.order_id in names or each.order_id in venue.taken_over)
        and each.contract_id == contract_id
    ]
    held = sum((each.side.sign * each.size for each in fills), ZERO)
    spent = sum((each.side.sign * each.size * each.price for each in fills), ZERO)
    charged = [each for each in fills if each.order_id in names]
    fees = sum((dollars_of(each) for each in charged), ZERO)
    coins = sum((each.fee for each in charged if not is_dollars(each.fee_asset)), ZERO)
    own_coins = sum((D(fee) for each in books for fee in each.elsewhere["fees"].values()), ZERO)
    paid = sum((each.amount for each in payments(run, venue, contract_id)), ZERO)
    cost = sum((each.cost for each in books), ZERO)
    told = [
        ("I15", "is held", held, sum((each.quantity for each in books), ZERO)),
        ("I19", "was spent", spent, cost - sum((each.split.price for each in books), ZERO)),
        ("I19", "was paid in fees", fees, sum((each.split.fees for each in books), ZERO)),
        ("I19", "was paid in coins", coins, own_coins),
        ("I21", "was paid in funding", paid, sum((each.split.funding for each in books), ZERO)),
    ]
    unread = Calm(run.scenario).since_s(venue.name, run.now_s) > run.now_s
    for rule, what, true, own in told:
        if rule == "I21" and (unread or contract_id not in _ours(run, venue)):
            continue  # the last payments are asked for at the end, and no venue must answer
        if abs(true - own) > ROUNDED:
            yield f"{rule}: {true} {what}, pnl says {own},"


def _of_views(run: WholeRun, past: PastRun) -> Iterator[str]:
    (row,) = store_views.pnl_rows([past])
    venues = sum((each["total"] for each in row["per_venue"].values()), ZERO)
    if not venues == row["combined"] == sum(row["realised"].values(), ZERO):
        yield f"I19: the three views of {past.run_id} have three sums"
    for name, told in row["per_venue"].items():
        if name in ACCRUING:
            continue  # what the user's other market accrues is in the account before it is paid
        world = run.venues[name].world
        if world.deeds.collateral_price != ONE:
            continue  # the balance is told in dollars, of which the coin has other than one
        true, own = world.funds(ACCOUNT).cash - run.truth.cash[name], told["balance_change"]
        if run.scenario.lag_s:  # at the start it may have been told of before the user's trades
            true, own = world.funds(ACCOUNT).cash, past.cash[name].last
        # The engine takes the cost of each part that is closed in whole ticks of whole steps.
        rounded = sum(
            (
                world.markets[each.contract_id].tick * world.markets[each.contract_id].step
                for each in changes_of(world)
            ),
            HALF_A_CENT,
        )
        if told["difference"] is not None and abs(true - own) > rounded:
            yield f"I19: the cash at {name}, or its change, is {true}, pnl says {own}"
