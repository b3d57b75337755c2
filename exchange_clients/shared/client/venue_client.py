"""The trading client of any network venue: its words, run by the managers that all venues share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from exchange_clients.base_models import (
    Candle,
    ContractId,
    DepthView,
    ExchangePositionSnapshot,
    Feature,
    LeverageInfo,
    LiquidationEvent,
    Market,
    OrderInfo,
    OrderResult,
    Symbol,
)
from exchange_clients.errors import (
    ClientConfigError,
    MissingCredentialsError,
    NotConnectedError,
    StaleData,
)
from exchange_clients.events import FundingPayment
from exchange_clients.journal import Journal
from exchange_clients.shared.account_words import LeverageWords, PaymentWords
from exchange_clients.shared.client.core import CoreClient
from exchange_clients.shared.client.managers.account_ear import AccountEar
from exchange_clients.shared.client.managers.account_manager import AccountManager
from exchange_clients.shared.client.managers.market_data import MarketData
from exchange_clients.shared.client.managers.order_recovery import Reconciliation
from exchange_clients.shared.client.managers.position_manager import PositionManager
from exchange_clients.shared.client.managers.position_watch import PositionWatch
from exchange_clients.shared.client.managers.websocket_handlers import PrivateEvents
from exchange_clients.shared.client.order_admission import TimesInForce
from exchange_clients.shared.client.order_tracker import OrderTracker
from exchange_clients.shared.client.reconnection import Reconnection
from exchange_clients.shared.client.venue_gateway import VenueGateway
from exchange_clients.shared.clock import to_ns
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.tasks import TaskScope
from exchange_clients.shared.venue import AmendWords, DeadManWords
from exchange_clients.shared.websocket.manager import VenueWebSocketManager
from exchange_clients.shared.websocket.message_handler import VenueEvent

FEED_WAIT_S = 10.0
"""How long ``connect`` waits for the private feed once the stream gave up waiting."""
PLACE_WAIT_S = 5.0
"""How long a placement waits for a reconciliation after a reconnect."""
ALWAYS = (
    Feature.RISK_MANAGEMENT,
    Feature.ORDER_BOOK_DEPTH,
    Feature.TRADE_HISTORY,
    Feature.CANCEL_ALL,
)
"""What every venue's words must say, so that every client can do it."""
BY_WORDS: Mapping[Feature, type[object]] = {
    Feature.AMEND: AmendWords,
    Feature.SET_LEVERAGE: LeverageWords,
    Feature.FUNDING_HISTORY: PaymentWords,
    Feature.DEAD_MAN: DeadManWords,
}
"""What the vocabularies show by themselves."""


@dataclass(frozen=True, slots=True)
class VenueClientOptions:
    """What a client may be told beside its link."""

    ticker: str | None = None
    """The market that ``get_account_positions`` speaks of."""
    max_book_age_s: float = 30.0
    """Older prices are stale."""
    exclusive: bool = False
    """Whether nobody else trades on the account, so that everything on it may be cancelled."""


class VenueClient(CoreClient):
    """One account at one venue.

    Args:
        link: The account's link, not yet opened.
        journal: Durable memory.
        name: The account's name in the journal; the venue's by default.
        options: See ``VenueClientOptions``.
    """

    def __init__(
        self,
        link: VenueLink,
        *,
        journal: Journal,
        name: str | None = None,
        options: VenueClientOptions | None = None,
    ) -> None:
        self._link = link
        self._options = options or VenueClientOptions()
        self._stream = VenueWebSocketManager(link, private=True)
        venue = link.venue
        called = name or venue.name
        self._market_data = MarketData(link, self._stream, called, self._options.max_book_age_s)
        tracker = OrderTracker()
        self._gateway = VenueGateway(link, called, journal, tracker, self._market_data.fresh_prices)
        super().__init__(
            called,
            self._gateway,
            journal=journal,
            clock=link.clock,
            id_space=venue.id_space,
            tracker=tracker,
            times_in_force=TimesInForce(venue.times_in_force, venue.conditional_times_in_force),
        )
        self._lists_lag_s = venue.visibility_s
        self._hedged = False
        self._positions = PositionManager(link, called)
        self._account = AccountManager(link, called, journal)
        self._tasks = TaskScope()
        self._reconnection = Reconnection(
            called, self._reconcile, lambda: self._stream.private_ready, link.clock, self._tasks
        )
        self._watch = PositionWatch(
            self._manager.own_position, self._manager.on_unexplained, link.clock
        )
        self._events = PrivateEvents(
            self._manager, self._positions, self._account, self._watch, self.emit_liquidation_event
        )
        ear = AccountEar(lambda: self._stream.private_ready, self._stream.doubt_account, link.clock)
        self._gateway.on_placed = ear.expect
        self.reconciliation: Reconciliation | None = None
        """What was found at the last reconciliation."""
        self._listen(ear)

    # Session --------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Open the link and the feeds, then reconcile orders, fills and positions.

        Raises:
            MissingCredentialsError: the link has no account.
            NotConnectedError: the private feed was not ready in time.
            ExchangeError: something could not be read; nothing is connected, and it may be tried
                again.
        """
        if self._connected:
            return
        self._link.acquire()
        self._connected = True
        self._manager.open()
        self._tasks.reopen()
        self._reconnection.begin()
        try:
            await self._link.open()
            if self._link.private is None:
                raise MissingCredentialsError(
                    f"{self._name} needs credentials to trade; without them only public data and "
                    "the funding adapter work"
                )
            await self._stream.connect()
            if not await self._reconnection.wait_for_feed(FEED_WAIT_S):
                raise NotConnectedError(
                    f"the private feed of {self._name} was not ready within {FEED_WAIT_S:g} s"
                )
            await self._reconnection.settle()
        except BaseException:
            await self.disconnect()
            raise
        self._tasks.start(self._market_data.keep_fresh(), f"markets {self._name}")
        self._tasks.start(self._manager.audit.keep(), f"audit {self._name}")

    async def disconnect(self) -> None:
        """Close feeds, tasks and the link; what was in flight stays PENDING in the journal."""
        if not self._connected:
            return
        self._connected = False
        await self._tasks.close()
        await self._manager.close()
        await self._stream.disconnect()
        await self._link.close()

    def supports(self, feature: Feature) -> bool:
        """Tell whether a feature works; what the words show is known once connected."""
        if feature in ALWAYS or feature in self._link.venue.features:
            return True
        words = BY_WORDS.get(feature)
        if words is None or not self._connected or self._link.private is None:
            return False
        private = self._link.private
        return isinstance(private.orders, words) or isinstance(private.account, words)

    @property
    def hedged(self) -> bool:
        """Whether the account is in hedge mode, as it was told at the last reconciliation."""
        return self._hedged

    @property
    def stream(self) -> VenueWebSocketManager:
        """The live feeds."""
        return self._stream

    def _listen(self, ear: AccountEar) -> None:
        self._stream.add_private_listener(self._events)
        self._stream.add_private_listener(ear.hear)
        self._stream.add_market_listener(self._on_market_event)
        self._stream.add_signal_listener(self._reconnection.on_signal)
        self._stream.add_reconnect_listener(self._reconnection.on_reconnect)
        self._manager.add_fill_handler(self._positions.on_fill)
        self._manager.add_order_handler(self._on_order)

    def _on_market_event(self, event: VenueEvent) -> None:
        if isinstance(event, LiquidationEvent):
            self.emit_liquidation_event(event)

    def _on_order(self, info: OrderInfo) -> None:
        if self._market_data.on_order(info):
            self._tasks.start(self._market_data.refresh(), f"markets {self._name}")

    async def _reconcile(self) -> None:
        self._hedged = await self._account.hedged()
        self.reconciliation = await self._manager.reconcile()
        await self._positions.reconcile(self.reconciliation.positions)
        for contract_id, quantity in self._positions.known().items():
            self._watch.begin(contract_id, quantity)
        self._account.forget()

    async def _wait_placeable(self, *, reduce_only: bool) -> None:
        """Wait until all is reconciled.

        An order that only reduces goes out even when that takes too long: an exit must not depend
        on a feed that is broken.
        """
        self._check_connected()
        if self._reconnection.settled or await self._reconnection.wait(PLACE_WAIT_S):
            return
        self._check_connected()
        if not reduce_only:
            raise NotConnectedError(
                f"{self._name} has not reconciled its orders since the private feed was lost; "
                "nothing was sent, try again"
            )

    # Markets --------------------------------------------------------------------------------------

    async def get_contract_attributes(self, ticker: str) -> tuple[ContractId, Decimal]:
        """Return (contract_id, tick_size) of a plain symbol."""
        if not ticker.strip():
            raise ValueError("Ticker is empty")
        self._check_connected()
        return self._market_data.attributes(ticker.strip())

    def market(self, contract_id: ContractId) -> Market:
        """Return a contract as the venue lists it."""
        self._check_connected()
        return self._market_data.of_contract(contract_id)

    async def get_market_metadata(self, contract_id: ContractId, *, fresh: bool = False) -> Market:
        """Return a contract as the venue lists it; ``fresh`` reads a list that is not young."""
        self._check_connected()
        return await self._market_data.listed(contract_id, fresh=fresh)

    async def fetch_bbo_prices(self, contract_id: ContractId) -> tuple[Decimal, Decimal]:
        """Return (best bid, best ask): of the live book, else as the venue answers."""
        self._check_connected()
        return await self._market_data.best_prices(contract_id)

    async def get_order_book_depth(self, contract_id: ContractId, levels: int = 10) -> DepthView:
        """Return at most ``levels`` per side: of the live book, else as the venue answers."""
        self._check_connected()
        return await self._market_data.depth(contract_id, levels)

    async def get_candles(
        self, contract_id: ContractId, interval: str, start: datetime | int, end: datetime | int
    ) -> Sequence[Candle]:
        """Return candles that begin in [start, end), oldest first."""
        self._check_connected()
        return await self._market_data.candles(contract_id, interval, to_ns(start), to_ns(end))

    async def get_leverage_info(self, symbol: Symbol) -> LeverageInfo:
        """Return the leverage rules of a market; ``error`` is set for an unknown symbol."""
        self._check_connected()
        return await self._market_data.leverage_info(symbol)

    async def get_min_order_notional(self, symbol: Symbol) -> Decimal | None:
        """Return the least notional (USD) of an order that is not reduce-only; None if no limit."""
        self._check_connected()
        return self._market_data.of_symbol(symbol).min_notional or None

    def get_quantity_multiplier(self, symbol: Symbol) -> Decimal:
        """Return the tokens in one unit of size."""
        self._check_connected()
        return self._market_data.of_symbol(symbol).multiplier

    def _contract_of(self, symbol: Symbol) -> ContractId:
        return self._market_data.of_symbol(symbol).contract_id

    def _price_of_market_orders(self, contract_id: ContractId) -> Decimal | None:
        try:
            bid, ask = self._market_data.fresh_prices(contract_id)
        except StaleData:
            return None
        return (bid + ask) / 2

    # Orders ---------------------------------------------------------------------------------------

    async def _know_price(self, contract_id: ContractId) -> None:
        """Learn the best prices where the venue wants a worst price; StaleData if none is told."""
        if self._link.venue.bounded_market_orders:
            await self._market_data.best_prices(contract_id)

    async def cancel_all_orders(self, contract_id: ContractId | None = None) -> list[OrderResult]:
        """Cancel the orders that this client placed; on an exclusive account whatever is open."""
        self._check_connected()
        if self._options.exclusive and self._gateway.sweeps:
            return await self._manager.cancel_all(
                contract_id, first=lambda: self._gateway.cancel_everything(contract_id)
            )
        return await super().cancel_all_orders(contract_id)

    async def cancel_everything(self) -> None:
        """Cancel whatever the account has open, whoever placed it."""
        self._check_connected()
        await self._gateway.cancel_everything(None)

    async def arm_dead_man(self, seconds: float) -> None:
        """Have the venue cancel what is open unless asked again in time; 0 takes it back.

        It needs the link alone, so that it can be taken back after ``disconnect``.
        """
        await self._gateway.arm_dead_man(seconds)

    # Positions and account ------------------------------------------------------------------------

    async def get_position(self, symbol: Symbol) -> Decimal:
        """Return the signed position in base units; zero only where it is proven."""
        self._check_connected()
        return await self._positions.quantity(self._contract_of(symbol))

    async def get_account_positions(self) -> Decimal:
        """Return the absolute position of the configured ticker."""
        if self._options.ticker is None:
            raise ClientConfigError("ticker is not set: give one, or ask get_position")
        return abs(await self.get_position(Symbol(self._options.ticker)))

    async def get_detailed_positions(self) -> Sequence[ExchangePositionSnapshot]:
        """Return every open position."""
        self._check_connected()
        return await self._positions.snapshots()

    async def get_position_snapshot(
        self, symbol: Symbol, position_opened_at: datetime | int | None = None
    ) -> ExchangePositionSnapshot | None:
        """Return one position; None only where it is proven flat."""
        self._check_connected()
        opened_ns = None if position_opened_at is None else to_ns(position_opened_at)
        return await self._positions.snapshot(self._contract_of(symbol), opened_ns)

    async def get_funding_payments(
        self, symbol: Symbol, since: datetime | int, until: datetime | int
    ) -> Sequence[FundingPayment]:
        """Return funding paid and received in [since, until), oldest first.

        Raises:
            UnsupportedFeature: the venue does not list payments.
        """
        self._check_connected()
        contract_id = self._contract_of(symbol)
        return await self._positions.payments(contract_id, to_ns(since), to_ns(until))

    async def get_account_balance(self) -> Decimal:
        """Return the balance available for new orders (USD)."""
        self._check_connected()
        return (await self._account.funds()).available

    async def get_account_pnl(self) -> Decimal:
        """Return the unrealised profit of all positions (USD)."""
        self._check_connected()
        return (await self._account.funds()).unrealised

    async def get_total_asset_value(self) -> Decimal:
        """Return balance plus unrealised profit (USD)."""
        self._check_connected()
        return (await self._account.funds()).equity

    async def get_collateral_price(self) -> Decimal | None:
        """Return what the venue values one unit of the collateral at (USD); None: it tells none."""
        self._check_connected()
        return (await self._account.funds()).collateral_price

    async def set_leverage(self, symbol: Symbol, leverage: Decimal) -> Decimal:
        """Set the leverage and return what the venue says it is now.

        Raises:
            UnsupportedFeature: the venue's leverage cannot be set.
        """
        self._check_connected()
        return await self._account.set_leverage(self._contract_of(symbol), leverage)
