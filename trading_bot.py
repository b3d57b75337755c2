"""The bot: drives any strategy on any venue by events, knowing neither by name.

Everything that happens (a quote, a fill, an order's change, an outcome, a timer, a stop) is one
event in one ordered queue, handled to its end before the next, so that a run can be repeated. The
decision path is plain computation: it never waits for a venue. Orders go to tasks of their own and
what became of them comes back as events of the same queue. Quotes conflate per market when the bot
is behind; fills, orders, outcomes and timers never do.

One cycle on a quote: risk check -> market data -> ``on_quote`` (ungated) -> ``should_execute`` ->
``execute_strategy`` -> handle the result. ``should_execute`` and the risk gate stand before
entries only; exits pass. A strategy over several venues is told surveys of them instead, and asked
for entries after each.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import Fill, OrderInfo, Purpose
from exchange_clients.events import BestBidOffer, Signal, StreamSignal
from exchange_clients.shared.quote_board import MarketQuotes, QuoteBoard
from exchange_clients.shared.tasks import TaskScope
from execution.adoption import AdoptionRefused, PositionsAdopted
from execution.alarm import Alarm
from execution.bot_memory import BotMemory
from execution.bot_ports import Ports
from execution.entry_gate import EntryGate
from execution.event_queue import EventQueue
from execution.legs_order import LegsFinished
from execution.market_feeds import FeedEars, MarketFeeds, NoFeed
from execution.order_desk import DeskOutcome, OrderDesk
from execution.order_params import OrderParams
from execution.overruled import ABOVE, Overruled, overruling
from execution.ports import LegsEars, SurveyEars
from execution.position_check import PositionsRead
from execution.readings import FillVoided, Liquidated, Surveyed
from execution.reconciliation import Reconciler, Truth
from execution.void_watch import VoidWatch
from strategies.base_strategy import (
    NOTHING,
    UNMOVED,
    BaseStrategy,
    MarketData,
    OrderChanged,
    OrderFilled,
    OrderOutcome,
    Reconciled,
    StopRequested,
    StrategyAction,
    StrategyContext,
    StrategyEvent,
    StrategyResult,
    TimerFired,
)
from strategies.carrier import ResultCarrier
from strategies.driver import StrategyDriver

logger = logging.getLogger(__name__)

STOP_TIMEOUT_S = 10.0
"""How long a stop waits for cancellations to be confirmed."""


class BotError(Exception):
    """The bot cannot start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class TradingConfig:
    """What the bot itself needs to know; strategy parameters live in the strategy."""

    ticker: str
    exchange: tuple[str, ...]
    """Venues by name, the primary one first."""
    strategy: str
    feed_timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class _Report:
    venue: str
    report: OrderInfo | Fill


class TradingBot:
    """Runs one strategy on one ticker over one or more venues."""

    def __init__(
        self,
        config: TradingConfig,
        *,
        clients: Mapping[str, BaseExchangeClient],
        strategy: BaseStrategy,
        ports: Ports,
    ) -> None:
        assert list(clients) == list(config.exchange), "one client for each venue, in order"
        self.config = config
        self.strategy = strategy
        self.outcome = ""
        """Why the run ends, for people; empty while nothing ends it."""
        self.desk = OrderDesk(
            ports.orders, ports.clock, on_outcome=self._post, on_error=self._task_failed
        )
        self._clients = dict(clients)
        self._ports = ports
        self._clock = ports.clock
        self.gate = EntryGate(ports.risk, self._note)
        self._driver = StrategyDriver(config.strategy, self._note, on_trip=self.gate.close)
        # Who decides on surveys is woken by them alone, and looks at the latest quotes then.
        self._board = QuoteBoard((lambda _: None) if strategy.executes_legs else self._post)
        self._feeds = MarketFeeds(clients, config.ticker, self._board.listen, config.feed_timeout_s)
        self._memory = BotMemory(
            ports.store, strategy, self.desk.keys, ports.legs, ports.clock, self.gate.close
        )
        self._carrier = ResultCarrier(
            self.desk, self._memory, ports, self._feeds.contracts, self._held_back, self._post
        )
        self._alarm = Alarm(ports.clock, lambda: self._post(TimerFired(self._clock.now_ns())))
        self._stopping = self._restarted = False
        self._tasks = TaskScope(self._task_failed)
        self._reconciler = Reconciler(
            clients,
            self._feeds.contracts,
            self.desk.keys,
            ports.store,
            self._post,
            self._note,
            self._clock,
        )
        self._finished: asyncio.Future[None] | None = None
        self._asks_on_quote = type(strategy).on_quote is not BaseStrategy.on_quote
        self.events = EventQueue(self._handlers())

    def _handlers(self) -> dict[type, Callable[[Any], None]]:
        """Return who takes each kind of event."""
        return {
            MarketQuotes: self._on_quote,
            _Report: self._on_report,
            DeskOutcome: self._on_outcome,
            StreamSignal: self._on_signal,
            TimerFired: self._on_look,
            StopRequested: self._on_stop,
            Truth: self._on_truth,
            Surveyed: self._on_look,
            **dict.fromkeys((Liquidated, FillVoided), self._on_struck),
            LegsFinished: self._on_legs,
            Overruled: self._on_overruled,
            PositionsRead: self._on_positions,
            **dict.fromkeys((OrderOutcome, PositionsAdopted), self._tell),
        }

    # Life ----------------------------------------------------------------------------------------

    async def run(self) -> str:
        """Trade until stopped, halted, or the market data ends; return why it ended.

        Raises:
            BotError: it could not start.
            ExchangeError: a venue could not be reached or refused the account.
            ParameterError: a strategy parameter does not fit the market.
        """
        self._finished = asyncio.get_running_loop().create_future()
        try:
            await self._start()
            await self._finished
            await self._feeds.await_fills()
            self._ports.observer.on_end()
        finally:
            await self._shut_down()
        return self.outcome

    def request_stop(self, reason: str) -> None:
        """Stop: nothing new is sent, entries are cancelled; the strategy says which exits stay."""
        if not self._stopping:
            self._stopping = True
            self.outcome = reason
            self._post(StopRequested(self._clock.now_ns()))

    def finish(self, reason: str) -> None:
        """End the run now, without sending anything more."""
        self.outcome = self.outcome or reason
        self._stopping = True
        if self._finished is not None and not self._finished.done():
            self._finished.set_result(None)

    def carry_out(
        self, orders: Sequence[OrderParams], cancels: Sequence[str], reason: str = ""
    ) -> None:
        """Cancel, then send, in their turn: for what stands above strategies, which hear of it."""
        self._post(overruling(orders, cancels, reason, self._clock.now_ns()))

    def last_quote(self) -> BestBidOffer | None:
        """Return the latest sound quote of the primary market, for people."""
        return self._board.latest(self.config.exchange[0])

    async def _start(self) -> None:
        ports, strategy = self._ports, self.strategy
        self._driver.admit(strategy, able=ports.legs.able and ports.surveys.able)
        ports.legs.listen(LegsEars(self._post, ports.observer.on_order, ports.observer.on_fill))
        markets = await self._feeds.connect()
        await strategy.initialize(StrategyContext.of(self.config.ticker, markets))
        self._restarted = self._memory.load()
        post, clock = self._post, self._clock
        VoidWatch(self._clients, ports.store, self.desk, ports.observer, post, clock).open()
        try:
            await self._feeds.open(
                FeedEars(
                    lambda venue, info: self._post(_Report(venue, info)),
                    lambda venue, fill: self._post(_Report(venue, fill)),
                    self._post,
                ),
                restarted=self._restarted,
            )
        except NoFeed as error:
            raise BotError(str(error)) from error
        await self._adopt()
        ports.observer.on_start(self._feeds.present(self.config.exchange[0]))
        await ports.risk.initialize()
        await ports.legs.resume()
        await self._reconciler.start()
        self.events.open()
        self._feeds.tell_present()
        ports.surveys.start(SurveyEars(self._driver.view_of(strategy), self._post, self._post))

    async def _adopt(self) -> None:
        """Take over what a person has named, before anything is decided on what is held."""
        try:
            adopted = await self._ports.adoption.adopt(self.strategy.refuse_adoption)
        except AdoptionRefused as error:
            raise BotError(str(error)) from error
        if adopted:
            self._post(PositionsAdopted(adopted, self._clock.now_ns()))

    async def _shut_down(self) -> None:
        started = self.events.opened
        self.events.close()
        self._alarm.cancel()
        await self._ports.surveys.close()
        await self._reconciler.close()
        await self._tasks.close()
        await self.desk.close()
        await self._ports.legs.close()
        await self.strategy.shutdown()
        if started:
            self._memory.save(force=True)
        for client in self._clients.values():
            await client.disconnect()

    # Events --------------------------------------------------------------------------------------

    def _post(self, event: object) -> None:
        self.events.post(event)

    def _on_quote(self, market: MarketQuotes) -> None:
        market.waiting = False
        if not self._stopping:
            self._cycle(market)

    def _cycle(self, market: MarketQuotes) -> None:
        """Decide once: risk check, market data, exits, then entries where nothing forbids them."""
        if market.quote is None:
            return
        now_ns = self._clock.now_ns()
        entries_allowed = self.gate.allows(now_ns)
        self._feeds.tell_changes(self._tell, now_ns, market.venue)
        rules = self._feeds.rules(market.venue)
        data = MarketData.of(self.config.ticker, market.venue, rules, market.quote, now_ns)
        if self._asks_on_quote:
            self._handle(self._driver.ask(self.strategy.on_quote(data)), market)
        if self._stopping or not entries_allowed:
            return
        if self._driver.ask(self.strategy.should_execute(data)):
            self._handle(self._driver.ask_entries(self.strategy.execute_strategy(data)), market)

    def _on_report(self, event: _Report) -> None:
        report, now_ns = event.report, self._clock.now_ns()
        if isinstance(report, Fill):
            order = self.desk.on_fill(event.venue, report)
            if order is not None:
                self._ports.observer.on_fill(event.venue, order.key, order.purpose, report)
                self._tell(OrderFilled(order.key, report, order.filled, now_ns))
            return
        order = self.desk.on_order(event.venue, report)
        if order is not None:
            self._ports.observer.on_order(event.venue, order.key, order.purpose, report)
            self._tell(OrderChanged(order.key, report, now_ns))

    def _on_outcome(self, event: DeskOutcome) -> None:
        self.desk.on_outcome(event)
        key, result = event.order.key, event.result
        if not result.success and result.outcome_known:
            # A verdict that came by the stream has a reason and no words.
            what, why = "cancel" if event.cancel else "place", result.error_message or result.reason
            logger.info("event=refused key=%s request=%s reason=%s", key, what, why)
        self._tell(OrderOutcome(key, result, event.cancel, self._clock.now_ns()))
        if key.startswith(ABOVE):
            self._ports.surveys.hurry()  # what it left of a pair is read at once

    def _on_signal(self, signal: StreamSignal) -> None:
        if signal.signal is Signal.ENDED:
            self.finish(signal.detail or "the market data ended")
        elif signal.signal in (Signal.GAP, Signal.DISCONNECTED, Signal.STALE):
            self._board.forget()
            self._note(f"{signal.signal}: {signal.detail}".rstrip(": "))
        self.gate.known = self._reconciler.on_signal(signal.signal)

    def _on_truth(self, truth: Truth) -> None:
        """Take the truth in its turn: what was named since it was asked for is still coming."""
        orders = truth.orders_with(self.desk.keys)
        event = Reconciled(orders, truth.positions, truth.at_ns, self._restarted)
        self.gate.known, self._restarted = True, False
        self.desk.on_reconciled(event.orders, event.position, restarted=event.restarted)
        self._tell(event)
        self._reconciler.settle(doubtful=self.strategy.doubtful)

    def _on_positions(self, event: PositionsRead) -> None:
        self._tell(event)
        self.gate.unread.pop(event.venue, None)

    def _on_look(self, event: TimerFired | Surveyed) -> None:
        """Tell, then decide on the present price of every market whose feed is fresh."""
        self._tell(event)
        for market in self._board.markets():
            if not self._stopping and self._feeds.fresh(market.venue):
                self._cycle(market)

    def _on_struck(self, event: Liquidated | FillVoided) -> None:
        self._tell(event)
        self._ports.surveys.hurry()

    def _on_legs(self, event: LegsFinished) -> None:
        """Take in the end of an execution; what it left is read next."""
        told = event.key, event.outcome, event.message
        logger.info("event=legs_finished key=%s outcome=%s reason=%s", *told)
        self._ports.legs.forget(event.key)
        self._tell(event)
        self._ports.surveys.hurry()

    def _on_overruled(self, event: Overruled) -> None:
        """Tell the strategy first, so that it answers no order's end by placing it anew."""
        self._tell(event)
        self._handle(StrategyResult(orders=event.orders, cancels=event.cancels), None)

    def _on_stop(self, event: StopRequested) -> None:
        logger.info("event=stopping reason=%s", self.outcome)
        self._tell(event)
        for order in self.desk.keys.live():
            if order.purpose is Purpose.ENTRY:
                self.desk.cancel(order.key)
        self._tasks.start(self._finish_stop(), "stop")

    async def _finish_stop(self) -> None:
        await self._ports.legs.stop()
        await self.desk.settle(STOP_TIMEOUT_S)
        self.finish(self.outcome)

    def _task_failed(self, name: str, error: BaseException) -> None:
        logger.error("event=task_failed task=%s next=no_entries", name, exc_info=error)
        self.gate.close(f"{name} failed: {error!r}")

    def _note(self, text: str) -> None:
        self._ports.observer.on_note(self._clock.now_ns(), text)

    # Results -------------------------------------------------------------------------------------

    def _tell(self, event: StrategyEvent) -> None:
        """Tell the strategy of an event, whatever the gates say, and do what it answers."""
        self._feeds.tell_changes(self._tell, event.now_ns)
        result = self._driver.ask(self.strategy.on_event(event))
        if result is not UNMOVED:
            self._board.lift()
            self._handle(result, None)

    def _handle(self, result: StrategyResult | None, market: MarketQuotes | None) -> None:
        """Carry out a result, and wait as it says."""
        if result is None:
            return
        self._carrier.carry_out(result)
        self._apply_waits(result, market)
        if result.action is StrategyAction.HALT:
            self.finish(result.message or "the strategy halted")

    def _held_back(self, purpose: Purpose) -> str:
        """Say why an order is not sent; empty where it is."""
        if self._stopping:
            return self.outcome or "stopping"
        return self.gate.against(purpose, self._clock.now_ns())

    def _apply_waits(self, result: StrategyResult, market: MarketQuotes | None) -> None:
        if result.wait_time > 0:
            self._alarm.set(result.wait_time)
        if market is not None and result is not NOTHING:
            market.wake_always()
            if result.wake is not None:
                market.sleep(result.wake.low, result.wake.high)
