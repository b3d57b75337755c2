"""The truth behind a simulated venue: markets, accounts, orders and what was said about them.

A thin, synchronous view of one ``PaperExchange`` without latency. Venue simulators word it; they
never reach into the exchange. Sizes are base units, money is USD, instants are epoch nanoseconds.
Every call acts at ``now_ns``. Orders go by the venue's own order number, a string of digits that
the world draws; client order ids are the simulator's business, because every venue has other rules
for them.

Order and trade numbers begin with the milliseconds of ``start_ns``: a world that is started later
never uses a number again, as no venue does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol, runtime_checkable

from msgspec.structs import replace

from exchange_clients.base_models import (
    ContractId,
    DepthView,
    Fill,
    LiquidationEvent,
    Market,
    OrderInfo,
    Side,
    VenueOrderId,
)
from exchange_clients.events import FundingPayment, PrivateEvent
from exchange_clients.journal import IntentKind
from exchange_clients.paper.commands import Command, CommandReply
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.latency import NO_LATENCY
from exchange_clients.paper.sources.base import MarketSource, SourceEvent
from exchange_clients.paper.timeline import NEVER_NS, FixedLimit
from venue_simulators.account_words import funds_of, positions_of
from venue_simulators.market_words import MarketWords
from venue_simulators.shifted_source import ShiftedSource
from venue_simulators.venue_deeds import VenueDeeds
from venue_simulators.world_accounts import Naming, WorldAccount, new_order, not_open, unlisted
from venue_simulators.world_values import (
    BookChange,
    BookListener,
    Candle,
    FundingRate,
    Funds,
    HeldPosition,
    LiquidationListener,
    MarketTrade,
    Outcome,
    Prices,
    PrivateListener,
    PublicLiquidation,
    Ticker,
    TradeListener,
    Wanted,
)

__all__ = [
    "NEVER_NS",
    "BookChange",
    "BookListener",
    "Candle",
    "FundingRate",
    "Funds",
    "HeldPosition",
    "LiquidationListener",
    "MarketTrade",
    "Outcome",
    "PrivateListener",
    "PublicLiquidation",
    "Ticker",
    "TradeListener",
    "Wanted",
    "World",
]

_PUBLIC = "(public)"
"""Under this name the exchange's mailroom orders what the public is told."""


@runtime_checkable
class MovedByHand(Protocol):
    """A source that learns of its events while a world runs on it, and tells them by ``put``."""

    def join(self, world: World) -> None:
        """Tell everything from now on to ``world``."""


class World:
    """One venue's markets and accounts.

    Args:
        source: Where the market comes from; its contract ids are the venue's own.
        config: Fees, margin, rules of the engine. Latency must be zero.
        start_ns: Wall time of the source's first instant; later ones are shifted alike.
        book_interval_ns: How often changes of a book are published at most.
        charged: Returns a fill with its fee as accounts pay it; in USD where it is not given.
    """

    markets: Mapping[ContractId, Market]

    def __init__(
        self,
        source: MarketSource,
        config: PaperConfig | None = None,
        *,
        start_ns: int | None = None,
        book_interval_ns: int = 50_000_000,
        charged: Callable[[Fill], Fill] = lambda fill: fill,
    ) -> None:
        config = config or PaperConfig(latency=NO_LATENCY)
        assert config.latency == NO_LATENCY, "what travels is late, not what the world does"
        given = source
        shift_ns = 0 if start_ns is None else start_ns - source.info.start_ns
        if shift_ns:
            source = ShiftedSource(source, shift_ns)
        self.markets = source.markets
        self._exchange = exchange = PaperExchange(source, config)
        self._now_ns = start = source.info.start_ns
        self._limit, self._charged = FixedLimit(start), charged
        self._order_number = start // 1_000_000
        self._books_due_ns = NEVER_NS
        """When the next change of any book is published."""
        self._accounts: dict[str, WorldAccount] = {}
        self._liquidation_listeners: list[LiquidationListener] = []
        self._words = {
            contract: MarketWords(exchange, market, book_interval_ns, self._plan, self._soon)
            for contract, market in exchange.markets.items()
        }
        self.deeds = VenueDeeds(exchange, self._words)
        self.rules: Mapping[ContractId, Market] = self.deeds.rules
        """The markets by the rules that are announced, and that orders must meet; never finer than
        those of ``markets``, by which all that is held and told is counted."""
        exchange.open()
        self.advance(start)
        if isinstance(given, MovedByHand):
            given.join(self)

    # Time -----------------------------------------------------------------------------------------

    @property
    def now_ns(self) -> int:
        """The present instant; during ``advance`` that of the event which listeners hear."""
        own_ns, engine_ns = self._now_ns, self._exchange.now_ns
        return own_ns if own_ns > engine_ns else engine_ns

    def advance(self, now_ns: int) -> None:
        """Let everything happen that is due until ``now_ns``, telling listeners in order."""
        exchange, limit = self._exchange, self._limit
        while True:
            due_ns = self._books_due_ns
            limit.until_ns = min(now_ns, due_ns)
            if exchange.next_ns() <= limit.until_ns:
                # Books that change on the way shorten the limit.
                exchange.run(limit, 0)
            elif due_ns <= now_ns:
                self._publish(due_ns)
            else:
                break
        self._now_ns = max(self._now_ns, now_ns)

    def next_ns(self) -> int:
        """Return the next instant at which something happens by itself; ``NEVER_NS`` for none."""
        return min(self._exchange.next_ns(), self._books_due_ns)

    def put(self, event: SourceEvent) -> None:
        """Take in a market event that the source learned of only now; at once if it is due."""
        self._exchange.put(event)
        if event.local_ns <= self.now_ns:
            self.advance(self.now_ns)

    def _plan(self, due_ns: int) -> None:
        self._books_due_ns = min(self._books_due_ns, due_ns)
        self._limit.until_ns = min(self._limit.until_ns, due_ns)

    def _publish(self, due_ns: int) -> None:
        self._now_ns = max(self._now_ns, due_ns)
        for words in self._words.values():
            if words.book.due_ns <= due_ns:
                words.book.publish(due_ns)
        self._books_due_ns = min(words.book.due_ns for words in self._words.values())

    def _soon(self, work: Callable[[], None]) -> None:
        self._exchange.mail.send(_PUBLIC, work)

    # Markets --------------------------------------------------------------------------------------

    def depth(self, contract_id: ContractId, levels: int | None = None) -> tuple[DepthView, int]:
        """Return the published book, best first, and the number of its last update."""
        book = self._words[contract_id].book
        return book.depth(levels), book.number

    def best(
        self, contract_id: ContractId
    ) -> tuple[tuple[Decimal, Decimal] | None, tuple[Decimal, Decimal] | None, int]:
        """Return (price, size) of the published best bid and ask, and the update's number."""
        book = self._words[contract_id].book
        return book.best(Side.BUY), book.best(Side.SELL), book.number

    def mark(self, contract_id: ContractId) -> Decimal:
        """Return the mark price alone, which costs a fraction of a ticker; there has been one."""
        return self._words[contract_id].known_mark()

    def prices(self, contract_id: ContractId) -> Prices:
        """Return mark and index as the venue tells them, as cheaply."""
        return self._words[contract_id].prices(self.now_ns)

    def ticker(self, contract_id: ContractId) -> Ticker:
        """Return the state of one market."""
        return self._words[contract_id].ticker(self.now_ns)

    def trades(self, contract_id: ContractId, limit: int) -> Sequence[MarketTrade]:
        """Return the latest trades, newest last; at most 1,000 are kept."""
        return self._words[contract_id].tape.latest(limit)

    def candles(
        self, contract_id: ContractId, interval_s: int, start_ns: int, end_ns: int
    ) -> Sequence[Candle]:
        """Return candles that begin in [start, end), oldest first; made up before the world began.

        They go back a year. ``interval_s`` is a multiple of 60; the last candle may be unfinished.
        """
        return self._words[contract_id].candles.candles(interval_s, start_ns, end_ns, self.now_ns)

    def funding_rates(
        self, contract_id: ContractId, start_ns: int, end_ns: int
    ) -> Sequence[FundingRate]:
        """Return settled rates in [start, end), oldest first; made up before the world began."""
        return self._words[contract_id].funding_rates(start_ns, min(end_ns, self.now_ns + 1))

    def set_tradable(self, contract_id: ContractId, tradable: bool) -> None:
        """Halt or reopen a market; a halted one refuses orders with MARKET_UNAVAILABLE."""
        self._words[contract_id].tradable = tradable

    def tradable(self, contract_id: ContractId) -> bool:
        """Say whether a market takes orders."""
        return self._words[contract_id].tradable

    # Accounts -------------------------------------------------------------------------------------

    def open_account(self, name: str, balance: Decimal) -> None:
        """Open an account with a balance in USD."""
        assert name not in self._accounts, f"account {name} is open already"
        self._exchange.open_account(name, balance)
        naming = Naming(self._next_order_id, self._trade_number, self._charged)
        account = self._accounts[name] = WorldAccount(name, naming)
        self._exchange.mail.add_listener(name, lambda event: self._on_private(account, event))

    def funds(self, account: str) -> Funds:
        """Return an account's money."""
        return funds_of(self._exchange, account, self.deeds.collateral_price)

    def positions(self, account: str) -> Sequence[HeldPosition]:
        """Return the open positions, in the order of their first trades."""
        return positions_of(self._exchange, account)

    def leverage(self, account: str, contract_id: ContractId) -> Decimal:
        """Return the leverage chosen for a market, within its maximum."""
        owner = self._exchange.ledger.accounts[account]
        return self._exchange.margin.leverage(owner, contract_id)

    def set_leverage(self, account: str, contract_id: ContractId, leverage: Decimal) -> Outcome:
        """Choose the leverage of a market; refused where what is open could not be carried."""
        if contract_id not in self.markets:
            return unlisted(contract_id)
        command = self._command(IntentKind.SET_LEVERAGE, account, contract_id)
        return self._run(replace(command, leverage=leverage))

    def payments(self, account: str) -> Sequence[FundingPayment]:
        """Return funding payments, oldest first."""
        return list(self._accounts[account].payments)

    def listed(self, paid_ns: int) -> bool:
        """Tell whether lists show by now what was paid for funding at an instant."""
        return self.deeds.late.shown_ns(paid_ns) <= self.now_ns

    # Orders ---------------------------------------------------------------------------------------

    def place(self, account: str, order: Wanted) -> Outcome:
        """Judge an order; ``order`` of the outcome is set whenever the engine made one.

        Listeners hear of the order and its fills before this returns.
        """
        refused = self._closed(order.contract_id, order)
        if refused is not None:
            return refused
        name = self._accounts[account].expect(order)
        command = self._command(IntentKind.PLACE, account, order.contract_id)
        return self._run(replace(command, client_order_id=name, order=new_order(order, name)))

    def cancel(self, account: str, order_id: VenueOrderId) -> Outcome:
        """End an open order."""
        known = self._accounts[account].orders.get(order_id)
        if known is None or known.status.terminal:
            return not_open(known, order_id)
        command = self._command(IntentKind.CANCEL, account, known.contract_id)
        return self._run(
            replace(command, client_order_id=self._accounts[account].name_of(order_id))
        )

    def amend(
        self, account: str, order_id: VenueOrderId, *, price: Decimal | None, size: Decimal | None
    ) -> Outcome:
        """Change an order in place; ``size`` is the new total, what has filled included."""
        known = self._accounts[account].orders.get(order_id)
        if known is None or known.status.terminal:
            return not_open(known, order_id)
        refused = self._closed(known.contract_id)
        if refused is not None:
            return refused
        command = self._command(IntentKind.AMEND, account, known.contract_id)
        name = self._accounts[account].name_of(order_id)
        return self._run(replace(command, client_order_id=name, price=price, size=size))

    def order(self, account: str, order_id: VenueOrderId) -> OrderInfo | None:
        """Return an order as it is now, None if there never was one of that number."""
        return self._accounts[account].orders.get(order_id)

    def open_orders(
        self, account: str, contract_id: ContractId | None = None
    ) -> Sequence[OrderInfo]:
        """Return resting and waiting orders, oldest first."""
        live = self._accounts[account].open.values()
        return [info for info in live if contract_id in (None, info.contract_id)]

    def orders(self, account: str) -> Sequence[OrderInfo]:
        """Return every order, open and ended, oldest first."""
        return list(self._accounts[account].orders.values())

    def wanted(self, account: str, order_id: VenueOrderId) -> Wanted:
        """Return what the client had asked for."""
        return self._accounts[account].asked(order_id)

    def fills(self, account: str) -> Sequence[Fill]:
        """Return every fill, oldest first; trade ids are the public trades' numbers."""
        return list(self._accounts[account].fills)

    # Listening ------------------------------------------------------------------------------------

    def listen_book(self, contract_id: ContractId, listener: BookListener) -> None:
        """Call ``listener`` with each published change of a book."""
        self._words[contract_id].book.listeners.append(listener)

    def listen_trades(self, contract_id: ContractId, listener: TradeListener) -> None:
        """Call ``listener`` with each trade of a market."""
        self._words[contract_id].tape.listeners.append(listener)

    def listen_private(self, account: str, listener: PrivateListener) -> None:
        """Call ``listener`` with what an account is told."""
        self._accounts[account].listeners.append(listener)

    def listen_liquidations(self, listener: LiquidationListener) -> None:
        """Call ``listener`` with each liquidation of the venue."""
        self._liquidation_listeners.append(listener)

    # Inside ---------------------------------------------------------------------------------------

    def _command(self, kind: IntentKind, account: str, contract_id: ContractId) -> Command:
        number = self._exchange.next_command_number()
        return Command(number, self.now_ns, kind, account, contract_id)

    def _run(self, command: Command) -> Outcome:
        """Let a command arrive now and return what became of it."""
        replies: list[CommandReply] = []
        self._exchange.submit(command, replies.append)
        self.advance(self.now_ns)
        assert len(replies) == 1, "without latency an answer comes at once"
        (reply,) = replies
        info = reply.info
        told = None if info is None else self._accounts[command.account].keep(info)
        return Outcome(told, reply.reason, reply.message)

    def _closed(self, contract_id: ContractId, order: Wanted | None = None) -> Outcome | None:
        words = self._words.get(contract_id)
        return unlisted(contract_id) if words is None else words.refusal(order)

    def _on_private(self, account: WorldAccount, event: PrivateEvent) -> None:
        if isinstance(event, OrderInfo):
            book = self._words[event.contract_id].book
            book.on_order(account.known(event), event, self._exchange.now_ns)
        account.tell(account.take(event))
        if isinstance(event, LiquidationEvent):
            public = PublicLiquidation(
                event.contract_id, event.side, event.size, event.price, event.venue_ns
            )
            for listener in self._liquidation_listeners:
                listener(public)

    def _next_order_id(self) -> VenueOrderId:
        self._order_number += 1
        return VenueOrderId(str(self._order_number))

    def _trade_number(self, fill: Fill) -> int:
        return self._words[fill.contract_id].tape.number_of(fill.trade_id)
