"""The paper venue: a market source, a matching engine per contract, accounts, and time in between.

It is silent: no clock, no loop, no waiting. Everything that happens is a function of the source,
the configuration and the commands with the instants at which they arrive. At one instant the order
is: market events as the source gives them, funding, orders leaving the speed bump, commands by
number, then deliveries to listeners.

Market data is heard at its own ``local_ns``, which is when a client would have received it. What
the venue says to an account takes the way down; a command takes the way up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import NS, ClientOrderId
from exchange_clients.events import (
    BestBidOffer,
    FundingPayment,
    PrivateEvent,
    PublicTrade,
    Signal,
    StreamSignal,
)
from exchange_clients.journal import IntentKind
from exchange_clients.paper.accounts import Account, Ledger
from exchange_clients.paper.commands import Command, CommandReply, acknowledgement
from exchange_clients.paper.config import Acknowledge, PaperConfig
from exchange_clients.paper.funding_desk import FundingDesk
from exchange_clients.paper.liquidation import LiquidationWatch
from exchange_clients.paper.mailroom import Mailroom
from exchange_clients.paper.margin_desk import MarginDesk
from exchange_clients.paper.market import DEPTH_EVENTS, PaperMarket, SignalListener
from exchange_clients.paper.matching import MatchingEngine
from exchange_clients.paper.order_desk import OrderDesk
from exchange_clients.paper.order_records import OrderRecords
from exchange_clients.paper.settlement import Settlement
from exchange_clients.paper.sources.base import MarketSource, SourceEvent
from exchange_clients.paper.timeline import NEVER_NS, FixedLimit, Kind, RunLimit, Tape, Timeline
from exchange_clients.paper.units import from_atoms, to_atoms

ReplyListener: TypeAlias = Callable[[CommandReply], None]
PastObserver: TypeAlias = Callable[
    [BestBidOffer | PublicTrade | StreamSignal | FundingPayment], None
]
RESTORE_STEP_NS = 600 * NS
"""Market time that is computed again between two looks at what else there is to do."""


class PaperExchange:
    """One venue: build it, ``restore`` it if there is a past, ``open`` it, run it.

    Args:
        source: Where the market comes from.
        config: How the venue behaves.

    Raises:
        ClientConfigError: the configuration does not fit the source's markets.
    """

    def __init__(self, source: MarketSource, config: PaperConfig | None = None) -> None:
        self.source = source
        self.config = config = config or PaperConfig()
        self.opened = False
        self.ended = False
        """Whether the source has told everything."""
        self.events = 0
        """Market events so far."""
        self.markets = {
            contract: PaperMarket(spec, source.info.liquidity)
            for contract, spec in source.markets.items()
        }
        self._timeline = Timeline(source.info.start_ns)
        self.mail = Mailroom(config, self._timeline)
        self.ledger = Ledger({contract: market.grid for contract, market in self.markets.items()})
        self.margin = MarginDesk(config, self.ledger, self.markets)
        self.records = OrderRecords()
        report = self.mail.report
        self.funding = FundingDesk(
            config.funding, self.ledger, self.markets, self.margin, report, self._timeline
        )
        self._desk = OrderDesk(
            self.ledger,
            self.markets,
            self.margin,
            self.records,
            self._next_order_id,
            inverse=source.info.inverse,
        )
        self.watch = LiquidationWatch(
            config, self.ledger, self.markets, self.margin, report, self._next_order_id
        )
        self.funding.listeners.append(self.watch.review)
        self._orders = self._commands = self._bumps = 0
        self._in_flight: dict[tuple[str, ClientOrderId], None] = {}
        self._signal_listeners: list[SignalListener] = []
        for market in self.markets.values():
            self._equip(market)
        self._tape = Tape(source)

    @property
    def now_ns(self) -> int:
        """The instant (epoch ns) of the last thing that happened."""
        return self._timeline.now_ns

    # Accounts and listeners -----------------------------------------------------------------------

    def open_account(self, name: str, balance: Decimal | None = None) -> Account:
        """Return the account of that name; a new one has the starting balance, or ``balance``."""
        known = self.ledger.accounts.get(name)
        cash = self.config.starting_balance if balance is None else balance
        return known or self.ledger.open(name, to_atoms(cash))

    def cash_of(self, name: str) -> Decimal:
        """Return the cash of an account (USD), without what open positions are worth."""
        return from_atoms(self.ledger.accounts[name].cash)

    def add_signal_listener(self, listener: SignalListener) -> None:
        """Call ``listener`` when a market becomes ready or unsound, and when the source ends."""
        self._signal_listeners.append(listener)

    def remove_signal_listener(self, listener: SignalListener) -> None:
        """Stop calling a listener."""
        self._signal_listeners = [known for known in self._signal_listeners if known != listener]

    # Commands -------------------------------------------------------------------------------------

    def next_command_number(self) -> int:
        """Return a number for a new command; restored commands keep theirs."""
        self._commands += 1
        return self._commands

    def submit(self, command: Command, on_reply: ReplyListener | None = None) -> None:
        """Take a command on its way; it acts at ``command.arrives_ns``."""
        assert command.account in self.ledger.accounts, f"account {command.account} is not open"
        assert command.arrives_ns >= self.now_ns, "a command was sent after it should have arrived"
        if command.kind is IntentKind.PLACE:
            self._in_flight[command.account, command.client_order_id] = None
        self._timeline.push(
            command.arrives_ns,
            Kind.COMMAND,
            command.number,
            lambda: self._on_command(command, on_reply),
        )

    def act(self, at_ns: int, work: Callable[[], None]) -> None:
        """Let the venue do something of its own at an instant, in turn with commands."""
        self._timeline.push(at_ns, Kind.COMMAND, self.next_command_number(), work)

    def in_flight(self, account: str, client_order_id: ClientOrderId) -> bool:
        """Say whether a placement of that name is still on its way."""
        return (account, client_order_id) in self._in_flight

    # Time -----------------------------------------------------------------------------------------

    def restore(self, commands: Sequence[Command], position_ns: int) -> None:
        """Compute the past again in one go, seen by nobody."""
        for _ in self.restoring(commands, position_ns):
            pass

    def restoring(
        self,
        commands: Sequence[Command],
        position_ns: int,
        observer: PastObserver | None = None,
        account: str = "",
    ) -> Iterator[None]:
        """Compute the past again, every recorded command at its instant, up to ``position_ns``.

        Yields now and then, because a long past takes longer than anyone likes to be kept waiting.

        Nobody is told anything, but ``observer`` sees prices, holes and what funding was paid to
        ``account``: all that no journal holds. Commands that were still on their
        way then stay so; what was on its way to a listener is delivered later.
        """
        assert not self.opened, "a venue is restored before it is opened"
        for command in commands:
            self.open_account(command.account)
            self.submit(command)
            self._commands = max(self._commands, command.number)
        listeners = [
            (market, market.quote_listeners, market.trade_listeners)
            for market in self.markets.values()
        ]
        signal_listeners = self._signal_listeners
        self._signal_listeners = [] if observer is None else [observer]
        for market, _, _ in listeners:
            market.quote_listeners = [] if observer is None else [observer]
            market.trade_listeners = [] if observer is None else [observer]

        def overhear(owner: str, event: PrivateEvent) -> None:
            if observer is not None and owner == account and isinstance(event, FundingPayment):
                observer(event)

        self.mail.mute(overhear)
        limit = FixedLimit(0)
        while (next_ns := self._earliest_ns()) <= position_ns:
            limit.until_ns = min(next_ns + RESTORE_STEP_NS, position_ns)
            self.run(limit, 0)
            yield
        self.mail.unmute()
        for market, quote_listeners, trade_listeners in listeners:
            market.quote_listeners, market.trade_listeners = quote_listeners, trade_listeners
        self._signal_listeners = signal_listeners
        self._timeline.now_ns = max(self.now_ns, position_ns)

    def put(self, event: SourceEvent) -> None:
        """Take in an event that the source has learned of since it was last asked."""
        self._tape.put(event, self.now_ns)

    def open(self) -> None:
        """Let time pass from now on; before, ``next_ns`` says never."""
        self.opened = True

    def next_ns(self) -> int:
        """Return the instant (epoch ns) of the next event; ``NEVER_NS`` when there is none."""
        return self._earliest_ns() if self.opened else NEVER_NS

    def _earliest_ns(self) -> int:
        heap, tape_ns = self._timeline.heap, self._tape.at_ns
        return heap[0][0] if heap and heap[0][0] < tape_ns else tape_ns

    def run(self, limit: RunLimit, epoch_ns: int) -> None:
        """Do what is due until ``limit`` is reached, at least one thing.

        Args:
            limit: In ns of loop time; ``now_ns`` is moved on, ``until_ns`` is read after each.
            epoch_ns: Wall time at loop time zero.
        """
        tape, timeline, markets = self._tape, self._timeline, self.markets
        heap = timeline.heap
        assert self._earliest_ns() - epoch_ns >= limit.now_ns, "restore a venue that lags the clock"
        while True:
            event = tape.event
            if event is None or (heap and heap[0][0] < tape.at_ns):
                self._do_due(limit, epoch_ns)
            else:
                timeline.now_ns = at_ns = tape.at_ns
                limit.now_ns = at_ns - epoch_ns
                self.events += 1
                tape.advance()
                if type(event) is not BestBidOffer:
                    self._on_event(event)
                else:
                    market = markets[event.contract_id]
                    if market.quiet_low < event.bid < event.ask < market.quiet_high:
                        market.best = market.quotes.quote = event
                        for listener in market.quote_listeners:
                            listener(event)
                    else:
                        self._on_quote(market, event)
            next_ns = heap[0][0] if heap and heap[0][0] < tape.at_ns else tape.at_ns
            if next_ns - epoch_ns > limit.until_ns or next_ns >= NEVER_NS:
                return

    def _do_due(self, limit: RunLimit, epoch_ns: int) -> None:
        at_ns, work = self._timeline.pop()
        self._timeline.now_ns = at_ns
        limit.now_ns = at_ns - epoch_ns
        work()

    def deliver_now(self) -> None:
        """Deliver everything that is on its way to listeners, as if the way took no time.

        For the end of a run: what the venue has done is then known before its books are read.
        """
        for work in self._timeline.take(Kind.DELIVERY):
            work()

    # Market events --------------------------------------------------------------------------------

    def _on_quote(self, market: PaperMarket, quote: BestBidOffer) -> None:
        was_ready = market.ready
        told = market.on_quote(quote)
        self._after(market, was_ready=was_ready)
        if told:
            for listener in market.quote_listeners:
                listener(quote)

    def _on_event(self, event: SourceEvent) -> None:
        if isinstance(event, StreamSignal):
            self._on_signal(event)
            return
        market = self.markets[event.contract_id]
        was_ready = market.ready
        changed = False
        if isinstance(event, DEPTH_EVENTS):
            changed = market.on_depth(event)
        elif isinstance(event, PublicTrade):
            market.on_trade(event)
        self._after(market, was_ready=was_ready)
        if isinstance(event, PublicTrade):
            for trade_listener in market.trade_listeners:
                trade_listener(event)
        elif changed and market.best is not None:
            for listener in market.quote_listeners:
                listener(market.best)

    def _after(self, market: PaperMarket, *, was_ready: bool) -> None:
        """See to margin, speed bumps and signals once a market has moved."""
        if market.needs_review:
            self.watch.review(self.now_ns)
            self._plan_speed_bump(market)
        if market.ready is not was_ready:
            signal = Signal.READY if market.ready else Signal.GAP
            self._tell(StreamSignal(signal, market.contract_id, self.now_ns))

    def _on_signal(self, signal: StreamSignal) -> None:
        for contract_id, market in self.markets.items():
            if signal.contract_id in (None, contract_id):
                market.on_signal(signal)
        if signal.signal is Signal.ENDED and self._tape.event is None:
            self.ended = True
            self._timeline.drop(Kind.FUNDING)
        self._tell(signal)

    def _tell(self, signal: StreamSignal) -> None:
        for listener in self._signal_listeners:
            listener(signal)

    # Work that is due -----------------------------------------------------------------------------

    def _plan_speed_bump(self, market: PaperMarket) -> None:
        if self.config.rules.speed_bump_ns and market.engine.next_due_ns < NEVER_NS:
            self._bumps += 1
            due_ns = market.engine.next_due_ns
            self._timeline.push(due_ns, Kind.SPEED_BUMP, self._bumps, lambda: self._release(market))

    def _release(self, market: PaperMarket) -> None:
        market.engine.advance(self.now_ns)
        self.watch.review(self.now_ns)

    def _on_command(self, command: Command, on_reply: ReplyListener | None) -> None:
        if command.kind is IntentKind.PLACE:
            self._in_flight.pop((command.account, command.client_order_id), None)
        answer = acknowledgement(
            command, self.records.get(command.account, command.client_order_id)
        )
        waits = self._acknowledges(command)
        if waits:
            # What is said at arrival is heard before what comes of it, but is known only after.
            self._send_answer(command, lambda: answer, on_reply)
        for market in self.markets.values():
            market.show_mark(self.now_ns)
        reply = self._desk.execute(command, self.now_ns)
        if not waits:
            self._send_answer(command, lambda: reply, on_reply)
        elif reply.reason is not None and reply.info is not None:
            self.mail.report(command.account, reply.info)
        elif reply.reason is not None:
            answer = reply
        self.watch.review(self.now_ns)
        for market in self.markets.values():
            self._plan_speed_bump(market)

    def _acknowledges(self, command: Command) -> bool:
        """Whether the answer to a command comes before its verdict."""
        return self.config.acknowledge is Acknowledge.ASYNCHRONOUS and command.kind in (
            IntentKind.PLACE,
            IntentKind.CANCEL,
            IntentKind.AMEND,
        )

    def _send_answer(
        self, command: Command, answer: Callable[[], CommandReply], on_reply: ReplyListener | None
    ) -> None:
        self.mail.send(command.account, lambda: None if on_reply is None else on_reply(answer()))

    # Building -------------------------------------------------------------------------------------

    def _equip(self, market: PaperMarket) -> None:
        settlement = Settlement(
            market,
            self.ledger,
            self.config.fees(market.spec),
            self.records,
            self.mail.report,
            to_atoms(self.config.fee_step),
        )
        market.engine = MatchingEngine(
            self.config.rules,
            settlement,
            lambda owner: self.ledger.accounts[owner].lots(market.contract_id),
            self.config.queue_model,
            market.liquidity,
        )

    def _next_order_id(self) -> int:
        self._orders += 1
        return self._orders
