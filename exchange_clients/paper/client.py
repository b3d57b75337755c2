"""The trading client of the paper venue: the shared order manager over the embedded exchange.

``connect`` makes the past again: the commands that the journal holds are played into the exchange
at their instants, then orders, fills and positions are reconciled as on any other venue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from string import ascii_lowercase, digits

from exchange_clients.base_client import (
    ORDER_UPDATE_TIMEOUT_S,
    BaseExchangeClient,
    FillHandler,
    OrderUpdateHandler,
)
from exchange_clients.base_models import (
    NS,
    ClientIdSpace,
    ClientOrderId,
    ContractId,
    DepthView,
    ExchangePositionSnapshot,
    Feature,
    Fill,
    LeverageInfo,
    LiquidationEvent,
    Market,
    NewOrder,
    OrderInfo,
    OrderResult,
    OrderType,
    Side,
    Symbol,
    TimeInForce,
)
from exchange_clients.errors import ClientConfigError, NotConnectedError, StaleData
from exchange_clients.events import BestBidOffer, PrivateEvent
from exchange_clients.journal import Journal, OrderIntent
from exchange_clients.paper import account_view
from exchange_clients.paper.accounts import Account
from exchange_clients.paper.common import VENUE, normalize_symbol
from exchange_clients.paper.exchange import PaperExchange, PriceObserver
from exchange_clients.paper.gateway import PaperGateway
from exchange_clients.paper.mailroom import PrivateListener
from exchange_clients.paper.market import PaperMarket
from exchange_clients.paper.recovery import last_instant_ns, recorded_commands
from exchange_clients.paper.units import from_atoms
from exchange_clients.paper.websocket import PaperWebSocketManager
from exchange_clients.shared.client.client_order_ids import ClientOrderIds
from exchange_clients.shared.client.managers.order_manager import UNMINTED, OrderManager
from exchange_clients.shared.client.managers.order_recovery import Reconciliation
from exchange_clients.shared.client.order_rules import placed
from exchange_clients.shared.client.order_tracker import OrderTracker
from exchange_clients.shared.clock import Clock

ID_SPACE = ClientIdSpace(length=32, alphabet=digits + ascii_lowercase)
OPEN_ORDER_WAIT_S = 10.0
"""How long ``place_open_order`` waits for its fill."""


@dataclass(frozen=True, slots=True)
class PaperClientOptions:
    """What a paper client may be told beside its exchange."""

    ticker: str | None = None
    """The market that ``get_account_positions`` speaks of; None: the only one there is."""
    max_book_age_s: float = 60.0
    """Older prices are stale."""
    observer: PriceObserver | None = None
    """Sees prices while the past is made again: for a report that covers the whole run."""


class PaperClient(BaseExchangeClient):
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
        super().__init__()
        self.exchange = exchange
        self._clock = clock
        self._journal = journal
        self._name = name
        self._options = options or PaperClientOptions()
        self._connected = False
        self._account_now = exchange.open_account(name)
        self._stream = PaperWebSocketManager(exchange, clock)
        self._gateway = PaperGateway(exchange, name, clock)
        self._listeners: list[PrivateListener] = []
        ids = ClientOrderIds(ID_SPACE, name, journal.next_order_number)
        self._manager = OrderManager(
            name, self._gateway, OrderTracker(), journal, clock, ids, self.market
        )
        self.reconciliation: Reconciliation | None = None
        """What was found at the last ``connect``."""

    # Session --------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Make the past again if there is one, open the venue, reconcile.

        Raises:
            ClientConfigError: the clock stands before what the journal knows of.
            JournalError: the journal's commands cannot be read.
        """
        if self._connected:
            return
        if not self.exchange.opened:
            self._restore()
            self.exchange.open()
        self._connected = True
        self.exchange.mail.add_listener(self._name, self._on_private)
        await self._stream.connect()
        self.reconciliation = await self._manager.reconcile()

    def _restore(self) -> None:
        now_ns = self._clock.now_ns()
        known_ns = last_instant_ns(self._journal, self._name)
        if known_ns is not None and known_ns > now_ns:
            raise ClientConfigError(
                f"the journal knows {self._name} until {known_ns} ns, the clock says {now_ns} ns: "
                f"start the loop with epoch_ns={known_ns} (see paper.recovery.resume_ns)"
            )
        if known_ns is not None or now_ns > self.exchange.now_ns:
            commands = recorded_commands(self._journal, self._name)
            self.exchange.restore(commands, now_ns, self._options.observer)

    async def disconnect(self) -> None:
        """Stop listening; the venue itself goes on."""
        if not self._connected:
            return
        self._connected = False
        self.exchange.mail.remove_listener(self._on_private)
        await self._stream.disconnect()
        await self._manager.close()

    def get_exchange_name(self) -> str:
        """Return the name this client was given: ``"paper"``."""
        return self._name

    def supports(self, feature: Feature) -> bool:
        """Say yes: the paper venue does all there is."""
        return feature in Feature

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
        market = self._by_symbol(ticker)
        if market is None:
            raise ValueError(f"Market {ticker} not found or not tradeable on {self._name}")
        return market.contract_id, market.spec.tick

    def market(self, contract_id: ContractId) -> Market:
        """Return a contract as the venue lists it."""
        return self._paper_market(contract_id).spec

    async def get_market_metadata(self, contract_id: ContractId) -> Market:
        """Return a contract as the venue lists it."""
        self._check_connected()
        return self.market(contract_id)

    async def fetch_bbo_prices(self, contract_id: ContractId) -> tuple[Decimal, Decimal]:
        """Return (best bid, best ask)."""
        grid = self._paper_market(contract_id).grid
        best = self._fresh(contract_id)
        return grid.price(grid.nearest_ticks(best.bid)), grid.price(grid.nearest_ticks(best.ask))

    async def get_order_book_depth(self, contract_id: ContractId, levels: int = 10) -> DepthView:
        """Return at most ``levels`` per side, best first."""
        self._fresh(contract_id)
        book = self._stream.get_order_book(contract_id, levels)
        assert book is not None, "a fresh book is ready"
        return book

    async def get_leverage_info(self, symbol: Symbol) -> LeverageInfo:
        """Return the leverage rules of a market; ``error`` is set for an unknown symbol."""
        self._check_connected()
        market = self._by_symbol(symbol)
        if market is None:
            return LeverageInfo(None, None, None, error=f"{symbol} is not listed on {self._name}")
        return account_view.leverage_info(self.exchange.margin.schedules[market.contract_id])

    async def get_min_order_notional(self, symbol: Symbol) -> Decimal | None:
        """Return the least notional (USD) of an order that is not reduce-only; None if no limit."""
        self._check_connected()
        return self._of_symbol(symbol).spec.min_notional or None

    def get_quantity_multiplier(self, symbol: Symbol) -> Decimal:
        """Return the tokens in one unit of size."""
        return self._of_symbol(symbol).spec.multiplier

    # Orders ---------------------------------------------------------------------------------------

    def mint_client_order_id(self) -> ClientOrderId:
        """Return a new client order id."""
        return self._manager.mint_client_order_id()

    async def place_limit_order(
        self,
        contract_id: ContractId,
        quantity: Decimal,
        price: Decimal,
        side: Side | str,
        reduce_only: bool = False,
        post_only: bool = False,
        client_order_id: ClientOrderId | None = None,
    ) -> OrderResult:
        """Place a limit order."""
        self._check_connected()
        return await self._manager.place(
            NewOrder(
                client_order_id=client_order_id or UNMINTED,
                contract_id=contract_id,
                side=Side(side),
                size=quantity,
                price=price,
                time_in_force=TimeInForce.GTX if post_only else TimeInForce.GTC,
                reduce_only=reduce_only,
            )
        )

    async def place_market_order(
        self,
        contract_id: ContractId,
        quantity: Decimal,
        side: Side | str,
        reduce_only: bool = False,
        client_order_id: ClientOrderId | None = None,
    ) -> OrderResult:
        """Take liquidity at once, within the venue's bound."""
        self._check_connected()
        market = self._paper_market(contract_id)
        mark = market.mark()
        order = NewOrder(
            client_order_id=client_order_id or UNMINTED,
            contract_id=contract_id,
            side=Side(side),
            size=quantity,
            price=None,
            order_type=OrderType.MARKET,
            time_in_force=TimeInForce.IOC,
            reduce_only=reduce_only,
        )
        reference = None if mark is None else market.grid.price(mark) / 2
        return await self._manager.place(order, reference_price=reference)

    async def place_conditional_order(self, order: NewOrder) -> OrderResult:
        """Place a stop, take-profit or trailing stop."""
        self._check_connected()
        return await self._manager.place(order)

    async def place_open_order(
        self, contract_id: ContractId, quantity: Decimal, direction: Side | str
    ) -> OrderResult:
        """Place post-only one tick inside the opposite best price, and wait for its fill."""
        bid, ask = await self.fetch_bbo_prices(contract_id)
        tick = self.market(contract_id).tick
        side = Side(direction)
        price = ask - tick if side is Side.BUY else bid + tick
        result = await self.place_limit_order(contract_id, quantity, price, side, post_only=True)
        if not result.success or result.client_order_id is None:
            return result
        return placed(await self.await_order_update(result.client_order_id, OPEN_ORDER_WAIT_S))

    async def place_close_order(
        self, contract_id: ContractId, quantity: Decimal, price: Decimal, side: Side | str
    ) -> OrderResult:
        """Place a reduce-only limit order."""
        return await self.place_limit_order(contract_id, quantity, price, side, reduce_only=True)

    async def amend_order(
        self, order_id: str, *, price: Decimal | None = None, quantity: Decimal | None = None
    ) -> OrderResult:
        """Change price or size of a resting order in place."""
        self._check_connected()
        return await self._manager.amend(order_id, price=price, size=quantity)

    async def cancel_order(self, order_id: str) -> OrderResult:
        """Cancel by venue or client order id."""
        self._check_connected()
        return await self._manager.cancel(order_id)

    async def cancel_all_orders(self, contract_id: ContractId | None = None) -> list[OrderResult]:
        """Cancel the orders that this client placed, one result each."""
        self._check_connected()
        return await self._manager.cancel_all(contract_id)

    async def get_order_info(
        self, order_id: str, *, force_refresh: bool = False
    ) -> OrderInfo | None:
        """Return an order by venue or client order id."""
        self._check_connected()
        return await self._manager.order_info(order_id, refresh=force_refresh)

    async def get_active_orders(self, contract_id: ContractId) -> list[OrderInfo]:
        """Return the open orders of one contract, oldest first."""
        self._check_connected()
        self._paper_market(contract_id)
        return list(await self._gateway.active(contract_id))

    async def await_order_update(
        self, order_id: str, timeout: float = ORDER_UPDATE_TIMEOUT_S
    ) -> OrderInfo:
        """Wait until the order is terminal or ``timeout`` seconds pass."""
        self._check_connected()
        return await self._manager.await_update(order_id, timeout)

    def setup_order_update_handler(self, handler: OrderUpdateHandler) -> None:
        """Call ``handler`` with each change of each of our orders, in order."""
        self._manager.add_order_handler(handler)

    def setup_fill_handler(self, handler: FillHandler) -> None:
        """Call ``handler`` once with each fill of ours, before the order's own change."""
        self._manager.add_fill_handler(handler)

    async def get_user_trade_history(
        self, symbol: Symbol, start_ns: int, end_ns: int, order_id: str | None = None
    ) -> list[Fill]:
        """Return our fills in [start, end), oldest first."""
        self._check_connected()
        market = self._of_symbol(symbol)
        fills = await self._gateway.fills(market.contract_id, start_ns, end_ns)
        return [fill for fill in fills if order_id in (None, fill.order_id, fill.client_order_id)]

    # Positions and account ------------------------------------------------------------------------

    async def get_position(self, symbol: Symbol) -> Decimal:
        """Return the signed position in base units."""
        market = self._of_symbol(symbol)
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
        self, symbol: Symbol, position_opened_at_ns: int | None = None
    ) -> ExchangePositionSnapshot | None:
        """Return one position; None when flat. Funding counts from the account's start."""
        del position_opened_at_ns
        market = self._of_symbol(symbol)
        if self._account.lots(market.contract_id) == 0:
            return None
        return account_view.snapshot(self.exchange, self._account, market)

    async def get_account_balance(self) -> Decimal:
        """Return the balance available for new orders (USD)."""
        return from_atoms(self.exchange.margin.available(self._account))

    async def get_account_pnl(self) -> Decimal:
        """Return the unrealised profit of all positions (USD)."""
        return account_view.unrealised(self.exchange, self._account)

    async def get_total_asset_value(self) -> Decimal:
        """Return balance plus unrealised profit (USD)."""
        return from_atoms(self.exchange.margin.equity(self._account))

    async def set_leverage(self, symbol: Symbol, leverage: Decimal) -> Decimal:
        """Set the leverage and return what the venue says it is now.

        Raises:
            VenueRejected: out of range, or what is open could not be carried.
        """
        self._check_connected()
        market = self._of_symbol(symbol)
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

    # Inside ---------------------------------------------------------------------------------------

    def _check_connected(self) -> None:
        if not self._connected:
            raise NotConnectedError(f"{self._name} is not connected: await connect() first")

    @property
    def _account(self) -> Account:
        self._check_connected()
        return self._account_now

    def _fresh(self, contract_id: ContractId) -> BestBidOffer:
        """Return the best bid and offer, or raise what is wrong with it."""
        self._check_connected()
        market = self._paper_market(contract_id)
        if not market.ready or market.best is None or market.heard_ns is None:
            raise StaleData(f"the book of {contract_id} on {self._name} is not ready")
        age_s = (self._clock.now_ns() - market.heard_ns) / NS
        if age_s > self._options.max_book_age_s:
            raise StaleData(
                f"the book of {contract_id} on {self._name} is {age_s:.1f} s old, more than "
                f"max_book_age_s {self._options.max_book_age_s:g}"
            )
        return market.best

    def _paper_market(self, contract_id: ContractId) -> PaperMarket:
        market = self.exchange.markets.get(contract_id)
        if market is None:
            listed = list(self.exchange.markets)
            near = get_close_matches(contract_id, listed) or listed
            raise ClientConfigError(
                f"contract {contract_id} is not listed on {self._name}; near: {', '.join(near)}"
            )
        return market

    def _by_symbol(self, symbol: str) -> PaperMarket | None:
        known = self.exchange.markets.get(ContractId(symbol))
        if known is not None:
            return known
        wanted = normalize_symbol(symbol)
        markets = self.exchange.markets.values()
        return next((market for market in markets if market.spec.symbol == wanted), None)

    def _of_symbol(self, symbol: str) -> PaperMarket:
        market = self._by_symbol(symbol)
        return self._paper_market(ContractId(symbol)) if market is None else market
