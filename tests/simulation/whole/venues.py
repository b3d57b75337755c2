"""The venues of one world: they outlive the processes that trade there, and know the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_models import (
    NS,
    ContractId,
    Market,
    OrderType,
    Side,
    VenueOrderId,
)
from exchange_clients.paper.sources.synthetic import SyntheticConfig, SyntheticSource
from tests.conformance.conforming import Deed
from tests.simulation.overfills import Overfills, Whose
from tests.simulation.sites import FACTS, REBATE, fault_row
from tests.simulation.whole.disturbed import BOOKS, DisturbedSource
from tests.simulation.whole.rules import AnnouncedRules
from tests.simulation.whole.scenario import ByHand, Happening, Scenario, Strategy
from tests.support.venue_evidence import Evidence, WitnessedVenue
from tests.support.venue_listings import listed_markets
from tests.support.wire_orders import ACCOUNT, names_of
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.faults import Fault
from venue_simulators.fee_coin import FeeCoin
from venue_simulators.options import SharedWorld, SignatureDepth, SimulatorOptions
from venue_simulators.request_log import ANSWERED
from venue_simulators.scripted_source import START_NS
from venue_simulators.world import Wanted, World

D = Decimal
BEGIN_NS = START_NS + (8 * 3600 - 180) * NS
"""Three minutes before every venue pays funding, whichever its hours."""
BALANCE = D(10_000)
OTHER = "ETH"
"""The market that the bot does not trade."""
ASKED_FOR = "BTC"
ASKING = ("bybit",)
"""Where clients ask for this market to learn of the account, whatever they trade."""
OWN_SIZE = D(1)
"""What the user holds there."""
OWN_REST = (D("0.8"), D("1.2"))
"""Where the user's own orders rest: a buy, a sell; by the price."""
OWN_REST_USD = D(300)
WAITED_FOR_NS = 10 * NS
"""So long every client waits for an order at least, before it holds it for one that never was."""
VOLATILITY = 1.0
"""Of a year, where a grid is to trade often."""


class WorldVenue:
    """One venue: its books, its account, what goes wrong there, and what the user has there.

    Args:
        name: Which.
        place: Which of the world's venues: 0, 1, 2 ...
        scenario: What happens.
    """

    def __init__(self, name: str, place: int, scenario: Scenario) -> None:
        self.name = name
        self.facts = FACTS[name]
        troubles = [each for each in scenario.troubles if each.venue == name]
        self.books_shown: Counter[str] = Counter()
        """How often a book was shown otherwise than it is, by the kind of trouble."""
        options = _options(name, place, scenario)
        books = [each for each in troubles if each.kind in BOOKS]
        if books and options.source is not None:
            source = DisturbedSource(options.source, books, self._on_shown)
            options = replace(options, source=source)
        simulator = self.facts.build(options, scenario.lag_s)
        self.world: World = simulator.world
        self.markets: Mapping[str, Market] = {
            str(each.symbol): each for each in self.world.markets.values()
        }
        self.traded: Mapping[ContractId, Market] = {
            self.markets[symbol].contract_id: self.markets[symbol] for symbol in scenario.symbols
        }
        self.evidence = Evidence()
        rows = [fault_row(self.facts, each) for each in troubles if each.kind in set(Fault)]
        self.faults = FaultPlan(rows, scenario.seed)
        self._delays = any(
            row.kind is Fault.REQUEST_DELAYED and row.strength_ns > WAITED_FOR_NS for row in rows
        )
        """Whether a request may arrive so late that nobody thinks of it any more."""
        self.stood_still = any(row.kind is Fault.SKEW for row in rows)
        """Whether its clock is put back at some time, and its limits fill up no more meanwhile."""
        primary = self.markets[scenario.symbols[0]]
        self.venue = WitnessedVenue(
            simulator, self.faults, self.evidence, primary, self.world.markets
        )
        whose = Whose(self.is_ours, self._step, lambda contract_id: not self.own[contract_id])
        self.overfills = Overfills(self.world, troubles, BEGIN_NS, whose)
        self._by_hand: dict[VenueOrderId, None] = {}
        """Every order of the user's."""
        self.taken_over: dict[VenueOrderId, None] = {}
        """Those of them whose position the run takes over: it counts as if orders of ours had
        traded it, without a fee."""
        self.own_orders: dict[VenueOrderId, Decimal] = {}
        """What rests of the user's, with the size."""
        self.chosen: dict[ContractId, tuple[int, Decimal]] = {}
        """When the user chose another leverage by hand, and which there was before."""
        self.rules = AnnouncedRules(name, self.world, self.traded, self.is_ours)
        self._hold(scenario)
        self.own_other = self.other
        self.own = {contract_id: self.position(contract_id) for contract_id in self.traded}
        """What the user held in the markets that are traded when the run began, signed."""

    def _on_shown(self, kind: str) -> None:
        self.books_shown[kind] += 1

    @property
    def secrets(self) -> list[str]:
        """What of the account's credentials nobody may see."""
        services = {each.name: each.hosts[0] for each in self.venue.services}
        variables = self.venue.environment(services)
        fields = self.facts.words.fields
        return [variables[each.variable] for each in fields if each.secret]

    def position(self, contract_id: ContractId) -> Decimal:
        """Return the account's signed position."""
        held = (each for each in self.world.positions(ACCOUNT) if each.contract_id == contract_id)
        return sum((each.size for each in held), D(0))

    @property
    def other(self) -> Decimal:
        """What is held of the market that the bot does not trade."""
        market = self.markets.get(OTHER)
        return D(0) if market is None else self.position(market.contract_id)

    def _step(self, contract_id: ContractId) -> Decimal:
        return self.rules.present(contract_id).step

    def is_ours(self, order_id: VenueOrderId) -> bool:
        """Tell whether an order came through the venue's interface, from the bot."""
        return order_id not in self._by_hand and order_id in self.world._accounts[ACCOUNT].wanted

    def is_by_hand(self, order_id: VenueOrderId) -> bool:
        """Tell whether an order is the user's own."""
        return order_id in self._by_hand

    def asked_in_vain(self, deed: Deed) -> int:
        """Return to how many questions of a kind something happened on their way."""
        terms = self.facts.deeds[deed]
        asked = self.venue.log.matching(terms.get("method", "*"), terms.get("path", "*"))
        return sum(each.verdict != ANSWERED for each in asked)

    def belated(self) -> dict[VenueOrderId, str]:
        """Return our orders that arrived when nobody could think of them any more, with our names.

        No client waits as long for what its venue's lists do not show, and few venues refuse what
        was signed so long ago: such an order is cancelled once it is heard of.
        """
        if not self._delays:
            return {}
        sent_ns = {
            order.client_order_id: entry.at_ns
            for entry, order in self.evidence.placements
            if entry.verdict == Fault.REQUEST_DELAYED
        }
        found = {}
        for number, name in names_of(self.venue.simulator).items():
            info = self.world.order(ACCOUNT, number) if name in sent_ns else None
            made_ns = None if info is None else info.created_ns
            if made_ns is not None and made_ns - sent_ns[name] > WAITED_FOR_NS:
                found[number] = name
        return found

    def happen(self, what: Happening) -> None:
        """Let the user, or the venue, do something past the bot."""
        contract_id = self.markets[what.symbol].contract_id
        if what.kind is ByHand.HALT:
            self.world.set_tradable(contract_id, False)
        elif what.kind is ByHand.CANCEL:
            for order in self.world.open_orders(ACCOUNT, contract_id):
                if self.is_ours(order.order_id):
                    self.world.cancel(ACCOUNT, order.order_id)
        else:
            held = self.position(contract_id)
            step = self.markets[what.symbol].step
            size = (abs(held) * D(str(what.share))) // step * step
            if size:
                side = Side.SELL if held > 0 else Side.BUY
                self._place(
                    Wanted(contract_id, side, size, None, OrderType.MARKET, reduce_only=True)
                )

    def choose(self, contract_id: ContractId, leverage: Decimal) -> bool:
        """Let the user choose a leverage past the bot; tell whether it is another one then."""
        before = self.world.leverage(ACCOUNT, contract_id)
        self.world.set_leverage(ACCOUNT, contract_id, leverage)
        differs = self.world.leverage(ACCOUNT, contract_id) != before
        if differs:
            self.chosen[contract_id] = (self.world.now_ns, before)
        return differs

    def reopen(self) -> None:
        """Let every market trade again."""
        for contract_id in self.world.markets:
            self.world.set_tradable(contract_id, True)

    def _hold(self, scenario: Scenario) -> None:
        """Let the user hold another market, and some orders in the one that is traded."""
        for each in (each for each in scenario.held if each.venue == self.name):
            market = self.markets[each.symbol]
            worth = self.world.mark(market.contract_id)
            size = max(abs(D(str(each.usd))) / worth // market.step * market.step, market.min_size)
            side = Side.BUY if each.usd > 0 else Side.SELL
            self._place(Wanted(market.contract_id, side, size, None, OrderType.MARKET))
        if not scenario.rests:
            return
        other = self.markets[OTHER].contract_id
        self._place(Wanted(other, Side.BUY, OWN_SIZE, None, OrderType.MARKET))
        market = self.markets[scenario.symbols[0]]
        mark = self.world.mark(market.contract_id)
        size = OWN_REST_USD / mark // market.step * market.step
        for number in range(scenario.rests):
            side = (Side.BUY, Side.SELL)[number % 2]
            price = mark * OWN_REST[number % 2] // market.tick * market.tick
            order_id = self._place(Wanted(market.contract_id, side, size, price))
            assert order_id is not None, f"{self.name} refused the user"
            self.own_orders[order_id] = size

    def _place(self, wanted: Wanted) -> VenueOrderId | None:
        """Place an order of the user's; None where the venue refused it."""
        # It is known as the user's before anybody hears of it.
        number = VenueOrderId(str(self.world._order_number + 1))
        self._by_hand[number] = None
        outcome = self.world.place(ACCOUNT, wanted)
        if outcome.order is None:
            del self._by_hand[number]  # the next order has it, and that may be the bot's
            return None
        assert outcome.order.order_id == number, "the world counts its orders"
        return number


def world_of(scenario: Scenario) -> dict[str, WorldVenue]:
    """Return the venues of a scenario, by their names."""
    return {name: WorldVenue(name, place, scenario) for place, name in enumerate(scenario.venues)}


def _options(name: str, place: int, scenario: Scenario) -> SimulatorOptions:
    shared = None
    if len(scenario.venues) > 1:
        shared = SharedWorld(scenario.seed, place)
    # A market that nobody trades costs as much time as one that is traded.
    symbols = (*scenario.symbols, OTHER) if scenario.rests else scenario.symbols
    if ASKED_FOR not in symbols and name in ASKING:
        symbols = (*symbols, ASKED_FOR)
    listed = [each for each in listed_markets(name) if each.market.symbol in symbols]
    if name in scenario.rebates:
        listed = [replace(each, market=replace(each.market, maker_fee=REBATE)) for each in listed]
    if shared is not None:
        listed = [shared.market(each) for each in listed]
    if scenario.strategy is Strategy.GRID:
        listed = [replace(each, annual_volatility=VOLATILITY) for each in listed]
    config = SyntheticConfig(
        scenario.seed, tuple(listed), BEGIN_NS, updates_per_s=scenario.updates_per_s
    )
    return SimulatorOptions(
        seed=scenario.seed,
        symbols=symbols,
        balance=BALANCE,
        accounts=(ACCOUNT,),
        source=SyntheticSource(config),
        shared=shared,
        signatures=SignatureDepth.DIGEST,
        coin=FeeCoin() if name in scenario.coins else None,
    )
