"""Every path that Aster has, with its weight.

The same desks answer on ``/fapi/v3``, where agents sign, and on the older versions, where API keys
do. What is public is the same on both and needs no one's name.
"""

from __future__ import annotations

from collections.abc import Mapping

from venue_simulators.fapi.calls import Handler, PathKey, Route, Security, Weight, by_symbol
from venue_simulators.fapi.parameters import Parameters
from venue_simulators.fapi.public import candles_weight, depth_weight
from venue_simulators.fapi.trading import PLACED_AT_ONCE_MAX
from venue_simulators.fapi.venue import Desks

_OLDER_VERSIONS: Mapping[str, tuple[str, ...]] = {
    "balance": ("v2/balance",),
    "positionRisk": ("v2/positionRisk", "v1/positionRisk"),
    "accountWithJoinMargin": ("v4/account",),
}
"""Where a path that is not ``v1/<name>`` stood before."""


def routes(desks: Desks) -> Mapping[PathKey, Route]:
    """Return the table of paths."""
    table: dict[PathKey, Route] = {}
    for name, route in _public(desks).items():
        for version in ("v1", "v3"):
            table["GET", f"/fapi/{version}/{name}"] = route
    for (method, name), route in {**_orders(desks), **_account(desks)}.items():
        table[method, f"/fapi/v3/{name}"] = route
        for older in _OLDER_VERSIONS.get(name, (f"v1/{name}",)):
            table[method, f"/fapi/{older}"] = route
    return table


def _public(desks: Desks) -> dict[str, Route]:
    public = desks.public
    paths: dict[str, tuple[Handler, Weight]] = {
        "ping": (public.ping, 1),
        "time": (public.time, 1),
        "exchangeInfo": (public.exchange_info, 1),
        "depth": (public.depth, depth_weight),
        "ticker/bookTicker": (public.best, by_symbol(1, 2)),
        "trades": (public.trades, 1),
        "historicalTrades": (public.older_trades, 20),
        "aggTrades": (public.aggregates, 20),
        "klines": (public.candles, candles_weight),
        "indexPriceKlines": (public.price_candles, candles_weight),
        "markPriceKlines": (public.price_candles, candles_weight),
        "premiumIndex": (public.premium, 1),
        "fundingRate": (public.funding_rates, 1),
        "fundingInfo": (public.funding_terms, 1),
        "ticker/24hr": (public.day, by_symbol(1, 40)),
        "ticker/price": (public.price, by_symbol(1, 2)),
        "indexreferences": (public.index_parts, 1),
        "openInterest": (public.open_interest, 1),
    }
    return {
        name: Route(handler, weight, Security.NONE) for name, (handler, weight) in paths.items()
    }


def _orders(desks: Desks) -> dict[PathKey, Route]:
    trading, history = desks.trading, desks.history
    return {
        ("POST", "order"): Route(trading.place, orders=1),
        ("POST", "order/test"): Route(trading.test),
        ("PUT", "order"): Route(trading.amend, orders=1),
        ("DELETE", "order"): Route(trading.cancel),
        ("GET", "order"): Route(trading.order),
        ("POST", "batchOrders"): Route(trading.place_batch, 5, orders=_batch_size),
        ("DELETE", "batchOrders"): Route(trading.cancel_batch),
        ("DELETE", "allOpenOrders"): Route(trading.cancel_all),
        ("POST", "countdownCancelAll"): Route(trading.countdown, 10),
        ("GET", "openOrder"): Route(trading.open_order),
        ("GET", "openOrders"): Route(trading.open_orders, by_symbol(1, 40)),
        ("GET", "allOrders"): Route(history.orders, 5),
        ("GET", "userTrades"): Route(history.fills, 5),
        ("GET", "income"): Route(history.incomes, 30),
        ("GET", "forceOrders"): Route(history.liquidations, by_symbol(20, 50)),
    }


def _account(desks: Desks) -> dict[PathKey, Route]:
    account, keys = desks.account, desks.keys
    return {
        ("GET", "balance"): Route(account.balance, 5),
        ("GET", "accountWithJoinMargin"): Route(account.account, 5),
        ("GET", "positionRisk"): Route(account.risks, 5),
        ("GET", "adlQuantile"): Route(account.queue_to_deleverage, 5),
        ("POST", "leverage"): Route(account.set_leverage),
        ("GET", "leverageBracket"): Route(account.brackets),
        ("GET", "commissionRate"): Route(account.fees, 20),
        ("POST", "marginType"): Route(account.set_margin_mode),
        ("GET", "positionSide/dual"): Route(account.position_mode, 30),
        ("POST", "positionSide/dual"): Route(account.set_position_mode),
        ("GET", "multiAssetsMargin"): Route(account.asset_mode, 30),
        ("POST", "multiAssetsMargin"): Route(account.set_asset_mode),
        ("POST", "listenKey"): Route(keys.take),
        ("PUT", "listenKey"): Route(keys.renew),
        ("DELETE", "listenKey"): Route(keys.drop),
    }


def _batch_size(fields: Parameters) -> int:
    rows = fields.listed("batchOrders", PLACED_AT_ONCE_MAX)
    return 0 if rows is None else len(rows)
