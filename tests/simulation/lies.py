"""What a judge is told that is not so: of the truth, or of the bot; each lie is taken back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeAlias
from unittest.mock import patch

import msgspec

from app.session import Session
from exchange_clients.base_models import NewOrder
from exchange_clients.journal import OrderIntent
from strategies.implementations.funding_arbitrage.state import Leg, Pair
from strategies.implementations.funding_arbitrage.strategy import FundingArbitrageStrategy
from tests.simulation.whole import lasting, settled
from tests.simulation.whole.lasting import Lasting
from tests.simulation.whole.playing import WholeRun
from tests.simulation.whole.scenario import Scenario
from tests.simulation.whole.truth import MarketBook
from tests.simulation.whole.venues import WorldVenue
from tests.simulation.whole.wire_rules import judge_intent

D = Decimal


@dataclass
class Lie:
    """A run in its midst, and who lives there."""

    run: WholeRun
    session: Session

    @property
    def venue(self) -> WorldVenue:
        """One that holds something."""
        return self.held.venue

    @property
    def held(self) -> MarketBook:
        """What is held at one of them."""
        return next(book for book in self.run.truth.books.values() if book.held)

    @property
    def client(self) -> Any:
        """The client of that venue."""
        return self.session.clients[self.venue.name]

    @property
    def pair(self) -> Pair:
        """A pair that is open."""
        strategy = self.session.strategy
        assert isinstance(strategy, FundingArbitrageStrategy), "the run is of pairs"
        return next(iter(strategy.machine.state.live()))

    @property
    def entry(self) -> OrderIntent:
        """An order that opened something."""
        known = [intent for each in self.run.venues.values() for intent in intents_of(each)]
        return next(each for each in known if not order_of(each).reduce_only)

    def opened(self, leg: Leg) -> OrderIntent:
        """Return the order that opened a leg."""
        mine = intents_of(self.run.venues[leg.venue])
        return next(each for each in mine if each.contract_id == leg.contract_id)

    def intend(self, intent: OrderIntent, **changes: Any) -> None:
        """Send the order of an intent once more, as small as may be and changed, of a leg anew."""
        market = self.run.venues[intent.venue].world.markets[intent.contract_id]
        order = replace(order_of(intent), **{"size": market.min_size, **changes})
        again = replace(intent, order=order, at_ns=self.run.now_ns())
        with patch.object(self.run.truth.books[intent.venue, intent.contract_id], "net", D(0)):
            judge_intent(self.run, self.session, again)

    def say(self, found: Iterable[str]) -> None:
        """Say what was found."""
        for text in found:
            self.run.truth.found(text)

    def differ(self) -> None:
        """Say what does not agree."""
        self.say(settled.differences(self.run, self.session))

    async def ask(self) -> None:
        """Say what the clients tell otherwise."""
        self.say(await settled._asked(self.run, self.session))

    def end(self) -> None:
        """Say what is found at the end, as if the process had come to it."""
        with patch.object(self.run, "lives", 1):
            settled.judge_end(self.run)

    def last(self, name: str, *, for_s: float = 1000.0) -> None:
        """Let what holds now and is told by one sentence go on for a while."""
        judge = Lasting(without_trouble(self.run.scenario))
        held = [each for each in lasting.conditions(self.run, self.session) if name in each.text]
        for now_s in (0.0, 100.0, 100.0 + for_s):
            for text in judge.look(iter(held), now_s, 0.0):
                self.run.truth.found(text)


def without_trouble(scenario: Scenario) -> Scenario:
    """Return a scenario without any trouble."""
    return msgspec.structs.replace(scenario, troubles=(), happenings=())


def intents_of(venue: WorldVenue) -> list[OrderIntent]:
    """Return the placements that were journalled of a venue."""
    return [each for each in venue.evidence.intents.values() if each.order is not None]


def order_of(intent: OrderIntent) -> NewOrder:
    """Return the order of a placement."""
    assert intent.order is not None, "a placement"
    return intent.order


Told: TypeAlias = Callable[[Lie], Awaitable[None] | None]
BOTH: dict[str, Told] = {}
"""What is told of either strategy, by the rule that finds it and a word."""
PAIRS: dict[str, Told] = {}
GRIDS: dict[str, Told] = {}
RANGES: dict[str, Told] = {}
HEDGED: dict[str, Told] = {}


def told(name: str, where: dict[str, Told] = BOTH) -> Callable[[Told], Told]:
    """Name a lie by the rule that is to find it."""

    def keep(lie: Told) -> Told:
        where[name] = lie
        return lie

    return keep
