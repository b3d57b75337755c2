"""Any client of the library as the unified view knows exchanges: one symbol in, one value out.

Everything that can be refused is refused before anything is sent. A refusal of the exchange comes
back as an ``OrderResult``; what is raised is an ``UnsupportedField``, an ``ExchangeAPIError``, or a
mistake in how the library is used.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from decimal import Decimal
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

from exchange_clients import base_models as native
from exchange_clients import unified_words as words
from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import ContractId, ExchangePositionSnapshot, Feature, Market
from exchange_clients.errors import (
    ClientConfigError,
    ExchangeError,
    MissingCredentialsError,
    NotConnectedError,
    OrderNotFound,
    StaleData,
    UnsupportedFeature,
    VenueRejected,
)
from exchange_clients.shared.client.core import CoreClient
from exchange_clients.shared.clock import Clock, SystemClock, to_ns
from exchange_clients.unified_models import (
    Balance,
    CancelResult,
    Kline,
    OrderRequest,
    OrderResult,
    OrderSide,
    OrderStatus,
    OrderType,
    Position,
)
from exchange_clients.unified_symbols import means, spellings, unit_name

P = ParamSpec("P")
T = TypeVar("T")
CASH = "USD"
"""Accounts are told in it, whatever their collateral is."""
AS_IT_IS = (ClientConfigError, MissingCredentialsError, NotConnectedError)
"""Errors that say how the library is used, not what an exchange did."""


def _told(
    method: Callable[Concatenate[ClientAdapter, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[ClientAdapter, P], Coroutine[Any, Any, T]]:
    """Let a method raise the errors of the unified view."""

    @wraps(method)
    async def telling(self: ClientAdapter, /, *args: P.args, **named: P.kwargs) -> T:
        try:
            return await method(self, *args, **named)
        except ExchangeError as error:
            told = _in_its_words(error, self.get_exchange_name())
            if told is error:
                raise
            raise told from error

    return telling


def _in_its_words(error: ExchangeError, exchange: str) -> ExchangeError:
    """Return the error of the unified view that stands for an error of the library."""
    if isinstance(error, (words.UnsupportedField, words.ExchangeAPIError, *AS_IT_IS)):
        return error
    if isinstance(error, UnsupportedFeature):
        field, _, value = str(error.feature).partition(" ")
        return words.UnsupportedField(exchange, field, value, "the exchange has no such thing")
    code = error.code if isinstance(error, VenueRejected) else None
    return words.ExchangeAPIError(f"{exchange}: {error}", exchange, code, error)


class ClientAdapter:
    """One account at one exchange, in the words of the unified view.

    Args:
        client: The library's client; it may be shared, and is connected by ``connect``.
        dry_run: Check everything and send nothing that changes anything.
        clock: Time; the machine's by default.
    """

    def __init__(
        self, client: BaseExchangeClient, *, dry_run: bool = False, clock: Clock | None = None
    ) -> None:
        self.client = client
        self.dry_run = dry_run
        self._clock = clock or SystemClock()
        self._name = client.get_exchange_name()
        self._contracts: dict[str, ContractId] = {}

    async def connect(self) -> None:
        """Connect the client underneath; a second call does nothing."""
        await self.client.connect()

    async def disconnect(self) -> None:
        """Disconnect the client underneath; a second call does nothing."""
        await self.client.disconnect()

    async def __aenter__(self) -> ClientAdapter:
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.disconnect()

    def get_exchange_name(self) -> str:
        """Return the exchange's name as users type it."""
        return self._name

    # Orders ---------------------------------------------------------------------------------------

    async def place_order(self, request: OrderRequest) -> OrderResult:
        """Place an order with all that it says; its leverage is set first.

        Raises:
            UnsupportedField: a field has no way to this exchange; nothing was sent.
            ExchangeAPIError: the order breaks a rule, or its leverage was refused; no order was
                sent.
        """
        try:  # as _told does it, without another coroutine for each order
            words.check_request(request, self._name, self.client.supports)
            known = self._contracts.get(request.symbol)
            contract_id = known or await self._contract(request.symbol)
            order = words.native_order(request, contract_id, hedged=self.client.hedged)
            if request.leverage is not None or self.dry_run:
                self.client.check_order(order)
            if self.dry_run:
                return self._planned(request)
            if request.leverage is not None:
                await self._set_leverage(contract_id, request.leverage)
            result = await self.client.submit_order(order)
            return words.placed(request, result, self._name, self._clock.now_ns())
        except ExchangeError as error:
            told = _in_its_words(error, self._name)
            if told is error:
                raise
            raise told from error

    @_told
    async def cancel_order(self, symbol: str, order_id: str) -> CancelResult:
        """Cancel an order of ours by either id.

        Raises:
            ExchangeAPIError: it is an order of another market, or not one of ours.
        """
        contract_id = await self._contract(symbol)
        known = await self._known(contract_id, order_id)
        if self.dry_run:
            result = native.OrderResult(success=False, status=known.status)
        else:
            result = await self.client.cancel_order(order_id)
        return CancelResult(
            order_id=order_id,
            symbol=symbol.upper(),
            success=result.success,
            status=words.STATUS_WORDS[result.status],
            filled_quantity=result.filled_size,
            exchange=self._name,
            reason=None if result.reason is None else result.reason.value,
            error_message=result.error_message,
            outcome_known=result.outcome_known,
        )

    @_told
    async def get_order_status(self, symbol: str, order_id: str) -> OrderResult:
        """Return an order by either id, as the exchange has it now.

        One that this client has not placed, or has forgotten over a restart without a journal, is
        looked up: by its client order id, or by the exchange's id while it is open.

        Raises:
            ExchangeAPIError: it is an order of another market, not found, or not known yet.
        """
        contract_id = await self._contract(symbol)
        try:
            info = await self._known(contract_id, order_id, refresh=True)
        except OrderNotFound:
            found = await self._forgotten(contract_id, order_id)
            if found is None:
                raise
            info = found
        return words.shown(symbol.upper(), info, self._name, self._clock.now_ns())

    @_told
    async def close_position(self, symbol: str) -> list[OrderResult]:
        """Close a position at the market's price; one order for each side that is held.

        Returns:
            The orders that were placed; none where the account holds no position.
        """
        market = self.client.market(await self._contract(symbol))
        held = await self.client.get_position_snapshot(market.symbol)
        return [
            await self._close(symbol.upper(), leg)
            for leg in ([] if held is None else held.legs or (held,))
        ]

    # Account --------------------------------------------------------------------------------------

    @_told
    async def get_open_positions(self, symbol: str | None = None) -> list[Position]:
        """Return open positions, of one market or of all; both sides of an account in hedge mode.

        A position without a mark price of the exchange's own is told at the middle of the book.
        """
        if symbol is None:
            found = list(await self.client.get_detailed_positions())
        else:
            market = self.client.market(await self._contract(symbol))
            held = await self.client.get_position_snapshot(market.symbol)
            found = [] if held is None else [held]
        shown = []
        for each in found:
            name = unit_name(self.client.market(each.contract_id))
            for leg in each.legs or (each,):
                if leg.quantity:
                    mark = await self._mark(leg)
                    shown.append(words.position(name, leg, mark, self._name))
        return shown

    @_told
    async def get_balances(self, asset: str | None = None) -> list[Balance]:
        """Return what the account holds; nothing where that is zero.

        Raises:
            UnsupportedField: of an asset other than USD, in which accounts are told.
        """
        if asset is not None and asset.upper() != CASH:
            raise words.UnsupportedField(
                self._name, "asset", asset, f"the account is told in {CASH} as a whole"
            )
        available = await self.client.get_account_balance()
        total = await self.client.get_total_asset_value()
        if not available and not total:
            return []
        return [Balance(asset=CASH, total=total, available=available, exchange=self._name)]

    @_told
    async def set_leverage(self, symbol: str, leverage: int) -> bool:
        """Set the leverage of a market and tell whether the exchange shows it."""
        contract_id = await self._contract(symbol)
        if self.dry_run:
            return self.client.supports(Feature.SET_LEVERAGE)
        wanted = self.client.market(contract_id).symbol
        return words.same_leverage(
            await self.client.set_leverage(wanted, Decimal(leverage)), leverage
        )

    # Markets --------------------------------------------------------------------------------------

    @_told
    async def get_klines(
        self,
        symbol: str,
        interval: str,
        limit: int = 500,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
    ) -> list[Kline]:
        """Return candles that begin in [start, end), oldest first, the one that runs included.

        Args:
            symbol: Whose.
            interval: ``"1m"``, ``"1h"``, ``"1d"``, as the exchange has them.
            limit: The most to return: the first from ``start_time``, else the last before the end.
            start_time: An aware datetime; by default as long before the end as the limit reaches.
            end_time: An aware datetime; now by default.

        Raises:
            ClientConfigError: the exchange has no such interval, or the limit is none.
        """
        if limit < 1:
            raise ClientConfigError(f"limit {limit} is none: use at least 1")
        length_ns = words.interval_ns(interval)
        end_ns = self._clock.now_ns() if end_time is None else to_ns(end_time)
        start_ns = end_ns - limit * length_ns if start_time is None else to_ns(start_time)
        contract_id = await self._contract(symbol)
        candles = await self.client.get_candles(contract_id, interval, start_ns, end_ns)
        chosen = candles[-limit:] if start_time is None else candles[:limit]
        return [words.kline(symbol.upper(), interval, each, self._name) for each in chosen]

    # Inside ---------------------------------------------------------------------------------------

    async def contract(self, symbol: str) -> Market:
        """Return the market that a symbol means here.

        Raises:
            ClientConfigError: there is none of that name and unit.
        """
        return self.client.market(await self._contract(symbol))

    async def _contract(self, symbol: str) -> ContractId:
        name = symbol.strip().upper()
        known = self._contracts.get(name)
        if known is not None:
            return known
        other: Market | None = None
        for spelling in spellings(name):
            try:
                contract_id, _ = await self.client.get_contract_attributes(spelling)
            except ValueError:
                continue
            market = self.client.market(contract_id)
            if means(name, market):
                self._contracts[name] = contract_id
                return contract_id
            other = market
        near = "" if other is None else f"; it lists {unit_name(other)}, in units of another size"
        raise ClientConfigError(f"symbol {symbol} is not traded on {self._name}{near}")

    async def _set_leverage(self, contract_id: ContractId, leverage: int) -> None:
        symbol = self.client.market(contract_id).symbol
        now = await self.client.set_leverage(symbol, Decimal(leverage))
        if not words.same_leverage(now, leverage):
            raise words.ExchangeAPIError(
                f"{self._name}: leverage {leverage} was asked for {symbol}, and it is {now}; no "
                "order was sent",
                self._name,
            )

    async def _known(
        self, contract_id: ContractId, order_id: str, *, refresh: bool = False
    ) -> native.OrderInfo:
        info = await self.client.get_order_info(order_id, force_refresh=refresh)
        if info is None:
            raise OrderNotFound(f"order {order_id} never reached the exchange")
        if info.contract_id != contract_id:
            raise OrderNotFound(f"order {order_id} is of {info.contract_id}, not of {contract_id}")
        return info

    async def _forgotten(self, contract_id: ContractId, order_id: str) -> native.OrderInfo | None:
        if not isinstance(self.client, CoreClient):
            return None
        found = await self.client.look_up_order(contract_id, order_id)
        return found if found is not None and found.contract_id == contract_id else None

    async def _close(self, symbol: str, leg: ExchangePositionSnapshot) -> OrderResult:
        request = OrderRequest(
            symbol=symbol,
            side=OrderSide.SELL if leg.quantity > 0 else OrderSide.BUY,
            order_type=OrderType.MARKET,
            quantity=abs(leg.quantity),
            reduce_only=True,
            position_side=None
            if leg.position_side is None
            else words.POSITION_WORDS[leg.position_side],
        )
        placed: OrderResult = await self.place_order(request)
        return placed

    async def _mark(self, leg: ExchangePositionSnapshot) -> Decimal | None:
        if leg.mark_price is not None:
            return leg.mark_price
        try:
            bid, ask = await self.client.fetch_bbo_prices(leg.contract_id)
        except StaleData:
            return None
        return (bid + ask) / 2

    def _planned(self, request: OrderRequest) -> OrderResult:
        return OrderResult(
            order_id="",
            client_order_id=request.client_order_id,
            symbol=request.symbol,
            side=request.side,
            order_type=request.order_type,
            quantity=request.quantity,
            filled_quantity=native.ZERO,
            price=request.price,
            average_price=None,
            status=OrderStatus.PENDING,
            timestamp=words.instant(self._clock.now_ns()),
            exchange=self._name,
            error_message="dry run: nothing was sent",
        )
