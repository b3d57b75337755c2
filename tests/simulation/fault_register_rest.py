"""The register's faults of accounts, market data, time, machines and people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Injected:
    """What injects a fault: names with blanks between them, or one name as ``also``."""

    both: str = ""
    """Into executions and into runs."""
    plans: str = ""
    """Into executions alone."""
    runs: str = ""
    """Into runs alone."""
    also: str = ""
    """Into both, by a name that has blanks in it."""
    tests: str = ""
    """Files under ``tests`` that cause it on their own."""
    why: str = ""

    @property
    def of_plans(self) -> tuple[str, ...]:
        """What injects it into executions."""
        return (*f"{self.both} {self.plans}".split(), *([self.also] if self.also else []))

    @property
    def of_runs(self) -> tuple[str, ...]:
        """What injects it into runs."""
        return (*f"{self.both} {self.runs}".split(), *([self.also] if self.also else []))

    @property
    def places(self) -> tuple[str, ...]:
        """Where it is caused on its own."""
        return tuple(self.tests.split())


_CLIENT = "exchange_clients/shared/client"
_FUNDING = "exchange_clients/shared/funding_adapter"
FAULTS_OF_ACCOUNTS_AND_MACHINES: Mapping[str, tuple[str, Injected]] = {
    "A1": (
        "A part of the leg that wins is taken by auto-deleveraging.",
        Injected(runs="v.take", tests="execution/legs/test_legs_taken.py"),
    ),
    "A2": (
        "A leg is liquidated, whole or in part, or an event of another market is told.",
        Injected(plans="jump", runs="v.take", tests="execution/legs/test_legs_taken.py"),
    ),
    "A3": (
        "A market is settled at any price, or delisted.",
        Injected(runs="v.delisted", why="Settled at the market, and listed again later."),
    ),
    "A4": (
        "A mark or index is absurd on one venue.",
        Injected("jump", runs="v.mark", why="The true mark is the middle of a venue's own book."),
    ),
    "A5": (
        "A venue rolls back: fills vanish and orders are gone.",
        Injected(
            tests=f"simulation/test_rolled_back_venue.py {_CLIENT}/managers/test_voided_fills.py",
            why="At Paradex, where it has happened.",
        ),
    ),
    "A6": (
        "Leverage or a mode is changed outside.",
        Injected(
            runs="v.leverage",
            tests=f"{_CLIENT}/test_position_mode.py {_CLIENT}/test_venue_hedge_mode.py",
        ),
    ),
    "A7": (
        "A leverage is refused or rounded.",
        Injected(
            runs="v.rules",
            tests=f"{_CLIENT}/test_venue_extras.py execution/legs/test_legs_preflight.py",
        ),
    ),
    "A8": (
        "A balance holds assets that cannot be used.",
        Injected(tests="exchange_clients/shared/test_account_rows.py"),
    ),
    "A9": (
        "Collateral loses its worth with no trade.",
        Injected(
            runs="v.depeg",
            tests="strategies/test_arbitrage_leaving.py",
            why="At the venues that tell what it is worth.",
        ),
    ),
    "A10": (
        "Margin of a cancelled order is freed seconds later, and a hedge is refused.",
        Injected(runs="v.no_margin", tests="execution/legs/test_legs_on_venues.py"),
    ),
    "A11": ("Fees change.", Injected(runs="v.fees", tests="execution/legs/test_legs_preflight.py")),
    "A12": (
        "A funding payment comes late, twice, or is corrected.",
        Injected(
            "ws.dup ws.delay",
            runs="v.late_payments",
            tests=f"{_CLIENT}/test_venue_extras.py",
            why="Lists show it late, and questions for it alone fail.",
        ),
    ),
    "M1": (
        "A book is crossed or locked.",
        Injected(runs="v.crossed", tests="exchange_clients/shared/test_order_book.py"),
    ),
    "M2": ("A side of a book empties before an order arrives.", Injected("gone thin")),
    "M3": ("A price runs off for seconds.", Injected("jump")),
    "M4": (
        "Tick, step or minimum changes.",
        Injected(runs="v.rules", tests=f"{_CLIENT}/test_venue_markets.py"),
    ),
    "M5": (
        "A market is halted, or takes some orders alone.",
        Injected(plans="v.halt", runs="hand.halt v.reduce_only v.post_only"),
    ),
    "M6": (
        "Markets are renamed; contracts of legs hold other numbers of tokens.",
        Injected(
            tests="conformance strategies/test_arbitrage_sizing.py",
            why="A name never changes while a program runs.",
        ),
    ),
    "M7": (
        "Intervals of funding change; its next instant is missing, past, or in another unit.",
        Injected(
            runs="v.interval",
            tests=f"{_FUNDING} execution/test_settlements.py",
            why="Intervals change at venues that are known to change them.",
        ),
    ),
    "M8": (
        "A rate is missing or frozen, or changes its sign.",
        Injected("rp.drop", tests="execution/test_market_survey.py funding_rate_service"),
    ),
    "M9": (
        "Prices are tiny, or written with an exponent.",
        Injected(tests="conformance exchange_clients/shared/test_decimal_grid.py"),
    ),
    "T1": (
        "The machine's clock is set.",
        Injected(runs="clk.step", tests="exchange_clients/shared/transport/test_clock_offset.py"),
    ),
    "T2": (
        "The machine's clock drifts for days.",
        Injected(runs="clk.drift", tests="exchange_clients/shared/transport/test_clock_offset.py"),
    ),
    "T3": ("The machine is suspended for minutes.", Injected(runs="proc.sleep")),
    "T4": (
        "A process stands still, then all its timers fire at once.",
        Injected(runs="proc.freeze"),
    ),
    "T5": (
        "A venue's clock is off, or frames are stamped in the future.",
        Injected("clk.skew"),
    ),
    "T6": (
        "An order is filled beyond the instant of funding for which it was meant.",
        Injected("rq.delay", why="A run goes over the hour, and three plans of ten do."),
    ),
    "T7": (
        "What is due at one instant comes in another order.",
        Injected(
            "ws.swap",
            tests="simulation/test_interleaving.py",
            why="Seeds are played in another order where `--interleaving` is given.",
        ),
    ),
    "T8": (
        "The machine is in another time zone, or a time has none.",
        Injected(tests="exchange_clients/shared/test_instants.py"),
    ),
    "T9": (
        "A cancellation meets the result that arrives.",
        Injected(tests="exchange_clients/shared/test_tasks.py"),
    ),
    "P1": (
        "A process dies at any of its writes or sendings.",
        Injected("kill", tests="survival/test_killed_runs.py"),
    ),
    "P2": (
        "Power is lost, and with it what was not synced.",
        Injected(
            "kill",
            tests="database/test_torn_journals.py",
            why="Where each record is written through, as a part of plans and runs has it, a power "
            "cut leaves what a kill does. Else the latest are lost, and the others are read.",
        ),
    ),
    "P3": ("A last record is torn.", Injected("kill", tests="database/test_journal_survival.py")),
    "P4": (
        "A bit flips on the disk.",
        Injected(
            tests="database/test_journal_survival.py",
            why="A file that cannot be trusted is refused: no run goes on with it.",
        ),
    ),
    "P5": (
        "A disk is full or read-only.",
        Injected(
            tests="survival/test_disk_troubles.py simulation/ruin.py",
            why="`fail` fills the disk at each write of an execution, for one write or for good.",
        ),
    ),
    "P6": (
        "A database is locked, or a sync takes seconds.",
        Injected(
            tests="database/test_journal_survival.py simulation/ruin.py",
            why="`fail` lets each write of an execution take 5 s.",
        ),
    ),
    "P7": ("A process dies again and again.", Injected("kill")),
    "P8": (
        "A process is told to stop within an execution, twice.",
        Injected(runs="op.stop", tests="survival/test_stops.py"),
    ),
    "P9": (
        "Two instances trade one account.",
        Injected(
            tests="survival/test_instances.py database/test_lease.py",
            why="The second is refused before it has a client.",
        ),
    ),
    "P10": (
        "Memory, tasks or queues grow.",
        Injected("ws.dup ws.junk", why="Tasks are counted; memory over days is not measured."),
    ),
    "P11": (
        "A task is cancelled while it places or closes.",
        Injected(tests="exchange_clients/shared/test_tasks.py execution"),
    ),
    "P12": ("A new version reads an old journal.", Injected(tests="database/test_journal.py")),
    "P13": (
        "A call blocks the process, or who is to be notified hangs.",
        Injected(runs="proc.freeze", tests="app/test_run_notices.py"),
    ),
    "X1": (
        "The user closes or resizes a leg.",
        Injected(runs="hand.close op.close", why="At the venue, or by a command to the bot."),
    ),
    "X2": (
        "The user trades the same market.",
        Injected(
            plans="jump",
            runs="hand.hold",
            why="The user has orders and positions in half of all plans, and in some runs.",
        ),
    ),
    "X3": (
        "A number of the configuration is in a wrong unit.",
        Injected(tests="app/test_configuration.py app/test_values.py"),
    ),
    "X4": (
        "A part of a fleet runs old code.",
        Injected(tests="database/test_store.py", why="One journal has one writer."),
    ),
    "X5": (
        "All is to be closed while a venue is away.",
        Injected(tests="drills execution/test_flatten.py"),
    ),
    "X6": ("A venue is away with a leg open.", Injected(also="down")),
    "X7": ("All venues are slow together.", Injected("october swizzle")),
    "X8": (
        "The second leg is refused for good.",
        Injected(
            plans="v.halt",
            runs="v.no_margin hand.halt",
            tests="execution/legs/test_legs_on_venues.py",
        ),
    ),
    "X9": ("A fill of one leg is told late.", Injected("ws.delay")),
    "X10": (
        "Answers and streams say different things for minutes.",
        Injected("ws.mute", also="dark"),
    ),
    "X11": ("A venue comes and goes.", Injected("flap")),
}
"""By row, with what is said of the fault."""
