"""Takes executions of several legs from the bot, and tells what became of each, once it is over.

Whatever is accepted is told as finished, over restarts too: one that was left half-way is hedged or
undone first, and one that is stranded at a venue that does not answer is taken up again until it is
not. Fills are told with the end; one that comes later makes the end be told anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    NS,
    ZERO,
    ClientOrderId,
    ContractId,
    Fill,
    OrderInfo,
    Purpose,
)
from exchange_clients.journal import JournalError
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from execution.bot_state import StateStore, remember_name
from execution.heard_legs import HeardLegs
from execution.key_book import KeyedOrder
from execution.legs.executor import AtomicMultiOrderExecutor
from execution.legs.plan import Refusal
from execution.legs.report import LegsReport, make_report
from execution.legs.state import Job, Outcome
from execution.legs.values import LegLimits, LegRequest
from execution.legs_order import LegsFinished, LegsOrder, LegsOutcome
from execution.order_params import OrderParams
from execution.ports import LegsEars
from execution.readings import MarketKey

logger = logging.getLogger(__name__)

RETRY_FIRST_S = 5.0
"""Before a stranded execution is taken up again; each further pause is twice as long."""
RETRY_MAX_S = 60.0
TOLD_KEPT = 32
"""Executions that have ended and are remembered for fills that come late."""
OUTCOMES: Mapping[Outcome | None, LegsOutcome] = {
    None: LegsOutcome.REFUSED,
    Outcome.HEDGED: LegsOutcome.COMPLETED,
    Outcome.EVENED: LegsOutcome.COMPLETED,
    Outcome.UNWOUND: LegsOutcome.UNWOUND,
    Outcome.NOTHING: LegsOutcome.UNWOUND,
    Outcome.LEFT: LegsOutcome.INCOMPLETE,
    Outcome.STRANDED: LegsOutcome.INCOMPLETE,
}
PURPOSES: Mapping[Job, Purpose] = {Job.HEDGE: Purpose.HEDGE, Job.UNWIND: Purpose.CLOSE}
LEVERAGE_AGAIN_S = 900.0
"""How long a leverage that was refused is not asked for again: what is in its way, such as an order
that rests, a person takes away."""
LEVERAGE = "leverage"
"""How the fields of refusals begin that concern it."""


class LegsDesk:
    """The bot's executions over several venues.

    Args:
        clients: By the venues' names; connected by their owner.
        clock: Time and waiting.
        store: Durable memory of each execution.
        limits: What any of them may risk.
        questions: Why an entry is not begun, at the last moment; empty where it may be.
    """

    able = True

    def __init__(
        self,
        clients: Mapping[str, BaseExchangeClient],
        clock: Clock,
        store: StateStore,
        limits: LegLimits,
        questions: Callable[[LegsOrder], str] = lambda order: "",
    ) -> None:
        self.executor = AtomicMultiOrderExecutor(clients, clock, store, limits, self._on_report)
        self.refused: dict[MarketKey, tuple[str, int]] = {}
        """Markets whose venue did not take a leverage: what it said, until when it is not asked."""
        self.on_refusal: Callable[[Refusal], None] = lambda refusal: None
        """Hears each reason why an execution was not begun; never waits."""
        self._clients = clients
        self._clock = clock
        self._store = store
        self._limits = limits
        self._questions = questions
        self._open: dict[str, None] = {}
        self._known: dict[str, HeardLegs] = {}
        self._tasks = TaskScope()
        self._ears: LegsEars | None = None

    # What the bot asks ----------------------------------------------------------------------------

    def listen(self, ears: LegsEars) -> None:
        """Tell ``ears``, and hear the orders of every venue from now on."""
        self._ears = ears
        for venue, client in self._clients.items():
            client.setup_fill_handler(partial(self._on_fill, venue))
            client.setup_order_update_handler(partial(self._on_order, venue))

    def accept(self, order: LegsOrder) -> None:
        """Note an execution that will be asked for."""
        assert order.key not in self._open, f"the strategy used the key {order.key} twice"
        self._open[order.key] = None
        self._known[order.key] = HeardLegs(order.purpose)

    def send(self, order: LegsOrder) -> None:
        """Start an accepted execution."""
        self._tasks.start(self._execute(order), f"legs {order.key}")

    def forget(self, key: str) -> None:
        """Drop one whose end was taken in; late fills of the latest ones are still heard."""
        self._open.pop(key, None)
        over = [name for name in self._known if name not in self._open]
        for name in over[: max(len(over) - TOLD_KEPT, 0)]:
            del self._known[name]

    def rows(self) -> Sequence[str]:
        """Return the keys of executions whose end was not taken in."""
        return list(self._open)

    def load(self, rows: Iterable[str]) -> None:
        """Take up saved keys."""
        self._open |= dict.fromkeys(rows)

    async def resume(self) -> None:
        """Finish or undo what an earlier process left, and tell the end of every key loaded."""
        left = self.rows()
        resumed = await self.executor.resume()
        over = {report.execution_id for report in resumed}
        for key in left:
            if key not in over:
                await self._tell_past(key)

    async def stop(self) -> None:
        """Send no entry any more, and wait until what has traded is hedged or undone."""
        await self.executor.stop()

    async def close(self) -> None:
        """End at once; the record has what is left."""
        await self._tasks.close()
        await self.executor.close()

    # One execution --------------------------------------------------------------------------------

    async def _execute(self, order: LegsOrder) -> None:
        """Carry it out; its report tells the end, unless it never began."""
        reason = self._refusal(order) or self._questions(order)
        if not reason:
            try:
                report = await self._carry_out(order)
            except (ValueError, JournalError) as error:
                logger.warning("event=legs_not_begun key=%s error=%r", order.key, error)
                reason = str(error)
            except Exception as error:
                # A defect: what is recorded of it may have traded, and is finished or undone.
                logger.exception("event=legs_failed key=%s next=take_up", order.key)
                if self.executor.recorded(order.key) is not None:
                    await self._take_up_again()
                    return
                reason = repr(error)
            else:
                reason = report.message if report.outcome is None else ""
                self._note_refusals(order, report)
        if reason:
            self._tell(LegsFinished(order.key, LegsOutcome.REFUSED, self._now_ns(), (), reason))

    async def _carry_out(self, order: LegsOrder) -> LegsReport:
        limits = replace(
            self._limits, price_gap_max=order.price_gap_max, edge_usd=max(order.edge_usd, ZERO)
        )
        requests = [self._request(each, order) for each in order.orders]
        return await self.executor.execute_atomically(
            requests, limits=limits, execution_id=order.key
        )

    def _request(self, params: OrderParams, order: LegsOrder) -> LegRequest:
        assert params.venue is not None, f"{params.key} names its venue"
        assert params.contract_id is not None, f"{params.key} names its contract"
        market = self._clients[params.venue].market(params.contract_id)
        return LegRequest(
            venue=params.venue,
            symbol=market.symbol,
            side=params.side,
            quantity=params.quantity,
            price=params.price,
            post_only=params.post_only,
            reduce_only=params.reduce_only,
            leverage=order.leverage,
            whole=order.whole,
        )

    def _refusal(self, order: LegsOrder) -> str:
        """Say why an opening is not tried yet: the leverage of a leg was refused lately."""
        if order.leverage is None:
            return ""
        now_ns = self._now_ns()
        told = [self.refused.get(_market_of(each), ("", 0)) for each in order.orders]
        lately = [(words, until_ns - now_ns) for words, until_ns in told if until_ns > now_ns]
        if not lately:
            return ""
        wait_s = max(wait_ns for _, wait_ns in lately) / NS
        return f"{'; '.join(words for words, _ in lately)}; it is asked again in {wait_s:.0f} s"

    def _note_refusals(self, order: LegsOrder, report: LegsReport) -> None:
        markets = {each.venue: _market_of(each) for each in order.orders}
        for refusal in report.refusals:
            self.on_refusal(refusal)
            if refusal.field.startswith(LEVERAGE):
                until_ns = self._now_ns() + round(LEVERAGE_AGAIN_S * NS)
                self.refused[markets[refusal.venue]] = (str(refusal), until_ns)
                logger.error(
                    "event=leverage_refused venue=%s reason=%s next=asked_again_later",
                    refusal.venue, refusal,
                )  # fmt: skip

    # What became of it ----------------------------------------------------------------------------

    def _on_report(self, report: LegsReport) -> None:
        """Tell an end; a stranded execution has none yet."""
        key = report.execution_id
        known = self._known.setdefault(key, HeardLegs(Purpose.CLOSE))
        if report.outcome is Outcome.STRANDED:
            logger.error("event=legs_stranded key=%s what=%s", key, report.message)
            if known.told is None or known.told.outcome is not Outcome.STRANDED:
                known.told = report
                self._tasks.start(self._take_up_again(), f"take up {key}")
            return
        known.told = report
        if known.complete(report):
            self._tell_end(report, known)
        else:
            self._tasks.start(self._tell_with_history(report, known), f"fills of {key}")

    async def _take_up_again(self) -> None:
        """Try until nothing is stranded any more."""
        pause_s = RETRY_FIRST_S
        while True:
            await self._clock.sleep(pause_s)
            reports = await self.executor.resume()
            if all(report.outcome is not Outcome.STRANDED for report in reports):
                return
            pause_s = min(2 * pause_s, RETRY_MAX_S)

    async def _tell_past(self, key: str) -> None:
        """Tell the end of an execution that ended, or never began, before this process."""
        execution = self.executor.recorded(key)
        if execution is None:
            reason = "the process ended before anything was sent"
            self._tell(LegsFinished(key, LegsOutcome.REFUSED, self._now_ns(), (), reason))
            return
        known = self._known.setdefault(key, HeardLegs(Purpose.CLOSE))
        known.told = make_report(execution, {})
        await self._tell_with_history(known.told, known)

    async def _tell_with_history(self, report: LegsReport, known: HeardLegs) -> None:
        """Read fills that another process heard, or that nobody has told yet; then tell the end."""
        execution = self.executor.recorded(report.execution_id)
        since_ns = 0 if execution is None else execution.started_ns
        await known.read_history(self._clients, report, since_ns, self._now_ns() + 1)
        self._tell_end(report, known)

    def _tell_end(self, report: LegsReport, known: HeardLegs) -> None:
        self._tell(
            LegsFinished(
                key=report.execution_id,
                outcome=OUTCOMES[report.outcome],
                now_ns=self._now_ns(),
                fills=known.fills,
                message=report.message,
            )
        )

    def _tell(self, event: LegsFinished) -> None:
        assert self._ears is not None, "listen() comes first"
        self._ears.on_finished(event)

    # What is heard --------------------------------------------------------------------------------

    def _on_fill(self, venue: str, fill: Fill) -> None:
        if fill.voids is not None:
            return  # told by the watch that also hears of executions of earlier processes
        found = self._named(venue, fill.contract_id, fill.client_order_id)
        if found is None or self._ears is None:
            return
        name, purpose, known = found
        new = known.hear(venue, fill)
        # One that was read in a list before it was told is in nobody's books yet.
        self._ears.on_fill(venue, name, purpose, fill)
        told = known.told
        if new and told is not None and told.outcome is not Outcome.STRANDED:
            self._tell_end(told, known)

    def _on_order(self, venue: str, info: OrderInfo) -> None:
        found = self._named(venue, info.contract_id, info.client_order_id)
        if found is not None and self._ears is not None:
            name, purpose, _ = found
            self._ears.on_order(venue, name, purpose, info)

    def _named(
        self, venue: str, contract_id: ContractId, client_order_id: ClientOrderId | None
    ) -> tuple[str, Purpose, HeardLegs] | None:
        """Return name, purpose and execution of an order; None where it is no leg's."""
        found = self.executor.order_of(client_order_id)
        if found is None:
            return None
        key, order = found
        known = self._known.setdefault(key, HeardLegs(Purpose.CLOSE))
        purpose = PURPOSES.get(order.job, known.purpose)
        name = f"{key}-{order.job}-{order.client_order_id}"
        if known.name(order.client_order_id):
            named = KeyedOrder(
                name, order.client_order_id, venue, contract_id, purpose, order.side, order.quantity
            )
            self._remember(named)
        return name, purpose, known

    def _remember(self, order: KeyedOrder) -> None:
        """Keep an order's name for good, for the reports of later processes."""
        try:
            remember_name(self._store, order, self._now_ns())
        except JournalError as error:
            # The record of the execution has the order; its name is for people.
            logger.warning("event=name_not_kept key=%s error=%s", order.key, error)

    def _now_ns(self) -> int:
        return self._clock.now_ns()


def _market_of(params: OrderParams) -> MarketKey:
    assert params.venue is not None, f"{params.key} names its venue"
    assert params.contract_id is not None, f"{params.key} names its contract"
    return params.venue, params.contract_id
