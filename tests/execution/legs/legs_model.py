"""Venues as a model for the machine of legs alone: what was sent, what arrived, what was told.

The model is the truth. The machine hears of it late, twice, in any order, or not at all, and is
restarted from what it last recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import (
    NS,
    ZERO,
    ClientOrderId,
    ContractId,
    DepthView,
    Level,
    Reason,
    Side,
    Symbol,
)
from execution.legs.events import (
    Ask,
    BooksSeen,
    Cancel,
    Command,
    Event,
    Fact,
    Held,
    Look,
    OrderHeard,
    Place,
    Restarted,
    Weigh,
)
from execution.legs.machine import decide
from execution.legs.moves import Books, hear
from execution.legs.state import Execution, Job, LegOrder, LegState, Phase, Stage
from execution.legs.values import Leg, Plan, Times

D = Decimal
START_NS = 1_000 * NS
A, B = ClientOrderId("a1"), ClientOrderId("b2")
"""The first orders of the two legs."""
X = ClientOrderId("x1")


def leg(venue: str, side: Side, quantity: str = "10", **changes: object) -> Leg:
    """Return a leg of BTC at about 100 USD on a step of 1."""
    values: dict[str, object] = {
        "venue": venue,
        "contract_id": ContractId(f"BTC-{venue}"),
        "symbol": Symbol("BTC"),
        "side": side,
        "quantity": D(quantity),
        "step": D(1),
        "multiplier": D(1),
        "min_size": D(1),
        "min_notional": D(0),
        "taker_fee": D(0),
    }
    return Leg(**(values | changes))  # type: ignore[arg-type]  # a builder of any leg


def plan(
    *legs: Leg, rollback: bool = True, times: Times | None = None, whole: bool = False
) -> Plan:
    """Return a plan of the legs; ten bought on ``a`` and sold on ``b`` where there are none."""
    chosen = legs or (leg("a", Side.BUY), leg("b", Side.SELL))
    mids = tuple(D(100) * one.multiplier for one in chosen)
    worst = max(one.quantity * mid for one, mid in zip(chosen, mids, strict=True))
    return Plan(chosen, mids, worst, times or Times(), rollback, whole=whole)


def begin(chosen: Plan) -> Execution:
    """Return an execution of a plan, from flat positions."""
    legs = tuple(LegState(D(0)) for _ in chosen.legs)
    return Execution("e1", chosen, legs, chosen.mids, START_NS)


def an_order(job: Job = Job.HEDGE, stage: Stage = Stage.LIVE, filled: str = "0") -> LegOrder:
    """Return an order of a leg that sells."""
    return LegOrder(
        client_order_id=X,
        job=job,
        side=Side.SELL,
        quantity=D(10),
        price=None,
        reduce_only=False,
        at_ns=START_NS,
        stage=stage,
        filled=D(filled),
    )


def book(bid: str = "99.9", ask: str = "100.1", size: str = "100") -> DepthView:
    """Return a book of one level a side."""
    return DepthView(bids=[Level(D(bid), D(size))], asks=[Level(D(ask), D(size))])


@dataclass
class TrueOrder:
    """An order as its venue has it."""

    leg: int
    order: LegOrder
    arrived: bool = False
    over: bool = False
    filled: Decimal = ZERO

    @property
    def remaining(self) -> Decimal:
        """What could still trade."""
        return D(0) if self.over else self.order.quantity - self.filled

    def told(self) -> OrderHeard:
        """Return a report of it as it stands."""
        fact = Fact.ENDED if self.over else Fact.RESTS
        return OrderHeard(self.order.client_order_id, fact, self.filled)


@dataclass
class Model:
    """The venues, the machine, and what is on its way between them."""

    execution: Execution
    now_ns: int = START_NS
    orders: dict[ClientOrderId, TrueOrder] = field(default_factory=dict)
    news: list[Event] = field(default_factory=list)
    requests: list[Command] = field(default_factory=list)
    books: tuple[DepthView | None, ...] = ()
    seen: Books = field(default_factory=Books)
    minted: int = 0
    wake_ns: int | None = None

    def __post_init__(self) -> None:
        self.books = self.books or tuple(book() for _ in self.execution.legs)
        self.recorded = self.execution
        self.entries_until_ns = 1 << 62
        self.seized = [D(0) for _ in self.execution.legs]
        """What each venue has taken of its own accord, against the leg's direction."""

    # The machine ----------------------------------------------------------------------------------

    def mint(self, venue: str) -> ClientOrderId:
        """Return a new name."""
        self.minted += 1
        return ClientOrderId(f"{venue}{self.minted}")

    def think(self) -> None:
        """Let the machine decide, and send what it wants done."""
        step = decide(self.execution, self.seen, self.now_ns, self.mint)
        if step.commands or step.execution.phase is not self.execution.phase:
            self.recorded = step.execution
        self.execution, self.wake_ns = step.execution, step.wake_ns
        for command in step.commands:
            if isinstance(command, Place):
                name = command.order.client_order_id
                self.orders[name] = TrueOrder(command.leg, command.order)
            self.requests.append(command)
        self.check()

    def hear(self, event: Event) -> None:
        """Let the machine hear one event, and decide."""
        if isinstance(event, BooksSeen):
            self.seen = Books(event.books, event.at_ns)
        self.execution = hear(self.execution, event, self.now_ns)
        self.think()

    def restart(self) -> None:
        """Let another process go on from the record; what was on its way to the old one is lost."""
        self.execution, self.seen = self.recorded, Books()
        self.entries_until_ns = min(self.entries_until_ns, self.now_ns)
        self.news.clear()
        self.now_ns += 1
        self.hear(Restarted())

    # The venues -----------------------------------------------------------------------------------

    def arrive(self, place: int, *, answered: bool = True, refused: bool = False) -> None:
        """Let a request arrive; its answer is news, or is lost."""
        request = self.requests.pop(place)
        answer = self._answer(request, refused=refused)
        if not answered and isinstance(answer, OrderHeard):
            answer = OrderHeard(answer.client_order_id, Fact.LOST)
        self.news.append(answer)

    def lose(self, place: int) -> None:
        """Let a request be lost on its way: it never arrives."""
        request = self.requests.pop(place)
        if isinstance(request, Place):
            self.orders[request.order.client_order_id].over = True
        if isinstance(request, Place | Cancel | Ask):
            self.news.append(OrderHeard(request.client_order_id, Fact.LOST))
        if isinstance(request, Weigh):
            self.news.append(Held(request.leg, None))

    def _answer(self, request: Command, *, refused: bool) -> Event:
        if isinstance(request, Weigh):
            sign = self.execution.plan.legs[request.leg].side.sign
            along = self.net(request.leg) - self.seized[request.leg]
            baseline = self.execution.legs[request.leg].baseline
            return Held(request.leg, baseline + sign * along)
        if not isinstance(request, Place | Cancel | Ask):
            return BooksSeen(self.books, self.now_ns)
        true = self.orders[request.client_order_id]
        if isinstance(request, Place):
            if true.over:  # cancelled by name before it came
                return true.told()
            true.arrived = True
            if refused:
                true.over = True
                return OrderHeard(request.client_order_id, Fact.ENDED, D(0), Reason.OTHER)
        elif isinstance(request, Cancel):
            true.over = True
        elif not true.arrived and not true.over:
            return OrderHeard(request.client_order_id, Fact.LOST)
        return true.told()

    def trade(self, name: ClientOrderId, size: Decimal) -> None:
        """Let an order that is live trade, and tell of it."""
        true = self.orders[name]
        assert true.arrived
        size = min(size, true.remaining)
        if true.order.job is Job.UNWIND:  # reduce-only: no more than there is
            size = min(size, self.net(true.leg) - self.seized[true.leg])
        if size <= 0 and true.order.job is Job.UNWIND:
            true.over = True
            self.news.append(true.told())
        if size <= 0:
            return
        true.filled += size
        true.over = true.filled >= true.order.quantity
        self.news.append(true.told())

    def live(self) -> list[ClientOrderId]:
        """Return the orders that may trade now."""
        return [name for name, true in self.orders.items() if true.arrived and not true.over]

    def net(self, index: int) -> Decimal:
        """Return by how much a leg's position has truly changed, in its direction."""
        return sum(
            (
                -true.filled if true.order.job is Job.UNWIND else true.filled
                for true in self.orders.values()
                if true.leg == index
            ),
            D(0),
        )

    def beyond(self, index: int) -> Decimal:
        """Return what the venue has filled of a leg beyond what its orders asked for."""
        mine = [true for true in self.orders.values() if true.leg == index]
        return sum((max(true.filled - true.order.quantity, D(0)) for true in mine), D(0))

    def check(self) -> None:
        """Check what holds at every instant, whatever was heard."""
        for index, one in enumerate(self.execution.plan.legs):
            may_trade = [
                name for name, true in self.orders.items() if true.leg == index and not true.over
            ]
            assert len(may_trade) <= 1, f"two live orders of leg {index}: {may_trade}"
            most = one.quantity + self.beyond(index)
            assert D(0) <= self.net(index) <= most, f"leg {index} at {self.net(index)}"
            entries = [
                true
                for true in self.orders.values()
                if true.leg == index and true.order.job is Job.ENTRY
            ]
            assert len(entries) <= 1, f"leg {index} was entered twice"
            assert all(true.order.at_ns <= self.entries_until_ns for true in entries)
        for true in self.orders.values():
            assert true.order.job is not Job.UNWIND or not self.execution.plan.closes
            assert true.order.reduce_only or true.order.job is not Job.UNWIND
        assert self.execution.exposure.peak_usd <= self.execution.plan.worst_unhedged_usd

    # Without trouble ------------------------------------------------------------------------------

    def heal(self) -> None:
        """Let everything arrive, be answered and be told, and orders that take trade at once."""
        for _ in range(500):
            while self.requests:
                self.arrive(0)
                for name in self.live():
                    if self.orders[name].order.price is None:
                        self.trade(name, self.orders[name].order.quantity)
            if self.news:
                self.hear(self.news.pop(0))
            elif self.execution.phase is Phase.DONE:
                return
            elif self.wake_ns is not None:
                self.now_ns = max(self.now_ns, self.wake_ns)
                self.think()
            else:
                break
        raise AssertionError(f"it waits for ever: {self.execution}")


def opened(*legs: object, rollback: bool = True, whole: bool = False) -> Model:
    """Return a model whose entries have arrived and rest."""
    model = Model(begin(plan(*legs, rollback=rollback, whole=whole)))  # type: ignore[arg-type]  # legs
    model.think()
    while model.requests:
        model.arrive(0)
    while model.news:
        model.hear(model.news.pop(0))
    return model


def told(model: Model, name: ClientOrderId, fact: Fact, filled: str = "0") -> None:
    """Let a report come true and be heard."""
    true = model.orders[name]
    true.filled, true.over = D(filled), fact is Fact.ENDED
    model.hear(OrderHeard(name, fact, D(filled)))


def seen(model: Model) -> None:
    """Let the books be read that the machine has asked for."""
    assert model.requests == [Look()]
    model.requests.clear()
    model.hear(BooksSeen(model.books, model.now_ns))


def later(model: Model, seconds: float) -> None:
    """Let time pass."""
    model.now_ns += round(seconds * NS)
    model.think()


def placed(model: Model) -> list[tuple[int, Job, Side, Decimal, bool]]:
    """Return what is to be sent now."""
    return [
        (one.leg, one.order.job, one.order.side, one.order.quantity, one.order.reduce_only)
        for one in model.requests
        if isinstance(one, Place)
    ]
