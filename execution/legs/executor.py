"""Several orders at several venues as one: all of it hedged, or all of it undone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import ClientOrderId, Fill, OrderInfo
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from execution.bot_state import StateStore
from execution.legs import preflight
from execution.legs.events import Restarted, StopAsked
from execution.legs.plan import Quoted, Refusal, baseline_refusals, make_plan
from execution.legs.preflight import Read
from execution.legs.record import ExecutionRecord
from execution.legs.report import LegsReport, make_report, refused
from execution.legs.run import Run
from execution.legs.state import Execution, LegOrder, LegState
from execution.legs.values import LegLimits, LegRequest, Plan

logger = logging.getLogger(__name__)

ENDED_KEPT = 32
"""How many executions that have ended are remembered for fills that are told late."""
DEFAULT_LIMITS = LegLimits()


class AtomicMultiOrderExecutor:
    """Carries out orders of two or more legs so that they end even, or where they began.

    One executor serves many executions at once; each of them is recorded before it acts, and runs
    to its end even where its caller is cancelled.

    Args:
        clients: By the venues' names; connected.
        clock: Time and waiting.
        store: Durable memory, written before each step; the journal is one.
        limits: What an execution may risk where its caller says nothing else.
        on_report: Hears the report of each execution that ends, and again where a fill that was
            told late has changed it.
    """

    def __init__(
        self,
        clients: Mapping[str, BaseExchangeClient],
        clock: Clock,
        store: StateStore,
        limits: LegLimits = DEFAULT_LIMITS,
        on_report: Callable[[LegsReport], None] = lambda report: None,
    ) -> None:
        self._clients = clients
        self._clock = clock
        self._record = ExecutionRecord(store)
        self._limits = limits
        self._on_report = on_report
        self._tasks = TaskScope()
        self._runs: dict[str, Run] = {}
        self._started = 0
        self._stopping = False
        self.reports: dict[str, LegsReport] = {}
        """Of the executions that have ended lately, by id; corrected where a fill came late."""
        for client in clients.values():
            client.setup_fill_handler(self._on_fill)
            client.setup_order_update_handler(self._on_order)

    async def execute_atomically(
        self,
        orders: Sequence[LegRequest],
        rollback_on_partial: bool = True,
        pre_flight_check: bool = True,
        limits: LegLimits | None = None,
        execution_id: str = "",
    ) -> LegsReport:
        """Carry out the legs; return how they ended, or what they were refused for.

        Nothing was sent where ``outcome`` is None. STRANDED means that a venue did not let it be
        finished in time: the report says what is left, and ``resume`` takes it up again.

        Args:
            orders: Two or more, of one symbol, as much bought as sold in tokens.
            rollback_on_partial: Undo everything that cannot be finished; else undo only what has
                no match.
            pre_flight_check: Check every market and account first. Positions, books and the bound
                are checked in any case.
            limits: What this execution may risk.
            execution_id: The caller's name of it, unique in the store; one is made where it is
                empty.

        Raises:
            ValueError: fewer than two legs, two legs of one market, a venue without a client, or
                an id that was used before.
            JournalError: no record could be written.
        """
        self._check(orders)
        chosen = limits or self._limits
        execution_id = self._named(execution_id)
        planned = await self._prepare(
            orders, chosen, rollback=rollback_on_partial, check=pre_flight_check
        )
        if isinstance(planned, list):
            return refused(execution_id, planned)
        plan, baselines = planned
        execution = Execution(
            execution_id=execution_id,
            plan=plan,
            legs=tuple(LegState(baseline) for baseline in baselines),
            mids=plan.mids,
            started_ns=self._clock.now_ns(),
            stopping=self._stopping,
        )
        return await self._tasks.uninterrupted(self._play(self._enter(execution)), execution_id)

    async def resume(self) -> list[LegsReport]:
        """Finish, or undo, what an earlier process has left, or what is stranded in this one.

        Call it once the clients are connected. No entry is sent any more. Returns the reports,
        oldest execution first.
        """
        runs = []
        for execution in self._record.unfinished():
            known = self._runs.get(execution.execution_id)
            if known is None or not known.playing:
                runs.append(known or self._enter(execution))
        for run in runs:
            run.playing = True
            run.post(Restarted())
            await run.recall()
        tasks = [self._tasks.start(self._play(run), run.execution.execution_id) for run in runs]
        return [await task for task in tasks]

    async def stop(self) -> None:
        """Send no entry any more; hedge or undo what has traded, and wait until that is done."""
        self._stopping = True
        for run in self._runs.values():
            if run.playing:
                run.post(StopAsked())
        await self._tasks.join()

    async def close(self) -> None:
        """End at once; what is unfinished is in the record, and ``resume`` takes it up."""
        await self._tasks.close()

    def recorded(self, execution_id: str) -> Execution | None:
        """Return an execution as it was last recorded; None where it never began."""
        return self._record.load(execution_id)

    def order_of(self, client_order_id: ClientOrderId | None) -> tuple[str, LegOrder] | None:
        """Return whose order it is, by the execution's id, and the order; None for another's."""
        for name, run in self._runs.items():
            for state in run.execution.legs:
                for order in state.orders:
                    if order.client_order_id == client_order_id:
                        return name, order
        return None

    # Before it begins -----------------------------------------------------------------------------

    def _check(self, orders: Sequence[LegRequest]) -> None:
        if len(orders) < 2:
            raise ValueError(f"orders must be two legs or more, got {len(orders)}")
        markets = [(one.venue, one.symbol) for one in orders]
        for market in markets:
            if markets.count(market) > 1:
                raise ValueError(f"orders has two legs of {market[1]} on {market[0]}; join them")
            if market[0] not in self._clients:
                known = ", ".join(self._clients)
                raise ValueError(f"venue {market[0]!r} has no client; there is one of {known}")

    def _named(self, execution_id: str) -> str:
        if execution_id:
            if execution_id in self._runs or self.recorded(execution_id) is not None:
                raise ValueError(f"execution_id {execution_id!r} was used before")
            return execution_id
        self._started += 1
        return f"{self._clock.now_ns()}-{self._started}"

    async def _prepare(
        self, orders: Sequence[LegRequest], limits: LegLimits, *, rollback: bool, check: bool
    ) -> tuple[Plan, list[Decimal]] | list[Refusal]:
        """Return the plan and the positions it begins at, or every reason against it."""
        reads = [await preflight.read_market(self._clients[one.venue], one) for one in orders]
        quoted, refusals = _joined(reads)
        if refusals:
            return refusals
        if check:
            refusals = await preflight.check_legs(self._clients, quoted, limits)
            if not refusals:  # last, because what is asked of venues takes its time
                refusals = await preflight.young_books(self._clients, quoted, limits, self._clock)
        held, unread = await preflight.read_baselines(self._clients, quoted)
        again = [
            await preflight.read_again(self._clients[one.request.venue], one) for one in quoted
        ]
        quoted, gone = _joined(again)
        refusals += gone
        if gone:
            return refusals
        plan, unfit = make_plan(quoted, limits, rollback=rollback)
        refusals += unread + unfit
        if plan is None or refusals:
            return refusals
        baselines = [held[leg.venue, leg.contract_id] for leg in plan.legs]
        return baseline_refusals(plan, baselines) or (plan, baselines)

    # While it runs --------------------------------------------------------------------------------

    def _enter(self, execution: Execution) -> Run:
        run = Run(execution, self._clients, self._clock, self._record, self._tasks)
        self._runs[execution.execution_id] = run
        ended = [name for name, one in self._runs.items() if not one.playing and one is not run]
        for name in ended[: max(len(ended) - ENDED_KEPT, 0)]:
            del self._runs[name]
            self.reports.pop(name, None)
        return run

    async def _play(self, run: Run) -> LegsReport:
        await run.play()
        report = make_report(run.execution, run.traded)
        self.reports[report.execution_id] = report
        self._on_report(report)
        logger.info(
            "event=legs_ended execution=%s outcome=%s residual_usd=%.4f usd_seconds=%.4f",
            report.execution_id, report.outcome, report.residual_usd, report.unhedged_usd_seconds,
        )  # fmt: skip
        return report

    def _on_fill(self, fill: Fill) -> None:
        for run in list(self._runs.values()):
            if run.owns(fill.client_order_id):
                run.on_fill(fill)
                self._take_up(run)

    def _on_order(self, info: OrderInfo) -> None:
        for run in list(self._runs.values()):
            if run.owns(info.client_order_id):
                run.on_order(info)
                self._take_up(run)

    def _take_up(self, run: Run) -> None:
        """Let an execution that has ended see to a fill that was told late."""
        if not run.playing and run.execution.outcome is not None and run.late():
            run.playing = True
            self._tasks.start(self._play(run), f"late {run.execution.execution_id}")


def _joined(reads: Sequence[Read]) -> tuple[list[Quoted], list[Refusal]]:
    """Return what was read of each leg, and every reason why a leg could not be read."""
    quoted = [read.quoted for read in reads if read.quoted is not None]
    return quoted, [refusal for read in reads for refusal in read.refusals]
