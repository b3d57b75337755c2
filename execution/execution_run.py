"""One execution from its request to its report: the thin shell around a plan.

The plan decides, this waits. Whatever happens on the way (an error, a request to stop), the live
order is withdrawn and its end proven before there is a report.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from decimal import Decimal

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    NS,
    ClientOrderId,
    Fill,
    Market,
    OrderInfo,
    OrderStatus,
    Reason,
)
from exchange_clients.errors import ExchangeError
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope, wait_first
from execution.execution_account import Course, End, ExecutionAccount, report_of
from execution.execution_values import (
    EndReason,
    ExecutionMode,
    ExecutionReport,
    ExecutionRequest,
)
from execution.fill_watch import FillWatch
from execution.order_life import send_once
from execution.order_params import OrderParams
from execution.order_prices import Quote
from execution.order_proof import FAILURES, prove_end
from execution.plan_values import Finish, Plan, Send, Situation, Wait, Withdraw

logger = logging.getLogger(__name__)

WAIT_MIN_S = 0.001
"""No wait is shorter, so that a plan that waits for an instant gets past it."""
FILLS_WAIT_S = 10.0
"""How long fills may lag behind the end of their orders before the report goes without them."""
NEVER_SENT = End(OrderStatus.REJECTED, reason=Reason.ORDER_NOT_FOUND)


class ExecutionRun:
    """Carries one request out.

    Args:
        request: What is to be traded.
        execution_id: Names it.
        client: Of the request's venue.
        fills: Hears the fills of the client.
        clock: Time and waiting.
        on_late_fill: Hears the report anew where a fill comes after it.
    """

    def __init__(
        self,
        request: ExecutionRequest,
        execution_id: str,
        client: BaseExchangeClient,
        fills: FillWatch,
        clock: Clock,
        on_late_fill: Callable[[ExecutionReport], None],
    ) -> None:
        self._request = request
        self._id = execution_id
        self._client = client
        self._fills = fills
        self._clock = clock
        self._on_late_fill = on_late_fill
        self._tasks = TaskScope()
        self._account = ExecutionAccount(request.quantity)
        self._started_ns = clock.now_ns()
        self._start_ns = clock.monotonic_ns()
        self._stop: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._heard: asyncio.Future[None] | None = None
        self._arrival_mid: Decimal | None = None
        self._blind_since_s: float | None = None
        self._course: Course | None = None

    def stop(self) -> None:
        """Send nothing more: withdraw what is live, prove its end and report."""
        if not self._stop.done():
            self._stop.set_result(None)

    async def carry_out(
        self, plan: Plan, market: Market, mode: ExecutionMode, algorithm: str = ""
    ) -> ExecutionReport:
        """Follow the plan to its end and return the report, once every order's end is proven."""
        try:
            finish = await self._follow(plan, market)
        except Exception as error:  # whatever it is, an order may be live
            logger.exception("event=execution_failed execution_id=%s", self._id)
            finish = Finish(EndReason.FAILED, repr(error))
        return await self.conclude(finish, mode, algorithm)

    async def conclude(
        self, finish: Finish, mode: ExecutionMode, algorithm: str = ""
    ) -> ExecutionReport:
        """Withdraw what is live, wait for the fills, and report."""
        await self._withdraw()
        duration_s = self._elapsed_s()
        await self._wait_for_fills()
        await self._tasks.close()
        if self._account.filled > 0 and self._account.missing <= 0:
            finish = Finish(EndReason.COMPLETE, finish.message)
        self._course = Course(
            self._id, self._request, mode, algorithm,
            self._arrival_mid, self._started_ns, duration_s, finish,
        )  # fmt: skip
        return report_of(self._course, self._account)

    async def _follow(self, plan: Plan, market: Market) -> Finish:
        await self._quote()  # the mid before anything is sent
        while not self._stop.done():
            step = plan.decide(await self._situation(plan, market))
            if isinstance(step, Finish):
                return step
            if isinstance(step, Wait):
                await self._wait(max(step.seconds, WAIT_MIN_S))
            elif isinstance(step, Withdraw):
                await self._withdraw()
            elif not self._stop.done():
                await self._send(step)
        return Finish(EndReason.STOPPED, "stopped by the caller")

    async def _situation(self, plan: Plan, market: Market) -> Situation:
        account = self._account
        quote = await self._quote() if account.live is None or plan.watches_price else None
        now_s = self._elapsed_s()
        return Situation(
            elapsed_s=now_s,
            missing=market.round_size(account.missing),
            quote=quote,
            arrival_mid=self._arrival_mid,
            blind_s=0.0 if self._blind_since_s is None else now_s - self._blind_since_s,
            live=account.live,
            attempts=account.attempts,
        )

    async def _quote(self) -> Quote | None:
        """Return the best prices now; None where they cannot be read."""
        try:
            bid, ask = await self._client.fetch_bbo_prices(self._request.contract_id)
        except (ExchangeError, OSError) as error:
            logger.debug("event=no_price execution_id=%s error=%r", self._id, error)
            if self._blind_since_s is None:
                self._blind_since_s = self._elapsed_s()
            return None
        quote = Quote(bid, ask)
        self._blind_since_s = None
        if self._arrival_mid is None and not self._account.attempts:
            self._arrival_mid = quote.mid
        return quote

    # One order ------------------------------------------------------------------------------------

    async def _send(self, send: Send) -> None:
        """Send an order once, under a name that is known before, so that it can be asked for."""
        client_order_id = self._client.mint_client_order_id()
        self._account.sent(client_order_id, send, self._elapsed_s())
        self._fills.follow(self._request.venue, client_order_id, self._on_fill)
        request = self._request
        order = OrderParams(
            side=request.side,
            quantity=send.size,
            price=send.price,
            order_type=send.order_type,
            reduce_only=request.reduce_only,
            post_only=send.post_only,
        )
        result = await send_once(self._client, request.contract_id, order, client_order_id)
        # One of which nothing is known counts as live until its end is proven.
        if result.outcome_known and result.status.terminal:
            self._end(End(result.status, result.filled_size, result.average_price, result.reason))

    async def _withdraw(self) -> None:
        """Cancel the live order, if there is one, and wait for the proof of its end."""
        client_order_id = self._account.live_id
        if client_order_id is not None:
            info = await prove_end(self._client, client_order_id, self._clock)
            self._end(NEVER_SENT if info is None else _end_of(info))

    def _end(self, end: End) -> None:
        self._account.ended(end, self._elapsed_s())

    # Waiting --------------------------------------------------------------------------------------

    async def _wait(self, seconds: float) -> None:
        """Wait for the end of the live order, for ``seconds`` at most, or for the stop."""
        client_order_id = self._account.live_id
        if client_order_id is None:
            await self._first(self._tasks.start(self._clock.sleep(seconds), "pause"))
            return
        watch = self._tasks.start(self._watch(client_order_id, seconds), "watch")
        if await self._first(watch) and self._account.live_id is not None:
            await self._withdraw()

    async def _first(self, watch: asyncio.Task[bool | None]) -> bool:
        """Wait for the watch or the stop; say whether the watch asks for a withdrawal."""
        try:
            await wait_first([watch, self._stop])
        finally:
            if not watch.done():
                watch.cancel()
        return bool(watch.done() and not watch.cancelled() and watch.result())

    async def _watch(self, client_order_id: ClientOrderId, seconds: float) -> bool:
        """Wait for the live order's end; True where that fails, so that it is withdrawn."""
        try:
            info = await self._client.await_order_update(client_order_id, seconds)
        except FAILURES as error:
            logger.warning(
                "event=watch_failed execution_id=%s client_order_id=%s error=%r next=cancel",
                self._id, client_order_id, error,
            )  # fmt: skip
            return True
        if info.status.terminal and self._account.live_id == client_order_id:
            self._end(NEVER_SENT if _absent(info) else _end_of(info))
        return False

    def _on_fill(self, fill: Fill) -> None:
        counted = self._account.on_fill(fill, self._elapsed_s())
        if self._heard is not None and not self._heard.done():
            self._heard.set_result(None)
        if counted and self._course is not None:
            self._on_late_fill(report_of(self._course, self._account))

    async def _wait_for_fills(self) -> None:
        """Wait, bounded, until every traded size was told with its price and fee."""
        try:
            async with self._clock.deadline(FILLS_WAIT_S):
                while not self._account.complete:
                    self._heard = asyncio.get_running_loop().create_future()
                    await self._heard
        except TimeoutError:
            logger.warning("event=fills_missing execution_id=%s next=report", self._id)

    def _elapsed_s(self) -> float:
        return (self._clock.monotonic_ns() - self._start_ns) / NS


def _end_of(info: OrderInfo) -> End:
    return End(info.status, info.filled_size, info.average_price, info.reason)


def _absent(info: OrderInfo) -> bool:
    return info.status is OrderStatus.REJECTED and info.reason is Reason.ORDER_NOT_FOUND
