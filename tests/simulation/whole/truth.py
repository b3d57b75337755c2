"""What must hold at every event of a whole run, by the venues' own truth: the bot is not asked.

One listener at each venue; each event costs a constant amount of work. What is found is a sentence
that begins with the number of its rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from exchange_clients.base_models import (
    NS,
    ZERO,
    ContractId,
    Fill,
    Market,
    OrderInfo,
    Reason,
    VenueOrderId,
)
from exchange_clients.events import FundingPayment, PrivateEvent, VoidedFill
from tests.simulation.whole.cells import Cells
from tests.simulation.whole.hedges import Hedge
from tests.simulation.whole.limits import Limits
from tests.simulation.whole.rules import CLOSES_BY_VALUE
from tests.simulation.whole.scenario import Scenario, Strategy
from tests.simulation.whole.venues import BALANCE, WorldVenue
from tests.support.venue_books import dollars_of, voided_of
from tests.support.wire_orders import ACCOUNT
from venue_simulators.world import Wanted

IMBALANCE = Decimal("0.01")
"""The part by which legs may differ and still count as even."""
ROOM = Decimal("1.1")
"""Prices move between the sizing of a leg and its orders, and while a venue is silent."""
CENT = Decimal("1e-9")
BREACHES_MAX = 20
EXCUSED_NS = 300 * NS
"""How long after the user's own hand, or the venue's, legs may differ."""


@dataclass
class MarketBook:
    """What orders of ours have done in one market of one venue."""

    venue: WorldVenue
    market: Market
    net: Decimal = ZERO
    """Signed, of orders of ours."""
    past: Decimal = ZERO
    """Signed, of everybody else: what the user or the venue itself has traded there since, beyond
    what is left of the user's own."""
    own: Decimal = ZERO
    """Signed, of the user: what is left of what was there before the run."""
    extra: Decimal = ZERO
    """Without a sign: what was filled beyond orders of ours since nothing was held."""
    disturbed: bool = False
    """Whether anybody else has traded there since."""
    open: dict[VenueOrderId, OrderInfo] = field(default_factory=dict)
    """Orders of ours that may trade."""
    fills: int = 0
    """Of orders of ours."""
    cash: Decimal = ZERO
    """What they brought in, less what they cost, before fees."""
    voided: int = 0
    """How many of them the venue has taken back."""
    since_ns: int = 0
    """Since when anything is held on this side."""
    past_ns: int = 0
    """When anybody else last traded there."""
    over_ns: int = 0
    """When an order of ours was last over, or filled."""

    @property
    def held(self) -> Decimal:
        """What is there of the bot's doing, signed, in the market's units."""
        return self.net + self.past

    def on_theirs(self, change: Decimal) -> None:
        """Take it that somebody else has traded: what the user has there is touched first.

        One account nets all of a market. What is left of it explains itself, so that nobody could
        say that a part of ours is gone before nothing else is.
        """
        self.disturbed = True
        if self.own * change < 0:
            sign = 1 if change > 0 else -1
            mine = sign * min(abs(self.own), abs(change))
            self.own, change = self.own + mine, change - mine
        self.past += change

    @property
    def usd(self) -> Decimal:
        """What is held, signed."""
        # A mark is of one unit of the market, whatever its multiplier.
        return self.held * self.venue.world.mark(self.market.contract_id)

    @property
    def gone(self) -> Decimal:
        """How much of ours somebody else has closed, without a sign; beyond that it is theirs."""
        return min(abs(self.past), abs(self.net)) if self.past * self.net < 0 else ZERO

    @property
    def too_small(self) -> bool:
        """Whether its venue takes no order for what is held, or took none until lately."""
        least = self.venue.rules.least(self.market.contract_id)
        return abs(self.held) < max(least, self._least_of_a_rest)

    @property
    def stuck(self) -> bool:
        """Whether its venue takes, or took, no order for what others or coarser rules have left."""
        least = self.venue.rules.coarsest(self.market.contract_id)
        return abs(self.held) < max(least, self._least_of_a_rest)

    @property
    def _least_of_a_rest(self) -> Decimal:
        """What must be left where others took the most, or gave more, that it can be closed."""
        if not (self.past or self.extra):
            return ZERO
        mark = self.venue.world.mark(self.market.contract_id)
        by_value = self.venue.name in CLOSES_BY_VALUE
        return max(self.market.min_size, self.market.min_notional / mark * by_value)


class WholeTruth:
    """Follows every venue of a run.

    Args:
        scenario: What happens.
        venues: The venues.
        now_ns: Returns the present instant.
    """

    def __init__(
        self, scenario: Scenario, venues: Mapping[str, WorldVenue], now_ns: Callable[[], int]
    ) -> None:
        self.breaches: list[str] = []
        self.events = self.fills = 0
        self.usd_seconds = self.peak_usd = 0.0
        self.books: dict[tuple[str, ContractId], MarketBook] = {
            (name, contract_id): MarketBook(venue, market, own=venue.own[contract_id])
            for name, venue in venues.items()
            for contract_id, market in venue.traded.items()
        }
        self._scenario = scenario
        self.now_ns = now_ns
        self._start_ns = self._at_ns = now_ns()
        self._excused: dict[str, int] = {}
        """Until when the legs of a symbol may differ."""
        given = scenario.settings.get("execution.max_unhedged_usd")
        # Each pair takes two venues, and one execution of a pair is under way at most.
        pairs = max(len(scenario.venues) // 2, 1)
        self._bound_usd = None if given is None else Decimal(given) * pairs * ROOM
        self._equity = {name: self._settled(venue) for name, venue in venues.items()}
        self.cash = {name: each.world.funds(ACCOUNT).cash for name, each in venues.items()}
        """What each account began with (USD)."""
        grid = scenario.strategy is Strategy.GRID
        books = [*self.books.values()]
        self.limits = Limits(scenario, books[0]) if grid else None
        """Of a grid: what ends it."""
        ranging = grid and scenario.settings.get("strategy.grid_kind") == "fixed_range"
        self.cells = Cells(scenario.settings, books[0]) if ranging else None
        """Of a fixed range."""
        self.hedge = Hedge(scenario, *books) if grid and len(venues) > 1 else None
        """Of a grid that has one."""
        for venue in venues.values():
            venue.world.listen_private(ACCOUNT, partial(self._hear, venue))

    def found(self, text: str) -> None:
        """Note a breach."""
        if len(self.breaches) < BREACHES_MAX:
            self.breaches.append(f"{text} ({(self.now_ns() - self._start_ns) / NS:.3f} s)")

    def by_hand(self, symbol: str) -> None:
        """Take it that the legs of a symbol are made uneven past the bot."""
        self._excused[symbol] = self.now_ns() + EXCUSED_NS

    @property
    def symbols(self) -> tuple[str, ...]:
        """What is traded."""
        return self._scenario.symbols

    def uneven(self, symbol: str) -> Decimal:
        """Return by how many tokens the legs of a symbol differ, without a sign.

        What nobody can close is no leg, unless there is another one to go with it.
        """
        mine = [book for book in self.books.values() if book.market.symbol == symbol]
        legs = [book for book in mine if not book.stuck]
        tokens = (
            sum((book.held * book.market.multiplier for book in books), ZERO)
            for books in (mine, legs)
        )
        return min(map(abs, tokens))

    def tolerance(self, symbol: str) -> Decimal:
        """By how many tokens they may: a part of the largest, or a step of each venue."""
        mine = [book for book in self.books.values() if book.market.symbol == symbol]
        largest = max(abs(book.held) * book.market.multiplier for book in mine)
        step = max(
            book.venue.rules.step(book.market.contract_id) * book.market.multiplier for book in mine
        )
        return max(IMBALANCE * largest, step) * max(len(mine) - 1, 1)

    # Events ---------------------------------------------------------------------------------------

    def _hear(self, venue: WorldVenue, event: PrivateEvent) -> None:
        self.events += 1
        if isinstance(event, OrderInfo):
            self._on_order(venue, event)
        elif isinstance(event, Fill):
            self._on_fill(venue, event)
        elif isinstance(event, VoidedFill):
            self._on_voided(venue)
        elif isinstance(event, FundingPayment):
            self._equity[venue.name] += event.amount

    def _on_order(self, venue: WorldVenue, info: OrderInfo) -> None:
        if venue.is_by_hand(info.order_id):
            if info.order_id in venue.own_orders and info.status.terminal:
                if info.reason is Reason.SELF_TRADE:  # it met an order of ours, in the book
                    del venue.own_orders[info.order_id]
                    return
                self.found(f"I18: an order of the user ended as {info.status} at {venue.name}")
            return
        book = self.books.get((venue.name, info.contract_id))
        if book is None:
            self.found(f"I18: an order in another market, {info.contract_id} at {venue.name}")
            return
        if info.status.terminal:
            book.open.pop(info.order_id, None)
            book.over_ns = self.now_ns()
            return
        if not venue.is_ours(info.order_id):
            return  # the venue closes something, at once
        book.open[info.order_id] = info
        pairs = self._scenario.strategy is Strategy.ARBITRAGE
        if pairs and book.own:
            self.found(f"I18: an order in {info.contract_id} at {venue.name}, which the user holds")
        if self._scenario.dry:
            self.found(f"I40: a dry run sent an order to {venue.name}")
        self._check_open(book)
        for text in () if self.cells is None else self.cells.on_open(info):
            self.found(f"{text} at {venue.name}")

    def _check_open(self, book: MarketBook) -> None:
        """Check how many orders may trade at once; those of a range are of its cells."""
        name = book.venue.name
        if self.cells is not None:
            return
        hedging = self.hedge is not None and book is self.hedge.second
        if hedging or self._scenario.strategy is Strategy.ARBITRAGE:
            legs = self._wanted(book)
            if len(legs) > 1:
                self.found(f"I9: {len(legs)} orders of one leg are open at {name}")
            return
        entries = [each for each in self._wanted(book) if not each.reduce_only]
        if len(entries) > 1:
            self.found(f"I9: {len(entries)} entries of the grid are open at {name}")

    @staticmethod
    def _wanted(book: MarketBook) -> list[OrderInfo]:
        """Return the open orders of a market but those that came too late to be thought of."""
        every = list(book.open.values())
        late = book.venue.belated() if len(every) > 1 else {}
        return [each for each in every if each.order_id not in late]

    def _on_fill(self, venue: WorldVenue, fill: Fill) -> None:
        self.fills += 1
        self._count()
        book = self.books.get((venue.name, fill.contract_id))
        before = ZERO if book is None else book.held
        spent = fill.side.sign * fill.price * fill.size + dollars_of(fill)
        self._equity[venue.name] -= spent
        if book is None:
            if not venue.is_by_hand(fill.order_id):
                self.found(f"I18: another market was traded at {venue.name}: {fill}")
        elif venue.is_ours(fill.order_id):
            if fill.order_id in venue.belated():
                self.by_hand(str(book.market.symbol))
            self._on_our_fill(book, fill)
        else:
            book.on_theirs(fill.side.sign * fill.size)
            book.past_ns = self.now_ns()
            self.by_hand(str(book.market.symbol))
        if book is not None and before * book.held <= 0:
            book.since_ns = self.now_ns()
        if book is not None and not book.held:
            book.extra = ZERO
        self._check_bound()

    def _on_voided(self, venue: WorldVenue) -> None:
        """Take it that the venue has taken a fill of ours back: legs may differ for a while."""
        fill = voided_of(venue.world)[-1]
        book, change = self.books[venue.name, fill.contract_id], fill.side.sign * fill.size
        self._count()
        self._equity[venue.name] -= change * fill.price + dollars_of(fill)
        before = book.held
        book.net, book.cash = book.net + change, book.cash - change * fill.price
        book.voided += 1
        if before * book.held <= 0:
            book.since_ns = self.now_ns()
        self.by_hand(str(book.market.symbol))
        if self.cells is not None:
            self.cells.on_voided(fill, venue.world.wanted(ACCOUNT, fill.order_id))
        if self.limits is not None:
            self.limits.look()

    def _on_our_fill(self, book: MarketBook, fill: Fill) -> None:
        before, name = book.held, book.venue.name
        book.net += fill.side.sign * fill.size
        book.extra += book.venue.overfills.of_fill(fill)
        book.cash -= fill.side.sign * fill.size * fill.price
        book.fills += 1
        book.over_ns = self.now_ns()
        info = book.venue.world.wanted(ACCOUNT, fill.order_id)
        self._tell_grid(book, fill, info)
        if book.held * book.own < 0:
            self.found(f"I18: the user holds {book.own} at {name}, and {book.held} was taken of it")
        if info.reduce_only:
            if abs(book.held) > abs(before) or book.held * before < 0:
                self.found(f"I13: a close at {name} took {before} to {book.held}")
        elif before * fill.side.sign < 0 and not self._opens_both_ways:
            self.found(f"I14: {before} at {name} was reduced by an order that may open")

    def _tell_grid(self, book: MarketBook, fill: Fill, wanted: Wanted) -> None:
        """Let what knows of a grid take a fill."""
        if self.cells is not None:
            self.cells.on_fill(fill, wanted)
        for text in () if self.hedge is None else self.hedge.on_fill(book, fill, self.now_ns()):
            self.found(f"{text} at {book.venue.name}")
        if self.limits is not None:
            self.limits.look()

    @property
    def _opens_both_ways(self) -> bool:
        """Whether an order may open while the other way is held: one net position is of both."""
        return self._scenario.settings.get("strategy.side") == "neutral"

    # Rules ----------------------------------------------------------------------------------------

    def _check_bound(self) -> None:
        for symbol in self.symbols if self._bound_usd is not None else ():
            usd = self._usd(symbol)
            self.peak_usd = max(self.peak_usd, float(usd))
            excused = self.now_ns() < self._excused.get(symbol, 0)
            if self._bound_usd is None or usd <= self._bound_usd or excused:
                continue
            most = self._bound_usd + self._extra_usd(symbol)
            if usd > most:
                self.found(f"I16: {usd:.2f} USD of {symbol} are unhedged, {most:.2f} may")

    def _usd(self, symbol: str) -> Decimal:
        mine = [book.usd for book in self.books.values() if book.market.symbol == symbol]
        return abs(sum(mine, ZERO))

    def _extra_usd(self, symbol: str) -> Decimal:
        """Return what venues have filled of a symbol beyond orders of what is held."""
        mine = [book for book in self.books.values() if book.market.symbol == symbol]
        marks = [book.venue.world.mark(book.market.contract_id) for book in mine]
        return sum((book.extra * mark for book, mark in zip(mine, marks, strict=True)), ZERO)

    def _count(self) -> None:
        """Add up what was unhedged since this was last called."""
        now_ns = self.now_ns()
        span_ns, self._at_ns = now_ns - self._at_ns, max(now_ns, self._at_ns)
        if span_ns > 0 and self._bound_usd is not None:
            usd = sum(self._usd(symbol) for symbol in self.symbols if self._is_uneven(symbol))
            self.usd_seconds += float(usd) * span_ns / NS

    def _is_uneven(self, symbol: str) -> bool:
        return self.uneven(symbol) > self.tolerance(symbol)

    def conserve(self, venue: WorldVenue) -> None:
        """Check that the simulator explains each cent by its own fills, fees and funding.

        Not from within an event: of several fills of one instant the first is told when all are
        booked.
        """
        world = venue.world
        value = sum(
            (each.size * world.mark(each.contract_id) for each in world.positions(ACCOUNT)), ZERO
        )
        missing = world.funds(ACCOUNT).equity - self._equity[venue.name] - value
        if abs(missing) > CENT:
            self.found(f"I20: {venue.name} has {missing} more than its books explain")
            self._equity[venue.name] += missing

    @staticmethod
    def _settled(venue: WorldVenue) -> Decimal:
        """Return what of an account's worth does not move with prices."""
        cash = BALANCE
        for fill in venue.world.fills(ACCOUNT):
            cash -= fill.side.sign * fill.price * fill.size + dollars_of(fill)
        return cash
