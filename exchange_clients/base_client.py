"""The contract of a trading client: what every venue, and the paper venue, can be asked.

One client serves many markets at once: every method takes its market. Three outcomes of a read are
kept apart: a value, known-absent (None or an empty list that was proven), and an exception that
means "not known". Order methods return an ``OrderResult`` for everything a venue says, refusals
included; they raise only before anything was sent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from exchange_clients.base_models import (
    Candle,
    ClientOrderId,
    ContractId,
    DepthView,
    ExchangePositionSnapshot,
    Feature,
    Fill,
    LeverageInfo,
    Market,
    NewOrder,
    OrderInfo,
    OrderResult,
    OrderType,
    Side,
    Symbol,
)
from exchange_clients.base_websocket import BaseWebSocketManager
from exchange_clients.errors import UnsupportedFeature
from exchange_clients.liquidations import Liquidations

OrderUpdateHandler = Callable[[OrderInfo], None]
FillHandler = Callable[[Fill], None]
_Word = TypeVar("_Word", bound=StrEnum)

ORDER_UPDATE_TIMEOUT_S = 10.0


class BaseExchangeClient(Liquidations, ABC):
    """A trading client of one account at one venue."""

    # Session -------------------------------------------------------------------------------------

    @abstractmethod
    async def connect(self) -> None:
        """Open the session, load markets, reconcile orders, fills and positions.

        Raises:
            MissingCredentialsError: names the variables that are absent.
            AuthenticationFailed: the venue does not accept the credentials.
        """

    @abstractmethod
    async def disconnect(self) -> None:
        """Close everything; a second call does nothing."""

    @abstractmethod
    def get_exchange_name(self) -> str:
        """Return the venue's name as users type it: ``"paper"``."""

    @abstractmethod
    def supports(self, feature: Feature) -> bool:
        """Tell whether a feature works here."""

    def supports_risk_management(self) -> bool:
        """Tell whether the account's value can be read, so that losses can be limited."""
        return self.supports(Feature.RISK_MANAGEMENT)

    @property
    def hedged(self) -> bool:
        """Whether the account holds a long and a short position of a market side by side."""
        return False

    @property
    @abstractmethod
    def stream(self) -> BaseWebSocketManager:
        """The live feeds of this client."""

    # Markets -------------------------------------------------------------------------------------

    @abstractmethod
    async def get_contract_attributes(self, ticker: str) -> tuple[ContractId, Decimal]:
        """Return (contract_id, tick_size) of a plain symbol; asks the venue once per symbol.

        Raises:
            ValueError: "Ticker is empty", or "Market X not found or not tradeable on Y".
        """

    @abstractmethod
    def market(self, contract_id: ContractId) -> Market:
        """Return a market that was looked up before.

        Raises:
            ClientConfigError: the contract is not listed; names near ones.
        """

    @abstractmethod
    async def get_market_metadata(self, contract_id: ContractId, *, fresh: bool = False) -> Market:
        """Return tick, step, minimums, fees and margin fractions; ``fresh`` as told just now."""

    @abstractmethod
    async def fetch_bbo_prices(self, contract_id: ContractId) -> tuple[Decimal, Decimal]:
        """Return (best bid, best ask), both above zero and bid below ask.

        Raises:
            StaleData: the book is not ready, crossed, one-sided or too old; never (0, 0).
        """

    @abstractmethod
    async def get_order_book_depth(self, contract_id: ContractId, levels: int = 10) -> DepthView:
        """Return at most ``levels`` per side, best first, sizes in base units.

        Raises:
            StaleData: the book is not ready or too old.
        """

    async def get_candles(
        self, contract_id: ContractId, interval: str, start: datetime | int, end: datetime | int
    ) -> Sequence[Candle]:
        """Return candles of ``"1m"``, ``"1h"``, ... that begin in [start, end), oldest first.

        Raises:
            UnsupportedFeature: the venue tells none.
            ClientConfigError: it has no such interval; names those it has.
        """
        raise UnsupportedFeature(self.get_exchange_name(), "candles")

    @abstractmethod
    async def get_leverage_info(self, symbol: Symbol) -> LeverageInfo:
        """Return the leverage rules of a market; ``error`` is set for an unknown symbol."""

    @abstractmethod
    async def get_min_order_notional(self, symbol: Symbol) -> Decimal | None:
        """Return the least notional (USD) of an order that is not reduce-only; None if no limit."""

    @abstractmethod
    def get_quantity_multiplier(self, symbol: Symbol) -> Decimal:
        """Return the tokens in one unit of size: 1000 for 1000PEPE."""

    def round_to_tick(self, price: Decimal, contract_id: ContractId) -> Decimal:
        """Round to the nearest tick of the market."""
        return self.market(contract_id).nearest_tick(price)

    def round_to_step(self, size: Decimal, contract_id: ContractId) -> Decimal:
        """Round down to the step of the market."""
        return self.market(contract_id).round_size(size)

    # Orders --------------------------------------------------------------------------------------

    @abstractmethod
    def mint_client_order_id(self) -> ClientOrderId:
        """Return a new client order id: unique over restarts, within the venue's space."""

    @abstractmethod
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
        """Place a limit order; price and size are rounded in the user's favour.

        PENDING with ``outcome_known`` False means the answer was lost: it is looked up by client
        order id and never sent again.

        Raises:
            InvalidOrder: below a minimum (unless reduce-only) or not positive; nothing was sent.
        """

    @abstractmethod
    async def place_market_order(
        self,
        contract_id: ContractId,
        quantity: Decimal,
        side: Side | str,
        reduce_only: bool = False,
        client_order_id: ClientOrderId | None = None,
    ) -> OrderResult:
        """Take liquidity at once, within the venue's slippage bound."""

    @abstractmethod
    async def place_conditional_order(self, order: NewOrder) -> OrderResult:
        """Place a stop, take-profit or trailing stop.

        Raises:
            UnsupportedFeature: the venue has no such order.
        """

    @abstractmethod
    def check_order(self, order: NewOrder) -> NewOrder:
        """Return an order as it would be placed, or raise as ``submit_order`` does.

        In hedge mode an order without ``position_side`` gets one: a reducing sell changes LONG and
        a reducing buy SHORT; else a buy LONG and a sell SHORT.
        """

    @abstractmethod
    async def submit_order(self, order: NewOrder) -> OrderResult:
        """Place an order of any type with all it says; an empty ``client_order_id`` is minted.

        Raises:
            UnsupportedFeature: the venue cannot do what the order asks; names it.
            InvalidOrder: it contradicts itself, the account's mode or a rule; nothing was sent.
        """

    @abstractmethod
    async def place_open_order(
        self, contract_id: ContractId, quantity: Decimal, direction: Side | str
    ) -> OrderResult:
        """Place post-only near the touch and wait, bounded, for its fill.

        Returns the final state, or OPEN when it still rests; never success of unknown state.
        """

    @abstractmethod
    async def place_close_order(
        self, contract_id: ContractId, quantity: Decimal, price: Decimal, side: Side | str
    ) -> OrderResult:
        """Place a reduce-only limit order."""

    @abstractmethod
    async def amend_order(
        self, order_id: str, *, price: Decimal | None = None, quantity: Decimal | None = None
    ) -> OrderResult:
        """Change price or size of a resting order in place.

        Raises:
            UnsupportedFeature: the venue cannot amend.
        """

    @abstractmethod
    async def cancel_order(self, order_id: str) -> OrderResult:
        """Cancel by venue or client order id; the result carries the final filled size.

        An order that was already filled is reported FILLED with its size.
        """

    @abstractmethod
    async def cancel_all_orders(self, contract_id: ContractId | None = None) -> list[OrderResult]:
        """Cancel the orders that this client placed, one result each."""

    @abstractmethod
    async def get_order_info(
        self, order_id: str, *, force_refresh: bool = False
    ) -> OrderInfo | None:
        """Return an order by venue or client order id; None only when it provably never existed.

        Raises:
            OrderNotFound: this client never sent an order of that name.
            OutcomeUnknown: it cannot be told yet.
        """

    @abstractmethod
    async def get_active_orders(self, contract_id: ContractId) -> list[OrderInfo]:
        """Return the open orders of one contract, oldest first; a failure raises, never []."""

    @abstractmethod
    async def await_order_update(
        self, order_id: str, timeout: float = ORDER_UPDATE_TIMEOUT_S
    ) -> OrderInfo:
        """Wait until the order is terminal or ``timeout`` seconds pass; return its last state."""

    @abstractmethod
    def setup_order_update_handler(self, handler: OrderUpdateHandler) -> None:
        """Call ``handler`` with each change of each of our orders, in order."""

    @abstractmethod
    def setup_fill_handler(self, handler: FillHandler) -> None:
        """Call ``handler`` once with each fill of ours, before the order's own change."""

    @abstractmethod
    async def get_user_trade_history(
        self,
        symbol: Symbol,
        start: datetime | int,
        end: datetime | int,
        order_id: str | None = None,
    ) -> list[Fill]:
        """Return our fills in [start, end), oldest first, and what takes voided ones back.

        Instants are aware datetimes, or nanoseconds since the epoch.
        """

    # Positions and account -----------------------------------------------------------------------

    @abstractmethod
    async def get_position(self, symbol: Symbol) -> Decimal:
        """Return the signed position in base units; zero only when the venue says flat."""

    @abstractmethod
    async def get_account_positions(self) -> Decimal:
        """Return the absolute position of the configured ticker."""

    @abstractmethod
    async def get_detailed_positions(self) -> Sequence[ExchangePositionSnapshot]:
        """Return every open position."""

    @abstractmethod
    async def get_position_snapshot(
        self, symbol: Symbol, position_opened_at: datetime | int | None = None
    ) -> ExchangePositionSnapshot | None:
        """Return one position; None only when flat, a failure raises.

        Args:
            symbol: the plain symbol.
            position_opened_at: from when ``cumulative_funding`` counts, as an aware datetime or
                nanoseconds since the epoch; None counts all that is known.
        """

    @abstractmethod
    async def get_account_balance(self) -> Decimal:
        """Return the balance available for new orders (USD)."""

    @abstractmethod
    async def get_account_pnl(self) -> Decimal:
        """Return the unrealised profit of all positions (USD)."""

    @abstractmethod
    async def get_total_asset_value(self) -> Decimal:
        """Return balance plus unrealised profit (USD)."""

    async def get_collateral_price(self) -> Decimal | None:
        """Return what the venue values one unit of the collateral at (USD); None: it tells none."""
        return None

    @abstractmethod
    async def set_leverage(self, symbol: Symbol, leverage: Decimal) -> Decimal:
        """Set the leverage and return what the venue says it is now."""

    async def await_fills(self, timeout: float) -> bool:
        """Wait, ``timeout`` seconds at most, until all that traded was told, and lists show it."""
        del timeout  # of interest where a report may come before its fills
        return True

    def fills_lacking(self) -> Collection[ContractId]:
        """Return the markets in which more of ours is known to have traded than was told."""
        return ()  # of interest where a report may come before its fills

    # Shorthands on plain symbols -----------------------------------------------------------------

    async def place_order(
        self,
        symbol: str,
        side: str,
        order_type: str,
        size: Decimal,
        price: Decimal | None = None,
    ) -> OrderResult:
        """Place a limit or market order of a plain symbol; words in any letter case.

        Raises:
            ValueError: a word that is not known, or a limit order without a price.
            UnsupportedFeature: another order type.
        """
        contract_id, _ = await self.get_contract_attributes(symbol)
        direction = _word("side", side, Side)
        kind = _word("order_type", order_type, OrderType)
        if kind is OrderType.MARKET:
            return await self.place_market_order(contract_id, size, direction)
        if kind is not OrderType.LIMIT:
            raise UnsupportedFeature(self.get_exchange_name(), f"{kind.value} by place_order")
        if price is None:
            raise ValueError("price is missing: a limit order needs one")
        return await self.place_limit_order(contract_id, size, price, direction)

    async def get_balance(self) -> dict[str, Decimal]:
        """Return the available balance by asset."""
        return {"USD": await self.get_account_balance()}

    async def get_positions(self) -> list[dict[str, object]]:
        """Return open positions as plain dicts."""
        return [
            {
                "symbol": position.symbol,
                "contract_id": position.contract_id,
                "quantity": position.quantity,
                "entry_price": position.entry_price,
                "unrealized_pnl": position.unrealized_pnl,
            }
            for position in await self.get_detailed_positions()
        ]


def _word(field: str, value: str, words: type[_Word]) -> _Word:
    try:
        return words(value.lower())
    except ValueError:
        known = ", ".join(words)
        raise ValueError(f"{field} {value!r} is not known; use one of {known}") from None
