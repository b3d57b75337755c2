"""The trading client of the paper venue: the shared order manager over the embedded exchange.

``connect`` makes the past again: the commands that the journal holds are played into the exchange
at their instants, then orders, fills and positions are reconciled as on any other venue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from string import ascii_lowercase, digits

from exchange_clients.base_models import (
    ONE,
    Candle,
    ClientIdSpace,
    ContractId,
    DepthView,
    ExchangePositionSnapshot,
    Feature,
    Fill,
    LeverageInfo,
    LiquidationEvent,
    Market,
    OrderInfo,
    Symbol,
)
from exchange_clients.errors import ClientConfigError
from exchange_clients.events import FundingPayment, PrivateEvent
from exchange_clients.journal import Journal, OrderIntent
from exchange_clients.paper import account_view
from exchange_clients.paper.accounts import Account
from exchange_clients.paper.candles import INTERVALS
from exchange_clients.paper.common import VENUE
from exchange_clients.paper.exchange import PaperExchange, PastObserver
from exchange_clients.paper.gateway import PaperGateway
from exchange_clients.paper.mailroom import PrivateListener
from exchange_clients.paper.market_view import MarketView
from exchange_clients.paper.recovery import restoring
from exchange_clients.paper.units import from_atoms
from exchange_clients.paper.websocket import PaperWebSocketManager
from exchange_clients.shared.client.core import CoreClient
from exchange_clients.shared.client.managers.order_recovery import Reconciliation
from exchange_clients.shared.clock import Clock, to_ns
from exchange_clients.shared.price_rows import known_interval

ID_SPACE = ClientIdSpace(length=32, alphabet=digits + ascii_lowercase)


@dataclass(frozen=True, slots=True)
class PaperClientOptions:
    """What a paper client may be told beside its exchange."""

    ticker: str | None = None
    """The market that ``get_account_positions`` speaks of; None: the only one there is."""
    max_book_age_s: float = 60.0
    """Older prices are stale."""
    observer: PastObserver | None = None
    """Sees prices, holes and funding while the past is made again, for a report of all of it."""


class PaperClient(CoreClient):
    """One account at one paper exchange.

    Args:
        exchange: The venue; several clients of other names may share it.
        clock: Time of the loop the exchange runs on.
        journal: Durable memory; what it holds of ``name`` is played again by ``connect``.
        name: The venue's name in the journal, and the account's: ``"paper"``, ``"paper:one"``.
        options: See ``PaperClientOptions``.
    """

    def __init__(
        self,
        exchange: PaperExchange,
        *,
        clock: Clock,
        journal: Journal,
        name: str = VENUE,
        options: PaperClientOptions | None = None,
    ) -> None:
        self._gateway = PaperGateway(exchange, name, clock)
        super().__init__(name, self._gateway, journal=journal, clock=clock, id_space=ID_SPACE)
        self.exchange = exchange
        self._options = options or PaperClientOptions()
        self._markets = MarketView(exchange, name, self._options.max_book_age_s)
        self._account_now = exchange.open_account(name)
        self._stream = PaperWebSocketManager(exchange, clock)
        self._listeners: list[PrivateListener] = []
        self.reconciliation: Reconciliation | None = None
        """What was found at the last ``connect``."""

    # Session --------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Make the past again if there is one, open the venue, reconcile.

        Raises:
            ClientConfigError: the clock stands before what the journal knows of.
            JournalError: the journal's commands cannot be read.
            ExchangeError: orders or fills could not be read: it is not connected, so nothing can
                be placed, and may be tried again.
        """
        if self._connected:
            return
        if not self.exchange.opened:
            now_ns = self._clock.now_ns()
            observer = self._options.observer
            for _ in restoring(self.exchange, self._journal, now_ns, observer, self._name):
                await self._clock.sleep(0)  # a signal may end it
            self.exchange.open()
        self._connected = True
        self._manager.open()
        self.exchange.mail.add_listener(self._name, self._on_private)
        await self._stream.connect()
        try:
            self.reconciliation = await self._manager.reconcile()
        except BaseException:
            await self.disconnect()
            raise

    async def disconnect(self) -> None:
        """Stop listening; the venue itself goes on."""
        if not self._connected:
            return
        self._connected = False
        self.exchange.mail.remove_listener(self._on_private)
        await self._stream.disconnect()
        await self._manager.close()

    def supports(self, feature: Feature) -> bool:
        """Say yes to all there is, but hedge mode and exits that come with an order."""
        return feature not in (Feature.HEDGE_MODE, Feature.ATTACHED_EXITS)

    @property
    def stream(self) -> PaperWebSocketManager:
        """The live feeds."""
        return self._stream

    def add_private_listener(self, listener: PrivateListener) -> None:
        """Call ``listener`` with each private event as it is heard: payments, positions too."""
        self._listeners = [*self._listeners, listener]

    def _on_private(self, event: PrivateEvent) -> None:
        if isinstance(event, Fill):
            self._manager.on_fill(event)
        elif isinstance(event, OrderInfo):
            self._manager.on_order(event)
        elif isinstance(event, LiquidationEvent):
            self.emit_liquidation_event(event)
        for listener in self._listeners:
            listener(event)

    # Markets --------------------------------------------------------------------------------------

    async def get_contract_attributes(self, ticker: str) -> tuple[ContractId, Decimal]:
        """Return (contract_id, tick_size) of a plain symbol."""
        if not ticker.strip():
            raise ValueError("Ticker is empty")
        self._check_connected()
        market = self._markets.find(ticker)
        if market is None:
            raise ValueError(f"Market {ticker} not found or not tradeable on {self._name}")
        return market.contract_id, market.spec.tick

    def market(self, contract_id: ContractId) -> Market:
        """Return a contract as the venue lists it."""
        return self._markets.of_contract(contract_id).spec

    async def get_market_metadata(self, contract_id: ContractId, *, fresh: bool = False) -> Market:
        """Return a contract as the venue lists it, which never changes here."""
        del fresh
        self._check_connected()
        return self.market(contract_id)

    async def fetch_bbo_prices(self, contract_id: ContractId) -> tuple[Decimal, Decimal]:
        """Return (best bid, best ask)."""
        self._check_connected()
        return self._markets.best_prices(contract_id, self._clock.now_ns())

    async def get_order_book_depth(self, contract_id: ContractId, levels: int = 10) -> DepthView:
        """Return at most ``levels`` per side, best first."""
        if levels < 1:
            raise ValueError(f"levels must be at least 1, got {levels}")
        await self.fetch_bbo_prices(contract_id)
        book = self._stream.get_order_book(contract_id, levels)
        assert book is not None, "a fresh book is ready"
        return book

    async def get_candles(
        self, contract_id: ContractId, interval: str, start: datetime | int, end: datetime | int
    ) -> Sequence[Candle]:
        """Return candles of the trades that were heard, of the last week; none without a trade."""
        self._check_connected()
        minutes = known_interval(INTERVALS, interval)
        candles = self._markets.of_contract(contract_id).candles
        return candles.candles(minutes, to_ns(start), to_ns(end))

    async def get_leverage_info(self, symbol: Symbol) -> LeverageInfo:
        """Return the leverage rules of a market; ``error`` is set for an unknown symbol."""
        self._check_connected()
        return self._markets.leverage_info(symbol)

    async def get_min_order_notional(self, symbol: Symbol) -> Decimal | None:
        """Return the least notional (USD) of an order that is not reduce-only; None if no limit."""
        self._check_connected()
        return self._markets.of_symbol(symbol).spec.min_notional or None

    def get_quantity_multiplier(self, symbol: Symbol) -> Decimal:
        """Return the tokens in one unit of size."""
        self._check_connected()
        return self._markets.of_symbol(symbol).spec.multiplier

    def _contract_of(self, symbol: Symbol) -> ContractId:
        return self._markets.of_symbol(symbol).contract_id

    def _price_of_market_orders(self, contract_id: ContractId) -> Decimal | None:
        market = self._markets.of_contract(contract_id)
        mark = market.mark()
        return None if mark is None else market.grid.price(mark) / 2

    # Positions and account ------------------------------------------------------------------------

    async def get_position(self, symbol: Symbol) -> Decimal:
        """Return the signed position in base units."""
        market = self._markets.of_symbol(symbol)
        return market.grid.size(self._account.lots(market.contract_id))

    async def get_account_positions(self) -> Decimal:
        """Return the absolute position of the configured ticker."""
        ticker = self._options.ticker
        if ticker is None and len(self.exchange.markets) > 1:
            raise ClientConfigError(
                "ticker is not set and the venue lists several: pass PaperClientOptions(ticker=...)"
            )
        only = next(iter(self.exchange.markets.values())).spec.symbol
        return abs(await self.get_position(only if ticker is None else Symbol(ticker)))

    async def get_detailed_positions(self) -> Sequence[ExchangePositionSnapshot]:
        """Return every open position."""
        return account_view.positions(self.exchange, self._account)

    async def get_position_snapshot(
        self, symbol: Symbol, position_opened_at: datetime | int | None = None
    ) -> ExchangePositionSnapshot | None:
        """Return one position; None when flat."""
        market = self._markets.of_symbol(symbol)
        if self._account.lots(market.contract_id) == 0:
            return None
        since_ns = 0 if position_opened_at is None else to_ns(position_opened_at)
        return account_view.snapshot(self.exchange, self._account, market, since_ns)

    async def get_funding_payments(
        self, symbol: Symbol, since: datetime | int, until: datetime | int
    ) -> Sequence[FundingPayment]:
        """Return funding paid and received in [since, until), oldest first."""
        market, account = self._markets.of_symbol(symbol), self._account
        payments = self.exchange.funding.payments(account.name, market.contract_id, to_ns(since))
        return [payment for payment in payments if payment.venue_ns < to_ns(until)]

    async def get_account_balance(self) -> Decimal:
        """Return the balance available for new orders (USD)."""
        return from_atoms(self.exchange.margin.available(self._account))

    async def get_account_pnl(self) -> Decimal:
        """Return the unrealised profit of all positions (USD)."""
        return account_view.unrealised(self.exchange, self._account)

    async def get_total_asset_value(self) -> Decimal:
        """Return balance plus unrealised profit (USD)."""
        return from_atoms(self.exchange.margin.equity(self._account))

    async def get_collateral_price(self) -> Decimal:
        """Return 1: money on paper is dollars."""
        return ONE

    async def set_leverage(self, symbol: Symbol, leverage: Decimal) -> Decimal:
        """Set the leverage and return what the venue says it is now.

        Raises:
            VenueRejected: out of range, or what is open could not be carried.
        """
        self._check_connected()
        market = self._markets.of_symbol(symbol)
        prepared = self._gateway.prepare_leverage(market.contract_id, leverage)
        self._journal.record_intent(
            OrderIntent(
                venue=self._name,
                kind=prepared.kind,
                contract_id=prepared.contract_id,
                client_order_id=prepared.client_order_id,
                order=None,
                at_ns=self._clock.now_ns(),
                reference=prepared.reference,
            )
        )
        return await self._gateway.send_leverage(prepared)

    @property
    def _account(self) -> Account:
        self._check_connected()
        return self._account_now
