"""What may be so for a moment and must not last: looked at each second of a run.

Time counts while every venue that it takes is calm, and a while after the process was born. So each
rule holds amid the troubles of a run as well, between two of them, and not at its end alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from app.session import Session
from exchange_clients.base_models import NS, ZERO, OrderInfo, OrderStatus
from exchange_clients.shared.client.venue_client import VenueClient
from strategies.implementations.funding_arbitrage.state import Pair, PairStatus
from strategies.implementations.funding_arbitrage.strategy import FundingArbitrageStrategy
from strategies.implementations.grid.state import GridState
from tests.simulation.whole.calm import AFTER_BIRTH_S, Calm
from tests.simulation.whole.conditions import Condition
from tests.simulation.whole.going_on import idle
from tests.simulation.whole.knowing import READ_S
from tests.simulation.whole.means import depegged
from tests.simulation.whole.scenario import Scenario

if TYPE_CHECKING:
    from tests.simulation.whole.playing import WholeRun

EVERY_S = 1.0
"""Between two looks: a span is known to a second."""
KNOWN_S = 10.0
UNKNOWN_S = 60.0
UNEVEN_S = 60.0
TURN_S = 1.0 + EVERY_S
TAKEN_BACK_S = 25.0
"""What was voided is told at once, and asked for every 20 s."""
COVERED_S = 2.0 + EVERY_S
HANGS_S = 60.0
RECONCILED_S = 30.0
FLAT_S = 30.0
ENDS_S = 10.0 + EVERY_S
EXITS_S = 60.0 + 30.0 + 30.0
"""An exit waits a minute for a better price, a survey comes within half of one, and it may take as
long to close."""


class Lasting:
    """Since when what must not last does.

    Args:
        scenario: What happens.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._venues = scenario.venues
        self._calm = Calm(scenario)
        self._since_s: dict[Condition, float] = {}
        self._told: dict[Condition, None] = {}
        self.longest_s: dict[str, float] = {}
        """By rule: the longest that anything of it lasted in calm."""

    def look(self, conditions: Iterator[Condition], now_s: float, born_s: float) -> Iterator[str]:
        """Yield what has lasted too long by now, once each."""
        before, self._since_s = self._since_s, {}
        for each in conditions:
            since_s = self._since_s[each] = before.get(each, now_s)
            calm_s = max(self._calm.since_s(name, now_s) for name in self._named(each))
            lasts_s = now_s - max(since_s, calm_s, born_s + AFTER_BIRTH_S)
            rule = each.text.partition(":")[0]
            self.longest_s[rule] = max(self.longest_s.get(rule, 0.0), lasts_s)
            if lasts_s > each.limit_s and each not in self._told:
                self._told[each] = None
                yield f"{each.text}, for {lasts_s:.0f} s in calm"

    def _named(self, condition: Condition) -> tuple[str, ...]:
        return (condition.venue,) if condition.venue else self._venues


def conditions(run: WholeRun, session: Session) -> Iterator[Condition]:
    """Yield what holds now and must not last."""
    yield from _of_clients(run, session)
    for name in session.clients:
        if run.knowing.unread(name):
            yield Condition(f"I33: what was missed at {name} is not read", READ_S, name)
    if session.risk.halted:
        for (name, contract_id), book in run.truth.books.items():
            if book.held and not book.too_small:
                yield Condition(f"I36: {contract_id} is held after a halt", FLAT_S, name)
        return
    if run.stopped_ns is not None:
        yield from _after_a_stop(run)
        return
    yield from _of_entries(run, session)
    yield from run.commands.conditions()
    if isinstance(session.strategy, FundingArbitrageStrategy):
        yield from _of_pairs(run, session.strategy)
    else:
        yield from _of_grid(run, session)


def _of_entries(run: WholeRun, session: Session) -> Iterator[Condition]:
    """Yield what keeps entries from being sent, or that none is, unless a person wants none."""
    gate, wanted = session.bot.gate, run.commands.standing is None
    if not gate.known or gate.unread:
        yield Condition("I33: entries wait for what is known", RECONCILED_S)
    elif gate.reason and wanted:
        yield Condition(f"I39: entries are off: {gate.reason}", HANGS_S)
    if wanted:
        yield from idle(run.scenario, run.truth, run.rates)


def _after_a_stop(run: WholeRun) -> Iterator[Condition]:
    for (name, contract_id), book in run.truth.books.items():
        if any(not each.reduce_only for each in book.open.values()):
            yield Condition(f"I35: an entry of {contract_id} rests after a stop", ENDS_S, name)


def _of_clients(run: WholeRun, session: Session) -> Iterator[Condition]:
    open_at = dict.fromkeys(session.clients, 0)
    for (name, _), book in run.truth.books.items():
        open_at[name] += len(book.open)
    for name, client in session.clients.items():
        assert isinstance(client, VenueClient), "the venues are reached over a network"
        known = client._manager._tracker.open_orders()
        if len(known) < open_at[name]:
            yield Condition(f"I3: orders are open at {name} and not known", KNOWN_S, name)
        if len(known) > open_at[name]:
            yield Condition(f"I4: orders are known as open and are not at {name}", UNKNOWN_S, name)
        arbitrage = isinstance(session.strategy, FundingArbitrageStrategy)
        yield from _of_orders(run, name, known, several=arbitrage)
        if not client.stream.is_connected:
            yield Condition(f"I39: {name} is not connected", HANGS_S, name)
        for (bucket, _), budget in client._link._limiter._budgets.items():
            if budget._under_way:
                text = f"I31: a request at {name} that counts by {bucket} is under way"
                yield Condition(text, HANGS_S, name)
        yield from _of_voided(run, name, client)
        watched = {topic.contract_id for topic in client._stream._registry.wanted()}
        for contract_id in run.venues[name].traded:
            if contract_id in watched and client.stream.best_bid_offer(contract_id) is None:
                yield Condition(f"I39: no book of {contract_id} at {name} is ready", HANGS_S, name)


def _of_voided(run: WholeRun, name: str, client: VenueClient) -> Iterator[Condition]:
    """Yield that a fill which the venue has voided is still in our books."""
    voided = sum(book.voided for (at, _), book in run.truth.books.items() if at == name)
    if len(client._manager.voided._taken_back) < voided:
        yield Condition(f"I6: what {name} has voided is not taken back", TAKEN_BACK_S, name)


def _of_orders(
    run: WholeRun, name: str, known: Sequence[OrderInfo], *, several: bool
) -> Iterator[Condition]:
    """Yield what must not last of a client's orders; each is a leg where several clients trade."""
    arrived = run.venues[name].evidence.arrived
    for info in known:
        if (info.reduce_only or several) and info.client_order_id not in arrived:
            text = f"I31: order {info.client_order_id} waits for its turn at {name}"
            yield Condition(text, TURN_S, name)
        if info.status is OrderStatus.PENDING:
            text = f"I39: order {info.client_order_id} at {name} is pending"
            yield Condition(text, HANGS_S, name)


def _of_pairs(run: WholeRun, strategy: FundingArbitrageStrategy) -> Iterator[Condition]:
    truth, now_ns = run.truth, run.now_ns()
    for symbol in truth.symbols:
        if truth.uneven(symbol) > truth.tolerance(symbol):
            yield Condition(f"I16: the legs of {symbol} are uneven", UNEVEN_S)
    for pair in strategy.machine.state.live():
        if pair.status is not PairStatus.OPEN and not _cannot_end(run, pair):
            yield Condition(f"I39: pair {pair.number} is {pair.status}", HANGS_S)
    oldest_ns = now_ns - round(run.max_age_s * NS)
    for (name, contract_id), book in truth.books.items():
        if book.held and not book.stuck and book.since_ns < oldest_ns and not book.open:
            yield Condition(f"I23: {contract_id} at {name} is held past its age", EXITS_S)
        if book.held and not book.stuck and not book.open and depegged(book.venue):
            text = f"I23: {contract_id} at {name} is held although its collateral has lost its peg"
            yield Condition(text, EXITS_S)


def _cannot_end(run: WholeRun, pair: Pair) -> bool:
    """Tell whether all that is left of a pair is less than its venues take an order for now."""
    books = [run.truth.books[leg.key] for leg in pair.legs]
    held = [book for book in books if book.held]
    return bool(held) and all(book.too_small for book in held)


def _of_grid(run: WholeRun, session: Session) -> Iterator[Condition]:
    truth = run.truth
    if truth.limits is not None and not run.scenario.dry:
        yield from truth.limits.conditions()
    if truth.hedge is not None and not run.scenario.dry:
        yield from truth.hedge.naked()
    if any(book.past for book in truth.books.values()) or run.scenario.dry:
        return  # what another hand has closed is not covered, and its closes may be more
    if truth.cells is not None:
        if truth.limits is None or not truth.limits.now:
            yield from truth.cells.conditions(paused=run.commands.standing is not None)
        return
    if truth.hedge is not None:
        yield from truth.hedge.conditions(run.now_ns())
    grid = session.strategy.machine.state  # type: ignore[attr-defined]  # of the grid
    assert isinstance(grid, GridState), "the other strategy"
    book = next(iter(truth.books.values()))
    covered = sum((each.remaining_size for each in book.open.values() if each.reduce_only), ZERO)
    waiting = [*grid.residual, *(lot for retry in grid.retries for lot in retry.lots)]
    bare = abs(book.held) - covered - sum((lot.size for lot in waiting), ZERO)
    if bare > 0:
        yield Condition("I24: what is held is not covered by closes", COVERED_S)
