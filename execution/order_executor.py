"""Trades a quantity at one venue, in one of several modes, and reports what came of it.

Every order of an execution has ended, proven by the venue, before its report is returned. A caller
that is cancelled does not end the execution: it stops it, waits for the proof, and is cancelled
then.

It also carries single orders of a strategy that decides by itself how long each may rest: the
``OrderPort`` of the bot. Their ends are proven by the same code.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Market,
    OrderResult,
    OrderType,
)
from exchange_clients.errors import ClientConfigError, ExchangeError
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from execution.execution_run import ExecutionRun
from execution.execution_tracker import ExecutionTracker
from execution.execution_values import (
    EndReason,
    ExecutionMode,
    ExecutionReport,
    ExecutionRequest,
)
from execution.fill_watch import FillWatch
from execution.liquidity_analyzer import LiquidityAnalysis, LiquidityAnalyzer
from execution.mode_plans import MARKET_PATIENCE_S, choose_mode, plan_of
from execution.order_life import ended_at_once, send_once, withdrawn
from execution.order_params import OrderParams
from execution.plan_values import Finish, Plan, Terms

CLOSE_WAIT_S = 30.0
"""How long ``close`` waits for the proof that every order has ended."""
DEPTH_LEVELS = 50
"""Levels of each side that an adaptive execution looks at."""


class Algorithm(Protocol):
    """Spreads a quantity over time, in place of a mode."""

    @property
    def name(self) -> str:
        """What reports call it."""

    def plan(self, terms: Terms) -> Plan:
        """Return its plan for one execution."""


class OrderExecutor:
    """Carries requests out, each in a task of its own.

    Args:
        clients: By the name of their venue; each is connected by its owner.
        clock: Time and waiting.
        tracker: Keeps a record of each execution.
        analyzer: Judges the book for ADAPTIVE.
    """

    def __init__(
        self,
        clients: Mapping[str, BaseExchangeClient],
        clock: Clock,
        *,
        tracker: ExecutionTracker | None = None,
        analyzer: LiquidityAnalyzer | None = None,
    ) -> None:
        self._clients = clients
        self._clock = clock
        self.tracker = tracker or ExecutionTracker()
        self._analyzer = analyzer or LiquidityAnalyzer()
        self._fills = FillWatch(clients)
        self._tasks = TaskScope()
        self._runs: dict[str, ExecutionRun] = {}
        self._numbers = 0

    async def execute(
        self, request: ExecutionRequest, algorithm: Algorithm | None = None
    ) -> ExecutionReport:
        """Trade the quantity and return the report; refusals and failures are reports as well.

        A cancelled caller waits until the end of the live order is proven. One that is cancelled
        twice does not wait: the proof goes on without it, and the tracker has the report.

        Args:
            request: What is to be traded, and how.
            algorithm: Trades in place of the request's mode.

        Raises:
            ClientConfigError: there is no client of that venue; nothing was sent.
            ValueError: an execution of that id is under way.
            JournalError: the store could not keep the record's beginning; nothing was sent.
        """
        named = self._named(request)
        client = self._client(named.venue)
        self.tracker.started(named, self._clock.now_ns())
        run = ExecutionRun(
            named, named.execution_id, client, self._fills, self._clock, self.tracker.corrected
        )
        self._runs[named.execution_id] = run
        task = self._tasks.start(self._carry_out(run, named, algorithm), named.execution_id)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.done():
                run.stop()
                await asyncio.shield(task)
            raise

    # Single orders of a strategy ------------------------------------------------------------------

    def mint(self, venue: str) -> ClientOrderId:
        """Return a new client order id of the venue's client."""
        return self._clients[venue].mint_client_order_id()

    async def place(
        self,
        venue: str,
        contract_id: ContractId,
        order: OrderParams,
        client_order_id: ClientOrderId,
    ) -> OrderResult:
        """Send an order once; one at market is returned at its proven end, one with a price rests.

        The answer to the latter may be lost: it counts as live until its end is proven.
        """
        assert (order.price is None) is (order.order_type is OrderType.MARKET), (
            f"{order.key}: a limit order has a price, and a market order has none"
        )
        client = self._clients[venue]
        result = await send_once(client, contract_id, order, client_order_id)
        if order.price is not None:
            return result
        return await ended_at_once(client, result, MARKET_PATIENCE_S, self._clock)

    async def cancel(self, venue: str, client_order_id: ClientOrderId) -> OrderResult:
        """Withdraw an order and return its proven end; asks for as long as it takes."""
        return await withdrawn(self._clients[venue], client_order_id, self._clock)

    async def close(self) -> None:
        """Stop every execution and wait, bounded, for the proof that its orders have ended.

        An order whose end is not proven by then is settled by its client at the next start.
        """
        for run in self._runs.values():
            run.stop()
        try:
            async with self._clock.deadline(CLOSE_WAIT_S):
                await self._tasks.join()
        except TimeoutError:
            await self._tasks.close()

    async def _carry_out(
        self, run: ExecutionRun, request: ExecutionRequest, algorithm: Algorithm | None
    ) -> ExecutionReport:
        try:
            report = await self._follow(run, request, algorithm)
        finally:
            del self._runs[request.execution_id]
        self.tracker.finished(report)
        return report

    async def _follow(
        self, run: ExecutionRun, request: ExecutionRequest, algorithm: Algorithm | None
    ) -> ExecutionReport:
        client = self._clients[request.venue]
        try:
            market = await client.get_market_metadata(request.contract_id)
        except (ExchangeError, OSError) as error:
            return await run.conclude(Finish(EndReason.REFUSED, str(error)), request.mode)
        terms = Terms.of(request, market)
        if algorithm is not None:
            plan = algorithm.plan(terms)
            return await run.carry_out(plan, market, request.mode, algorithm.name)
        mode = request.mode
        if mode is ExecutionMode.ADAPTIVE:
            analysis = await self._analysis(client, request, market)
            mode = choose_mode(analysis, request.urgency)
        return await run.carry_out(plan_of(mode, terms), market, mode)

    async def _analysis(
        self, client: BaseExchangeClient, request: ExecutionRequest, market: Market
    ) -> LiquidityAnalysis | None:
        """Judge the book for the request; None where it cannot be read."""
        try:
            depth = await client.get_order_book_depth(market.contract_id, DEPTH_LEVELS)
        except (ExchangeError, OSError):
            return None
        return self._analyzer.analyze_size(depth, request.side, request.quantity)

    def _client(self, venue: str) -> BaseExchangeClient:
        client = self._clients.get(venue)
        if client is None:
            known = ", ".join(self._clients)
            raise ClientConfigError(f"venue {venue!r} has no client here; use one of {known}")
        return client

    def _named(self, request: ExecutionRequest) -> ExecutionRequest:
        if request.execution_id:
            if request.execution_id in self._runs:
                raise ValueError(f"execution_id {request.execution_id!r} is under way already")
            return request
        self._numbers += 1
        return replace(request, execution_id=f"{self._clock.now_ns()}-{self._numbers}")
