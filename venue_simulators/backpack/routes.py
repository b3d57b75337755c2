"""Every path that the venue has, with the instruction that its signature begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from venue_simulators.backpack.account import AccountDesk
from venue_simulators.backpack.calls import PrivateHandler, PublicHandler
from venue_simulators.backpack.history import HistoryDesk
from venue_simulators.backpack.public import PublicDesk
from venue_simulators.backpack.trading import TradingDesk

PathKey: TypeAlias = tuple[str, str]
"""Method and path."""


@dataclass(frozen=True, slots=True)
class PublicRoute:
    """A path for everyone; the historical ones have a budget of their own."""

    handler: PublicHandler
    historical: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A path for accounts; parameters come in the body where it is read, else in the query."""

    handler: PrivateHandler
    instruction: str
    reads_body: bool = False
    batch: bool = False


def public_routes(desk: PublicDesk) -> Mapping[PathKey, PublicRoute]:
    """Return the paths that need no key."""
    ordinary = {
        "markets": desk.markets,
        "market": desk.market,
        "assets": desk.assets,
        "securities": desk.securities,
        "depth": desk.depth,
        "trades": desk.trades,
        "markPrices": desk.mark_prices,
        "fundingRates": desk.funding_rates,
        "openInterest": desk.open_interest,
        "tickers": desk.tickers,
        "ticker": desk.ticker,
        "status": desk.status,
        "ping": desk.ping,
        "time": desk.time,
    }
    historical = {"trades/history": desk.trade_history, "klines": desk.candles}
    return {
        **{("GET", f"/api/v1/{path}"): PublicRoute(one) for path, one in ordinary.items()},
        **{
            ("GET", f"/api/v1/{path}"): PublicRoute(one, historical=True)
            for path, one in historical.items()
        },
    }


def private_routes(
    trading: TradingDesk, account: AccountDesk, history: HistoryDesk
) -> Mapping[PathKey, Route]:
    """Return the paths that need a signature."""
    return {
        ("POST", "/api/v1/order"): Route(trading.place, "orderExecute", reads_body=True),
        ("POST", "/api/v1/orders"): Route(trading.place_batch, "orderExecute", batch=True),
        ("DELETE", "/api/v1/order"): Route(trading.cancel, "orderCancel", reads_body=True),
        ("DELETE", "/api/v1/orders"): Route(trading.cancel_all, "orderCancelAll", reads_body=True),
        ("GET", "/api/v1/order"): Route(trading.order, "orderQuery"),
        ("GET", "/api/v1/orders"): Route(trading.orders, "orderQueryAll"),
        ("GET", "/api/v1/position"): Route(account.positions, "positionQuery"),
        ("GET", "/api/v1/capital"): Route(account.capital, "balanceQuery"),
        ("GET", "/api/v1/capital/collateral"): Route(account.collateral, "collateralQuery"),
        ("GET", "/api/v1/account"): Route(account.account, "accountQuery"),
        ("PATCH", "/api/v1/account"): Route(account.update, "accountUpdate", reads_body=True),
        ("GET", "/api/v1/account/limits/order"): Route(account.order_limit, "maxOrderQuantity"),
        ("GET", "/wapi/v1/history/orders"): Route(history.orders, "orderHistoryQueryAll"),
        ("GET", "/wapi/v1/history/fills"): Route(history.fills, "fillHistoryQueryAll"),
        ("GET", "/wapi/v1/history/funding"): Route(history.funding, "fundingHistoryQueryAll"),
        ("GET", "/wapi/v1/history/settlement"): Route(
            history.settlements, "settlementHistoryQueryAll"
        ),
        ("GET", "/wapi/v1/history/position"): Route(history.positions, "positionHistoryQueryAll"),
    }
