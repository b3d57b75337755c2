"""One run, joined: the bot on its loop, its venues, its recorder; played to its end."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.companions import Companion
from app.past import Past
from app.payment_diary import PaymentDiary
from app.run_ports import RunParts, ports_of
from app.run_state import RunState
from app.run_venue import Ears, RunVenue, Stage
from app.settings import RunSettings
from exchange_clients.base_models import (
    NS,
    ZERO,
    ContractId,
    Fill,
    Market,
    OrderInfo,
    OrderStatus,
    Purpose,
)
from exchange_clients.events import BestBidOffer, FundingPayment
from exchange_clients.shared.clock import SystemClock
from exchange_clients.shared.tasks import run_all
from execution.bot_ports import Ports
from execution.guarded_orders import EntryQuestions
from execution.position_check import Explained
from execution.risk_desk import RiskDesk
from reporting.many_markets import ManyLedgers
from reporting.panel_state import Vitals
from reporting.record import RunRecorder
from strategies.base_strategy import BaseStrategy
from trading_bot import TradingBot, TradingConfig

logger = logging.getLogger(__name__)

SAMPLE_S = 1.0
"""How often, in market time, price and equity are sampled and the panel may be redrawn.

Samples are taken of quotes as they come: a timer would cost a turn of the loop each, which at full
speed is more than all that happens between two of them.
"""
SAMPLE_NS = round(SAMPLE_S * NS)
SECOND_SIGNAL_S = 2.0
"""A second signal within this time stops at once."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(slots=True)
class Ending:
    """How a run ended."""

    reason: str = ""
    interrupted: bool = False
    time_is_up: bool = False
    """Whether the duration is over, rather than what there was to do."""
    extended: bool = False
    """Whether it is kept for all that, because it still holds something."""
    error: Exception | None = None
    """What kept it from going on, or from being marked as finished."""

    def fail(self, error: Exception) -> None:
        """End by an error; the report says so."""
        self.error = error
        self.reason = f"failed: {error}"


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the outside wants to be called for; each is cheap."""

    on_start: Callable[[BestBidOffer | None], None] = lambda bbo: None
    """The first price is known and nothing was done yet."""
    refresh: Callable[[], None] = lambda: None
    """The state may have changed."""


class Session:
    """Everything of one run; it is also the bot's observer.

    Args:
        settings: The whole configuration.
        state: What is kept of the run.
        venues: Open, the primary one first.
        stage: Where the run takes place.
        strategy: What decides.
        explained: What our fills on the accounts add up to, by venue.
    """

    def __init__(
        self,
        settings: RunSettings,
        state: RunState,
        venues: Mapping[str, RunVenue],
        stage: Stage,
        strategy: BaseStrategy,
        explained: Explained,
    ) -> None:
        self.settings = settings
        self.state_path = state.path
        self.explained = explained
        self._journal = state.journal
        self.venues = venues
        self.stage = stage
        self.strategy = strategy
        self.ending = Ending()
        self.hooks = Hooks()
        self.companions: list[Companion] = []
        """What hears the run besides its report."""
        self._playing: asyncio.Task[object] | None = None
        self.started = False
        """Whether the first price was known, so that there is something to report."""
        self.refusals: dict[str, int] = {}
        """Refused orders by reason."""
        self.clock = stage.clock
        self.machine = SystemClock()
        self.machine_started_ns = self.machine.now_ns()
        self.started_ns = self.primary.started_ns
        """When the run began by its own clock, before any restart."""
        self._counted_from_ns = state.extended_ns() or self.started_ns
        """Since when the duration is counted."""
        self._many = ManyLedgers(self._market_of) if settings.many_markets else None
        """The books of all venues; None where the primary market alone is traded."""
        self.recorder = self._new_recorder()
        counted = [venue.name for venue in self._counted()]
        self._past = Past(state.journal, counted, self.market, self.recorder, SAMPLE_S)
        self._next_sample_ns = 0
        self._price_of = self.market.price_of
        self._played_from: tuple[int, int] | None = None
        """The run's time, and the machine's monotonic time, when this process began to trade."""
        self._last_signal_ns: int | None = None
        self.clients = {name: venue.client for name, venue in venues.items()}
        self._payments = PaymentDiary(state.journal, self._on_payment)
        shown = Ears(self._past.on_event, self._on_funding, self.recorder.on_gap)
        for name, venue in venues.items():
            heard = (shown,) if venue is self.primary else ()
            venue.listen(self._payments.beside(name, *heard))
        self.risk = self._risk(state)
        self._questions = EntryQuestions(self.clients, self.risk.gate)
        ports = self._ports(state, explained)
        self.bot = TradingBot(
            TradingConfig(settings.ticker, settings.exchange, settings.strategy),
            clients=self.clients,
            strategy=strategy,
            ports=ports,
        )
        self.legs = ports.legs
        if not settings.dry_run:
            self.risk.attach(self.bot, ports.legs)

    def _new_recorder(self) -> RunRecorder:
        return RunRecorder(
            market=self.market,
            start_ns=self.started_ns,
            starting_balance=sum((each.starting_balance for each in self._counted()), start=ZERO),
            vitals=self._vitals,
            ledger=self._many,
        )

    def _risk(self, state: RunState) -> RiskDesk:
        risk = self.settings.risk
        return RiskDesk(self.clients, risk.limits, self.clock, state.journal, risk.read_seconds)

    def _ports(self, state: RunState, explained: Explained) -> Ports:
        parts = RunParts(
            settings=self.settings,
            venues=self.venues,
            clock=self.clock,
            journal=state.journal,
            explained=explained,
            risk=self.risk,
            questions=self._questions,
            payments=self._payments,
            observer=self,
        )
        return ports_of(parts, executes_legs=self.strategy.executes_legs)

    @property
    def primary(self) -> RunVenue:
        """The venue whose market the report shows."""
        return self.venues[self.settings.exchange[0]]

    @property
    def market(self) -> Market:
        """The market the report shows."""
        return self.primary.market

    @property
    def title(self) -> str:
        """Strategy, markets and venues, for people."""
        venues = ",".join(venue.name for venue in self._counted())
        return f"{self.settings.strategy} {self.settings.markets_in_words} on {venues}"

    @property
    def stays_halted(self) -> bool:
        """Whether a person has to lift a halt, so that it outlives the run."""
        return self.strategy.stays_halted or self.risk.halted

    def fills(self, venue: str) -> Sequence[Fill]:
        """Return every fill of this run at a venue."""
        return self._journal.fills(venue)

    def venue_balance(self) -> Decimal | None:
        """Return the cash that the venue itself has for the account; None where not known."""
        balances = [venue.balance() for venue in self._counted()]
        known = [balance for balance in balances if balance is not None]
        return sum(known, start=ZERO) if len(known) == len(balances) else None

    def _counted(self) -> Sequence[RunVenue]:
        """Return the venues whose accounts the report adds up."""
        return list(self.venues.values()) if self.settings.many_markets else [self.primary]

    def _market_of(self, venue: str, contract_id: ContractId) -> Market:
        return self.clients[venue].market(contract_id)

    def _on_funding(self, payment: FundingPayment) -> None:
        if self._many is None:
            self.recorder.on_funding(payment)

    def _on_payment(self, venue: str, payment: FundingPayment) -> None:
        if self._many is not None:
            self.recorder.on_funding(payment, venue)

    async def play(self, hooks: Hooks) -> None:
        """Run the bot to its end."""
        self.hooks = hooks
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._on_signal, number)
        self._plan_end()
        if self.settings.speed is not None:
            self._redraw()
        self._playing = asyncio.current_task()
        try:
            for companion in self.companions:
                await companion.open()
            self.ending.reason = await self.bot.run()
        except asyncio.CancelledError:
            if self.ending.interrupted:
                # Only the past was computed; a report of a part of it would replace a whole one.
                raise KeyboardInterrupt from None
            raise
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)
            await self.risk.close()
            for companion in reversed(self.companions):
                await companion.close()
            quote = self.bot.last_quote()
            if quote is not None:
                self._sample(quote)
            await run_all({f"books {each.name}": each.settle() for each in self.venues.values()})

    # What the bot tells --------------------------------------------------------------------------

    def on_start(self, bbo: BestBidOffer | None) -> None:
        """Complete the past and let the outside show the start."""
        self.started = True
        self._past.finish()
        self.stage.begin()
        for venue in self.venues.values():
            venue.begin()
        self._played_from = self.clock.now_ns(), self.machine.monotonic_ns()
        self.hooks.on_start(bbo)
        for companion in self.companions:
            companion.on_start()
        stream = self.clients[self.primary.name].stream
        stream.add_quote_listener(self.market.contract_id, self._on_quote)
        # A dry run sends nothing, so there is nothing of ours that an emergency could close.

    def on_end(self) -> None:
        """Hear what is still on its way, so that our books and the venue's are of one instant."""
        for venue in self.venues.values():
            venue.deliver()

    def on_order(self, venue: str, key: str, purpose: Purpose, info: OrderInfo) -> None:
        """Record an order's change."""
        if info.status is OrderStatus.REJECTED and info.reason is not None:
            self.refusals[info.reason.value] = self.refusals.get(info.reason.value, 0) + 1
        self.risk.gate.on_order(venue, purpose, info)
        self.recorder.on_order(key, purpose, info)
        for companion in self.companions:
            companion.on_order(venue, purpose, info)

    def on_fill(self, venue: str, key: str, purpose: Purpose, fill: Fill) -> None:
        """Record a fill."""
        if (venue, fill.identity) not in self._past.told:
            self.recorder.on_fill(key, purpose, fill, venue)
            for companion in self.companions:
                companion.on_fill(venue, fill)

    def on_note(self, now_ns: int, text: str) -> None:
        """Record something a person should read."""
        self.recorder.on_note(now_ns, text)

    # Watching ------------------------------------------------------------------------------------

    def _on_quote(self, quote: BestBidOffer) -> None:
        if quote.local_ns >= self._next_sample_ns:
            self._next_sample_ns = quote.local_ns + SAMPLE_NS
            self._sample(quote)
            self.hooks.refresh()

    def _sample(self, quote: BestBidOffer) -> None:
        price_of = self._price_of
        self._value_positions()
        self.recorder.sample(self.clock.now_ns(), price_of(quote.bid), price_of(quote.ask))

    def _value_positions(self) -> None:
        """Value what is held in other markets at their present prices."""
        for venue, contract_id in () if self._many is None else self._many.open_markets():
            quote = self.clients[venue].stream.best_bid_offer(contract_id)
            if self._many is not None and quote is not None:
                market = self._market_of(venue, contract_id)
                mid = (market.price_of(quote.bid) + market.price_of(quote.ask)) / 2
                self._many.mark((venue, contract_id), mid)

    def _redraw(self) -> None:
        """Keep the panel alive, also while the market is silent."""
        if self._played_from is not None:
            self.hooks.refresh()
        self.clock.call_later(SAMPLE_S, self._redraw)

    def _vitals(self) -> Vitals:
        quote = self.bot.last_quote()
        told = self.strategy.report()
        cycles = told.get("cycles_completed", 0)
        return Vitals(
            # A run that came to its end may leave a grid halted; a person must not read an alarm.
            state="ended" if self.ending.reason else str(told.get("state", "")),
            cycles=cycles if isinstance(cycles, int) else 0,
            progress=self._progress(),
            data_age_s=None if quote is None else (self.clock.now_ns() - quote.local_ns) / NS,
            speed=self._speed(),
        )

    def _speed(self) -> float:
        """Return market seconds per machine second; the past of a resumed run does not count."""
        if self._played_from is None:
            return 0.0
        market_ns, machine_ns = self._played_from
        passed_ns = self.machine.monotonic_ns() - machine_ns
        return (self.clock.now_ns() - market_ns) / passed_ns if passed_ns > 0 else 0.0

    def _progress(self) -> float | None:
        """Return the share that is done: of the duration, else of the recording."""
        if self.settings.duration_s is not None:
            return min(self._counted_s() / self.settings.duration_s, 1.0)
        return self.primary.progress()

    # Ending --------------------------------------------------------------------------------------

    def _plan_end(self) -> None:
        if self.settings.duration_s is not None:
            left_s = max(self.settings.duration_s - self._counted_s(), 0.0)
            self.clock.call_later(left_s, self._on_time_up)

    def _on_time_up(self) -> None:
        self.ending.time_is_up = True
        self.bot.request_stop("the duration is over")

    def _counted_s(self) -> float:
        """Return how much of the duration has passed (s)."""
        return (self.clock.now_ns() - self._counted_from_ns) / NS

    def _on_signal(self, number: signal.Signals) -> None:
        """Stop gracefully at the first signal, at once at a second soon after."""
        now_ns = self.machine.monotonic_ns()
        last_ns, self._last_signal_ns = self._last_signal_ns, now_ns
        self.ending.interrupted = True
        if not self.started and self._playing is not None:
            self._playing.cancel()
            return
        if last_ns is not None and now_ns - last_ns <= SECOND_SIGNAL_S * NS:
            self.bot.outcome = f"stopped at once by a second {number.name}"
            self.bot.finish(self.bot.outcome)
        else:
            self.bot.request_stop(f"stopped by {number.name}")
