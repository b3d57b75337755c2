"""Troubles of a whole run that are none of the network's: of venues, of the machine, of the disk.

Each begins and ends at instants of the run, whichever process lives then. What a trouble befalls is
counted by its kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from exchange_clients.base_models import NS, ONE, ContractId, Reason, Side
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop
from tests.conformance.conforming import Deed
from tests.simulation.plan import Trouble
from tests.simulation.whole.calm import DRIFT
from tests.simulation.whole.venues import BEGIN_NS, WorldVenue
from tests.simulation.whole.voiding import void_one
from tests.support.wire_orders import ACCOUNT
from venue_simulators.last_words import LAST_WORDS, nothing
from venue_simulators.market_words import Admits
from venue_simulators.request_log import ANSWERED
from venue_simulators.venue_deeds import (
    Forced,
    VenueDeeds,
    everything,
    reducing_only,
    resting_only,
    without_margin,
)
from venue_simulators.wire import HttpRequest
from venue_simulators.world import Wanted

if TYPE_CHECKING:
    from tests.simulation.whole.lives import MortalStage
    from tests.simulation.whole.playing import WholeRun

D = Decimal
EATS_S = 1.0
"""How often a stranger on our address asks."""
STEP = "clk.step"
FAST = "fast"
"""How a quartz drifts; it is slow otherwise."""
INTERVALS_CHANGE = ("aster", "binance", "bybit")
"""Venues whose markets get another interval of funding now and then."""
COLLATERAL_PRICED = ("backpack", "bybit", "grvt", "okx")
"""Venues that tell what the collateral is worth."""


@dataclass
class Machine:
    """The machine that all processes of a run have in common."""

    clock_off_ns: int = 0
    """By how much its clock was set ahead of the world's."""
    drift_ppm: int = 0
    """How much faster than the world its quartz runs, in parts of a million."""
    drift_since_ns: int = 0
    """Since when."""
    drifted_ns: int = 0
    """By how much it was ahead then."""

    def ahead_ns(self, now_ns: int) -> int:
        """Return by how much the quartz is ahead at an instant of the world."""
        return self.drifted_ns + (now_ns - self.drift_since_ns) * self.drift_ppm // 10**6

    def drift(self, ppm: int, now_ns: int) -> None:
        """Let the quartz run so much faster from now on."""
        self.drifted_ns, self.drift_since_ns = self.ahead_ns(now_ns), now_ns
        self.drift_ppm = ppm


class MachineClock(VirtualClock):
    """What a process reads off its machine.

    Args:
        loop: The process's own.
        machine: Whose clock may be wrong.
    """

    def __init__(self, loop: VirtualLoop, machine: Machine) -> None:
        super().__init__(loop)
        self._machine = machine

    def now_ns(self) -> int:
        """Return the machine's wall time."""
        now_ns, machine = super().now_ns(), self._machine
        return now_ns + machine.clock_off_ns + machine.ahead_ns(now_ns)

    def monotonic_ns(self) -> int:
        """Return a time that no setting of the clock moves; the quartz is the same."""
        return super().monotonic_ns() + self._machine.ahead_ns(super().now_ns())


Deals: TypeAlias = Callable[["WholeRun", Trouble, Counter[str]], None]
Multiplies: TypeAlias = Callable[[VenueDeeds, ContractId, Decimal], None]
"""Makes something of a market so many times as large as it is."""


@dataclass(frozen=True, slots=True)
class Injector:
    """How a kind of trouble begins and ends."""

    begin: Deals
    end: Deals = lambda run, trouble, counts: None


class Agenda:
    """What begins and ends in a run, whoever lives at the time.

    Args:
        run: The run.
    """

    def __init__(self, run: WholeRun) -> None:
        self._run = run
        self.counts: Counter[str] = Counter()
        """What befell something, by kind."""
        rows = [each for each in run.scenario.troubles if each.kind in INJECTORS]
        turns = [(row.at_s, number, row, True) for number, row in enumerate(rows)]
        turns += [(row.at_s + row.for_s, number, row, False) for number, row in enumerate(rows)]
        self._left = sorted(turns, key=lambda turn: (turn[0], turn[1]))

    def plan(self, stage: MortalStage) -> None:
        """Set the timer of a process for what comes next; what is overdue comes at once."""
        if self._left:
            stage.loop.call_later(self._run.left_s(self._left[0][0]), partial(self._next, stage))

    def _next(self, stage: MortalStage) -> None:
        run = self._run
        while self._left and not run.left_s(self._left[0][0]):
            _, _, trouble, begins = self._left.pop(0)
            venue = run.venues.get(trouble.venue)
            if venue is not None:
                venue.venue.advance(run.now_ns())
            injector = INJECTORS[trouble.kind]
            (injector.begin if begins else injector.end)(run, trouble, self.counts)
        self.plan(stage)


# Of venues ----------------------------------------------------------------------------------------


def _take(
    run: WholeRun,
    trouble: Trouble,
    counts: Counter[str],
    *,
    forces: Forced = Forced.DELEVERAGED,
) -> None:
    """Take a share of what is held, as when others cannot pay."""
    venue = run.venues[trouble.venue]
    venue.world.deeds.forces = forces
    for contract_id in venue.traded:
        before = venue.position(contract_id)
        venue.world.deeds.take(ACCOUNT, contract_id, _strength(trouble), venue.world.now_ns)
        venue.world.advance(venue.world.now_ns)
        counts[trouble.kind] += venue.position(contract_id) != before
    venue.world.deeds.forces = Forced.LIQUIDATED


def _delist(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """Settle all that is held, and trade no more."""
    _take(run, trouble, counts, forces=Forced.SETTLED)
    venue = run.venues[trouble.venue]
    for contract_id in venue.traded:
        venue.world.set_tradable(contract_id, False)


def _list_again(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    del counts
    run.venues[trouble.venue].reopen()


def _each_market(
    deed: Multiplies, run: WholeRun, trouble: Trouble, counts: Counter[str], *, over: bool = False
) -> None:
    """Do something to each market as often as the trouble is strong; undo it where it is over."""
    deeds = run.venues[trouble.venue].world.deeds
    for contract_id in run.venues[trouble.venue].traded:
        deed(deeds, contract_id, D(1) if over else _strength(trouble))
        counts[trouble.kind] += not over


def _refuse(admits: Admits, run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """Take some orders alone, and count those that are refused."""

    def counted(order: Wanted) -> Reason | None:
        reason = admits(order)
        counts[trouble.kind] += reason is not None
        return reason

    for contract_id in run.venues[trouble.venue].traded:
        run.venues[trouble.venue].world.deeds.admit(contract_id, counted)


def _refuse_nothing(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    del counts
    for contract_id in run.venues[trouble.venue].traded:
        run.venues[trouble.venue].world.deeds.admit(contract_id, everything)


def _announce(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """List each market by other rules."""
    counts[trouble.kind] += run.venues[trouble.venue].rules.begin(trouble)


def _take_back(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    del counts
    run.venues[trouble.venue].rules.end(trouble)


def _eat(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """Let another process on our address ask for markets, so many times a second."""
    venue = run.venues[trouble.venue]
    asked = _public_question(venue)
    if asked is None or run.now_s >= min(trouble.at_s + trouble.for_s, run.scenario.chaos_s):
        return
    for _ in range(round(trouble.strength or 1)):
        venue.venue.simulator.handle(asked)
        counts[trouble.kind] += 1
    run.stage.loop.call_later(EATS_S, partial(_eat, run, trouble, counts))


def _public_question(venue: WorldVenue) -> HttpRequest | None:
    """Return what we asked a venue without a signature, as anybody could."""
    terms = venue.facts.deeds[Deed.MARKETS]
    asked = venue.venue.log.matching(path=terms.get("path", "*"), service=terms.get("service", "*"))
    first = next((each for each in asked if each.verdict == ANSWERED), None)
    if first is None:
        return None
    return HttpRequest(first.service, first.method, first.path, first.query, body=first.body)


def _choose_leverage(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """Let the user choose another leverage for each market, on the venue's own page."""
    venue = run.venues[trouble.venue]
    for contract_id in venue.traded:
        counts[trouble.kind] += venue.choose(contract_id, _strength(trouble))


def _settle_otherwise(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """Pay funding so many hours apart, where venues are known to change that."""
    world = run.venues[trouble.venue].world
    if trouble.venue in INTERVALS_CHANGE:
        world.deeds.settle_every(int(_strength(trouble)), world.now_ns)
        counts[trouble.kind] += 1


def _settle_as_before(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    del counts
    world = run.venues[trouble.venue].world
    if trouble.venue in INTERVALS_CHANGE:
        world.deeds.settle_every(None, world.now_ns)


def _cross(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """Tell a level beyond the other side's best one, which is not there."""
    side = Side.BUY if trouble.target == "bid" else Side.SELL
    world, ticks = run.venues[trouble.venue].world, int(_strength(trouble))
    for contract_id in run.venues[trouble.venue].traded:
        counts[trouble.kind] += world.deeds.cross(contract_id, side, ticks, world.now_ns)


def _uncross(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    del counts
    world = run.venues[trouble.venue].world
    for contract_id in run.venues[trouble.venue].traded:
        world.deeds.uncross(contract_id, world.now_ns)


def _depeg(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """Let the collateral be worth less than a dollar, or more, where its worth is told."""
    if trouble.venue in COLLATERAL_PRICED:
        run.venues[trouble.venue].world.deeds.value_collateral(_strength(trouble))
        counts[trouble.kind] += 1


def _close_soon(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """Announce, where the venue does, that each connection is closed at the row's end."""
    words = LAST_WORDS.get(trouble.venue, nothing)
    closing = run.venues[trouble.venue].venue.close_soon(round(trouble.for_s * NS), words)
    counts[trouble.kind] += closing


def _peg(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    del counts
    run.venues[trouble.venue].world.deeds.value_collateral(ONE)


def _pay_late(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """Let lists show what is paid for funding from now on so much later than it is booked."""
    late, late_ns = run.venues[trouble.venue].world.deeds.late, round((trouble.seconds or 0.0) * NS)
    late.put_off(late_ns, run.now_ns())
    del counts


def _pay_in_time(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """Let lists show payments at once again, and count those that were late."""
    world = run.venues[trouble.venue].world
    since_ns, late = BEGIN_NS + round(trouble.at_s * NS), world.deeds.late
    paid = [each.venue_ns for each in world.payments(ACCOUNT) if each.venue_ns >= since_ns]
    counts[trouble.kind] += sum(late.shown_ns(at_ns) > at_ns for at_ns in paid)
    late.put_off(0, run.now_ns())


# Of the machine -----------------------------------------------------------------------------------


def _freeze(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """Let the process stand still: what was due meanwhile comes all at once."""
    run.stage.loop._horizon.now_ns += round((trouble.seconds or 0.0) * NS)
    counts[trouble.kind] += 1


def _suspend(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """Let the machine sleep: the world goes on, and its timers stand still."""
    run.stage.loop.epoch_ns += round((trouble.seconds or 0.0) * NS)
    counts[trouble.kind] += 1


def _set_clock(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    ahead_ns = round((trouble.seconds or 0.0) * NS)
    run.machine.clock_off_ns = ahead_ns - run.machine.drifted_ns
    counts[trouble.kind] += 1


def _mend_clock(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    del trouble, counts
    run.machine.clock_off_ns = -run.machine.drifted_ns


def _drift(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """Let the machine's quartz run too fast, or too slow."""
    run.machine.drift(_ppm(trouble), run.now_ns())
    counts[trouble.kind] += 1


def _set_right(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """Let the quartz run as it should; what it is ahead by is taken back from the wall clock."""
    del trouble, counts
    run.machine.drift(0, run.now_ns())
    run.machine.clock_off_ns = -run.machine.drifted_ns


def ahead_s(trouble: Trouble) -> float:
    """Return by how much a trouble has the machine's clock ahead at most (s); behind below zero."""
    if trouble.kind == STEP:
        return trouble.seconds or 0.0
    if trouble.kind == DRIFT:
        return trouble.for_s * _ppm(trouble) / 10**6
    return 0.0


def _ppm(trouble: Trouble) -> int:
    ppm = int(_strength(trouble))
    return ppm if trouble.target == FAST else -ppm


def _strength(trouble: Trouble) -> Decimal:
    return D(str(trouble.strength))


def _multiplied(deed: Multiplies) -> Injector:
    """Return what multiplies something of each market, and in the end by one again."""
    return Injector(partial(_each_market, deed), partial(_each_market, deed, over=True))


INJECTORS: Mapping[str, Injector] = {
    "v.take": Injector(_take),
    "v.delisted": Injector(_delist, _list_again),
    "v.bust": Injector(void_one),
    "v.fees": _multiplied(VenueDeeds.charge),
    "v.reduce_only": Injector(partial(_refuse, reducing_only), _refuse_nothing),
    "v.post_only": Injector(partial(_refuse, resting_only), _refuse_nothing),
    "v.no_margin": Injector(partial(_refuse, without_margin), _refuse_nothing),
    "v.mark": _multiplied(VenueDeeds.show_mark),
    "v.rules": Injector(_announce, _take_back),
    "v.eaten": Injector(_eat),
    "v.leverage": Injector(_choose_leverage),
    "v.interval": Injector(_settle_otherwise, _settle_as_before),
    "v.crossed": Injector(_cross, _uncross),
    "v.depeg": Injector(_depeg, _peg),
    "ws.closing": Injector(_close_soon),
    "v.late_payments": Injector(_pay_late, _pay_in_time),
    "proc.freeze": Injector(_freeze),
    "proc.sleep": Injector(_suspend),
    STEP: Injector(_set_clock, _mend_clock),
    DRIFT: Injector(_drift, _set_right),
}
"""By kind."""
