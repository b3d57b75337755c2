"""The venues of a run: they outlive the processes that trade there, and know the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_models import NS, ContractId, OrderType, Side, VenueOrderId
from tests.conformance.venues import VENUES, Body, Channel, Conforming, Deed
from tests.simulation.overfills import Overfills, Whose
from tests.simulation.plan import HALT, Move, Own, Plan, Trouble
from tests.support.venue_evidence import Evidence, WitnessedVenue
from tests.support.wire_orders import ACCOUNT
from venue_simulators.fault_plan import FaultPlan, Terms
from venue_simulators.faults import Fault, FaultRow
from venue_simulators.options import SignatureDepth, SimulatorOptions
from venue_simulators.scripted_source import START_NS, Levels, ScriptedMarket
from venue_simulators.world import Wanted, World

D = Decimal
FACTS: Mapping[str, Conforming] = {each.name: each for each in VENUES if each.name != "toy"}
"""Every venue of the project; a second account of one is named with a number behind it."""
MID = D(100_000)
SPREAD = D(10)
WORTH: Mapping[str, Decimal] = {"BTC": D(1), "PEPE": D(10_000_000_000), "SOL": D(500)}
"""How many tokens of what may be traded are worth one BTC, so that a plan is the same for each."""
REBATE = D("-0.00005")
"""What a maker pays where he is paid."""
FAR = D("0.08")
"""How far from the mid the next level is where nothing is near it."""
FAR_SIZE = D(5)
ETH_BOOK: tuple[Levels, Levels] = ([(D(4000), D(500))], [(D(4001), D(500))])
OWN_REST = (D(60_000), D(140_000))
"""Where the user's own orders rest: a buy, a sell."""
OWN_SIZE = D("0.01")
SAID: Mapping[int, Body] = {429: Body.THROTTLED, 401: Body.UNAUTHORISED}
"""What venues say in words of their own."""


def facts_of(name: str) -> Conforming:
    """Return what is known of a venue by its name in a plan (``paper2`` is ``paper``)."""
    return FACTS[name.rstrip("0123456789")]


class Site:
    """One venue with its market, its account, its faults and what the user holds there.

    Args:
        name: In the plan.
        plan: What happens.
    """

    def __init__(self, name: str, plan: Plan) -> None:
        self.name = name
        self.facts = facts = facts_of(name)
        self.start_ns = START_NS + round(plan.begin_s * NS)
        self.traded = facts.markets[plan.symbol]
        if name in plan.rebates:
            self.traded = replace(self.traded, maker_fee=REBATE)
        self.units = WORTH[plan.symbol] / self.traded.multiplier
        """How many units of the market are worth one BTC."""
        eth = facts.markets["ETH"]
        books = {self.traded: self.book(Move(name, 0.0)), eth: ETH_BOOK}
        if plan.symbol != "BTC":  # some clients ask for it to learn of the account
            books[facts.markets["BTC"]] = book_of_btc(Move(name, 0.0))
        self.market = ScriptedMarket(books, self.start_ns)
        simulator = facts.build(
            SimulatorOptions(
                symbols=tuple(str(each.symbol) for each in books),
                balance=D(plan.balance),
                accounts=(ACCOUNT,),
                source=self.market,
                signatures=SignatureDepth.DIGEST,
            ),
            plan.lag_s,
        )
        self.world: World = simulator.world
        self.evidence = Evidence()
        troubles = [each for each in plan.troubles if each.venue == name]
        rows = [fault_row(facts, each) for each in troubles if each.kind in set(Fault)]
        self.faults = FaultPlan(rows, plan.seed)
        self.halts = [each for each in troubles if each.kind == HALT]
        self.venue = WitnessedVenue(simulator, self.faults, self.evidence, self.traded)
        self.own_orders: dict[VenueOrderId, Decimal] = {}
        """What rests of the user's, with the size."""
        self.by_hand: dict[VenueOrderId, None] = {}
        """Every order of the user's."""
        for each in (each for each in plan.own if each.venue == name):
            self._hold(each)
        self.own_held, self.own_eth = self.position(), self.eth_position()
        alone = not self.own_held
        whose = Whose(self.is_ours, lambda contract_id: self.traded.step, lambda _: alone)
        self.overfills = Overfills(self.world, troubles, self.start_ns, whose)
        self._tell([each for each in plan.moves if each.venue == name])

    @property
    def contract_id(self) -> ContractId:
        """What is traded."""
        return self.traded.contract_id

    def mid(self) -> Decimal:
        """Return what the market says (USD)."""
        return self.world.mark(self.contract_id)

    def position(self, contract_id: ContractId | None = None) -> Decimal:
        """Return the account's signed position."""
        wanted = contract_id or self.contract_id
        held = (each.size for each in self.world.positions(ACCOUNT) if each.contract_id == wanted)
        return sum(held, D(0))

    def eth_position(self) -> Decimal:
        """Return what the account holds of the market that nobody trades."""
        return self.position(self.facts.eth)

    def is_ours(self, order_id: VenueOrderId) -> bool:
        """Tell whether an order came through the venue's interface, from the bot."""
        return order_id not in self.by_hand and order_id in self.world._accounts[ACCOUNT].wanted

    def heal(self) -> None:
        """End whatever goes wrong."""
        self.faults.clear()
        self.halt(halted=False)

    def halt(self, *, halted: bool) -> None:
        """Let the market refuse orders, or take them again."""
        self.world.set_tradable(self.contract_id, not halted)

    def _hold(self, own: Own) -> None:
        held = D(own.btc) * self.units
        for size, contract_id in ((D(own.eth), self.facts.eth), (held, self.contract_id)):
            if size:
                side = Side.BUY if size > 0 else Side.SELL
                self._by_hand(Wanted(contract_id, side, abs(size), None, OrderType.MARKET))
        for number in range(own.rests):
            side = (Side.BUY, Side.SELL)[number % 2]
            size, price = OWN_SIZE * self.units, OWN_REST[number % 2] / self.units
            order_id = self._by_hand(Wanted(self.contract_id, side, size, price))
            self.own_orders[order_id] = size

    def _by_hand(self, wanted: Wanted) -> VenueOrderId:
        outcome = self.world.place(ACCOUNT, wanted)
        assert outcome.order is not None, f"{self.name} refused the user: {outcome}"
        assert outcome.reason is None, f"{self.name} refused the user: {outcome}"
        self.by_hand[outcome.order.order_id] = None
        return outcome.order.order_id

    def _tell(self, moves: Sequence[Move]) -> None:
        for move in sorted(moves, key=lambda each: each.at_s):
            bids, asks = self.book(move)
            at_ns = self.start_ns + round(move.at_s * NS)
            self.market.set_book(self.contract_id, bids, asks, at_ns)

    def book(self, move: Move) -> tuple[Levels, Levels]:
        """Return the levels that a move shows, best first."""
        bids, asks = ([self._level(*each) for each in side] for side in book_of_btc(move))
        return bids, asks

    def _level(self, price: Decimal, size: Decimal) -> tuple[Decimal, Decimal]:
        return self.traded.nearest_tick(price / self.units), size * self.units


def book_of_btc(move: Move) -> tuple[Levels, Levels]:
    """Return the levels that a move shows of BTC, best first."""
    mid = (MID * (1 + D(str(move.shift_bp)) / 10_000)).quantize(D(10), "ROUND_HALF_EVEN")
    return _side(mid, move.bid, -1), _side(mid + SPREAD, move.ask, 1)


def _side(best: Decimal, size: float, outward: int) -> Levels:
    step = SPREAD * outward
    far = (best + best * FAR * outward).quantize(D(10), "ROUND_HALF_EVEN")
    if not size:
        return [(far, FAR_SIZE)]
    near = D(str(size))
    return [(best, near), (best + step, near), (best + 3 * step, 2 * near), (far, FAR_SIZE)]


def fault_row(facts: Conforming, trouble: Trouble) -> FaultRow:
    """Return a trouble as the venue's plan of faults has it."""
    terms: Terms = {}
    if trouble.target in {each.value for each in Deed}:
        terms = facts.deeds[Deed(trouble.target)]
    elif trouble.target in {each.value for each in Channel}:
        terms = facts.channels[Channel(trouble.target)]
    row = FaultRow(
        Fault(trouble.kind),
        service=terms.get("service", "*"),
        method=terms.get("method", "*"),
        path=terms.get("path", "*"),
        contains=terms.get("contains", ""),
        from_ns=round(trouble.at_s * NS),
        for_ns=round(trouble.for_s * NS),
        probability=trouble.probability,
        times=trouble.times,
        seconds=trouble.seconds,
        status=trouble.status,
    )
    said = SAID.get(trouble.status)
    body = None if said is None else facts.bodies.get(said)
    return row if body is None else replace(row, body=body)
