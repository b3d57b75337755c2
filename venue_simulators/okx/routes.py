"""Every path that the venue has, with its limit: so many requests in two seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from venue_simulators.okx.account_api import AccountApi
from venue_simulators.okx.algo_api import AlgoApi
from venue_simulators.okx.calls import ItemsHandler, PrivateHandler, PublicHandler
from venue_simulators.okx.order_history import OrderHistory
from venue_simulators.okx.public_api import PublicApi
from venue_simulators.okx.rate_limits import Scope
from venue_simulators.okx.trading_api import TradingApi

PathKey: TypeAlias = tuple[str, str]
"""Method and path."""
PREFIX = "/api/v5/"
BATCH_MAX = 20
BATCHED = 300
"""Items of batches that fit into the window."""


@dataclass(frozen=True, slots=True)
class PublicRoute:
    """A path for everyone."""

    handler: PublicHandler
    limit: int


@dataclass(frozen=True, slots=True)
class PrivateRoute:
    """A path for accounts."""

    handler: PrivateHandler
    limit: int
    scope: Scope = Scope.ACCOUNT


@dataclass(frozen=True, slots=True)
class ItemsRoute:
    """A path that takes orders, cancellations or amendments, one or a list."""

    handler: ItemsHandler
    limit: int
    batch_max: int = 0
    """Of a list; 0 takes one object."""
    orders: bool = False
    """Whether its items count against the cap of new and amended orders."""


def public_routes(api: PublicApi) -> Mapping[PathKey, PublicRoute]:
    """Return the paths that need no key."""
    routes = {
        "public/time": PublicRoute(api.time, 10),
        "public/instruments": PublicRoute(api.instruments, 20),
        "public/position-tiers": PublicRoute(api.tiers, 10),
        "public/funding-rate": PublicRoute(api.funding, 10),
        "public/funding-rate-history": PublicRoute(api.funding_history, 10),
        "public/open-interest": PublicRoute(api.open_interest, 20),
        "public/mark-price": PublicRoute(api.marks, 10),
        "public/price-limit": PublicRoute(api.price_limit, 20),
        "market/books": PublicRoute(api.book, 40),
        "market/books-full": PublicRoute(api.full_book, 10),
        "market/ticker": PublicRoute(api.ticker, 20),
        "market/tickers": PublicRoute(api.tickers, 20),
        "market/index-tickers": PublicRoute(api.index_tickers, 20),
        "market/trades": PublicRoute(api.trades, 100),
        "market/history-trades": PublicRoute(api.past_trades, 20),
        "market/candles": PublicRoute(api.candles, 40),
        "market/history-candles": PublicRoute(api.candles, 20),
        "market/mark-price-candles": PublicRoute(api.price_candles, 20),
        "market/index-candles": PublicRoute(api.price_candles, 20),
        "system/status": PublicRoute(api.status, 1),
    }
    return {("GET", PREFIX + path): route for path, route in routes.items()}


def private_routes(
    trading: TradingApi, history: OrderHistory, algos: AlgoApi, account: AccountApi
) -> Mapping[PathKey, PrivateRoute]:
    """Return the paths that need a signature and answer as a whole."""
    reading = {
        "trade/order": PrivateRoute(history.order, 60, Scope.INSTRUMENT),
        "trade/orders-pending": PrivateRoute(history.pending, 60),
        "trade/orders-history": PrivateRoute(history.history, 40),
        "trade/orders-history-archive": PrivateRoute(history.archive, 20),
        "trade/fills": PrivateRoute(history.fills, 60),
        "trade/fills-history": PrivateRoute(history.fills_history, 10),
        "trade/account-rate-limit": PrivateRoute(history.rate_limit, 2),
        "trade/order-algo": PrivateRoute(algos.order, 20),
        "trade/orders-algo-pending": PrivateRoute(algos.pending, 20),
        "trade/orders-algo-history": PrivateRoute(algos.history, 20),
        "account/balance": PrivateRoute(account.balance, 10),
        "account/positions": PrivateRoute(account.positions, 10),
        "account/positions-history": PrivateRoute(account.past_positions, 10),
        "account/bills": PrivateRoute(account.bills, 10),
        "account/bills-archive": PrivateRoute(account.old_bills, 10),
        "account/config": PrivateRoute(account.config, 5),
        "account/instruments": PrivateRoute(account.instruments, 20),
        "account/trade-fee": PrivateRoute(account.fees, 5),
        "account/leverage-info": PrivateRoute(account.lever, 20),
        "account/max-size": PrivateRoute(account.max_size, 20),
        "account/max-avail-size": PrivateRoute(account.max_available, 20),
        "asset/currencies": PrivateRoute(account.currencies, 12),
    }
    doing = {
        "trade/cancel-all-after": PrivateRoute(trading.cancel_all_after, 2),
        "trade/close-position": PrivateRoute(trading.close_position, 20, Scope.INSTRUMENT),
        "account/set-leverage": PrivateRoute(account.set_lever, 20),
        "account/set-position-mode": PrivateRoute(account.set_position_mode, 5),
        "account/position/margin-balance": PrivateRoute(account.change_margin, 20),
    }
    return {
        **{("GET", PREFIX + path): route for path, route in reading.items()},
        **{("POST", PREFIX + path): route for path, route in doing.items()},
    }


def items_routes(trading: TradingApi, algos: AlgoApi) -> Mapping[PathKey, ItemsRoute]:
    """Return the paths whose answer has a code of its own for each item."""
    routes = {
        "trade/order": ItemsRoute(trading.place, 60, orders=True),
        "trade/batch-orders": ItemsRoute(trading.place, BATCHED, BATCH_MAX, orders=True),
        "trade/cancel-order": ItemsRoute(trading.cancel, 60),
        "trade/cancel-batch-orders": ItemsRoute(trading.cancel, BATCHED, BATCH_MAX),
        "trade/amend-order": ItemsRoute(trading.amend, 60, orders=True),
        "trade/amend-batch-orders": ItemsRoute(trading.amend, BATCHED, BATCH_MAX, orders=True),
        "trade/order-algo": ItemsRoute(algos.place, 20),
        "trade/cancel-algos": ItemsRoute(algos.cancel, 20, 10),
        "trade/cancel-advance-algos": ItemsRoute(algos.cancel, 20, 10),
        "trade/amend-algos": ItemsRoute(algos.amend, 20),
    }
    return {("POST", PREFIX + path): route for path, route in routes.items()}
