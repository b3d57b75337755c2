"""Every path that Binance has, with its weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from venue_simulators.binance.account import BinanceAccount
from venue_simulators.binance.algo_api import AlgoApi
from venue_simulators.binance.public import BinancePublic, Pool
from venue_simulators.binance.trading import BinanceTrading
from venue_simulators.fapi.calls import Handler, PathKey, Route, Security, Weight, by_symbol
from venue_simulators.fapi.parameters import Parameters
from venue_simulators.fapi.public import candles_weight, depth_weight
from venue_simulators.fapi.trading import PLACED_AT_ONCE_MAX
from venue_simulators.fapi.venue import Desks

ROOT = "/fapi/v1/"


@dataclass(frozen=True, slots=True)
class OwnDesks:
    """What answers here in place of the dialect's desks, or besides them."""

    public: BinancePublic
    trading: BinanceTrading
    algos: AlgoApi
    account: BinanceAccount
    rates: Pool
    figures: Pool


def routes(desks: Desks, own: OwnDesks) -> Mapping[PathKey, Route]:
    """Return the table of paths."""
    table: dict[PathKey, Route] = {}
    for name, (handler, weight) in _public(own).items():
        table["GET", _path(name)] = Route(handler, weight, Security.NONE)
    table["GET", f"{ROOT}historicalTrades"] = Route(own.public.older_trades, 200, Security.KEY)
    for part in (_orders(desks, own), _algos(own), _account(own), _keys(desks)):
        for (method, name), route in part.items():
            table[method, _path(name)] = route
    return table


def _path(name: str) -> str:
    """Return the path of a name; one with a version of its own says so."""
    if name.startswith("/"):
        return name
    return f"/fapi/{name}" if name[:3] in ("v2/", "v3/") else f"{ROOT}{name}"


def _public(own: OwnDesks) -> dict[str, tuple[Handler, Weight]]:
    public = own.public
    rates, figures = own.rates.guard, own.figures.guard
    return {
        "ping": (public.ping, 1),
        "time": (public.time, 1),
        "exchangeInfo": (public.exchange_info, 1),
        "depth": (public.depth, depth_weight),
        "rpiDepth": (public.spread_book, 20),
        "ticker/bookTicker": (public.best, by_symbol(2, 5)),
        "trades": (public.trades, 5),
        "aggTrades": (public.aggregates, 20),
        "klines": (public.candles, candles_weight),
        "continuousKlines": (public.candles, candles_weight),
        "indexPriceKlines": (public.price_candles, candles_weight),
        "markPriceKlines": (public.price_candles, candles_weight),
        "premiumIndex": (public.premium, by_symbol(1, 10)),
        "fundingRate": (rates(public.funding_rates), 0),
        "fundingInfo": (rates(public.funding_terms), 0),
        "ticker/24hr": (public.day, by_symbol(1, 40)),
        "ticker/price": (public.price, by_symbol(1, 2)),
        "v2/ticker/price": (public.price, by_symbol(1, 2)),
        "openInterest": (public.open_interest, 1),
        "/futures/data/openInterestHist": (figures(public.open_interest_history), 0),
    }


def _orders(desks: Desks, own: OwnDesks) -> dict[PathKey, Route]:
    trading, history = own.trading, desks.history
    return {
        ("POST", "order"): Route(trading.place, 0, orders=1),
        ("POST", "order/test"): Route(trading.test),
        ("PUT", "order"): Route(trading.amend, 0, orders=1),
        ("DELETE", "order"): Route(trading.cancel),
        ("GET", "order"): Route(trading.order),
        ("POST", "batchOrders"): Route(trading.place_batch, 5, orders=_batch_size),
        ("PUT", "batchOrders"): Route(trading.amend_batch, 5, orders=_batch_size),
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


def _algos(own: OwnDesks) -> dict[PathKey, Route]:
    algos = own.algos
    return {
        ("POST", "algoOrder"): Route(algos.place, 0, orders=1),
        ("DELETE", "algoOrder"): Route(algos.cancel),
        ("GET", "algoOrder"): Route(algos.order),
        ("DELETE", "algoOpenOrders"): Route(algos.cancel_all),
        ("GET", "openAlgoOrders"): Route(algos.open_orders, by_symbol(1, 40)),
        ("GET", "allAlgoOrders"): Route(algos.orders, 5),
    }


def _account(own: OwnDesks) -> dict[PathKey, Route]:
    account = own.account
    return {
        ("GET", "v3/balance"): Route(account.balance, 5),
        ("GET", "v2/balance"): Route(account.balance, 5),
        ("GET", "v3/account"): Route(account.newer_account, 5),
        ("GET", "v2/account"): Route(account.account, 5),
        ("GET", "v3/positionRisk"): Route(account.newer_risks, 5),
        ("GET", "v2/positionRisk"): Route(account.risks, 5),
        ("GET", "symbolConfig"): Route(account.symbol_config, 5),
        ("GET", "accountConfig"): Route(account.account_config, 5),
        ("GET", "adlQuantile"): Route(account.queue_to_deleverage, 5),
        ("POST", "leverage"): Route(account.set_leverage),
        ("GET", "leverageBracket"): Route(account.brackets),
        ("GET", "commissionRate"): Route(account.fees, 20),
        ("POST", "marginType"): Route(account.set_margin_mode),
        ("GET", "positionSide/dual"): Route(account.position_mode, 30),
        ("POST", "positionSide/dual"): Route(account.set_position_mode),
        ("GET", "multiAssetsMargin"): Route(account.asset_mode, 30),
        ("POST", "multiAssetsMargin"): Route(account.set_asset_mode),
        ("GET", "feeBurn"): Route(account.fee_burn, 30),
        ("POST", "feeBurn"): Route(account.set_fee_burn),
        ("GET", "rateLimit/order"): Route(account.order_limits),
    }


def _keys(desks: Desks) -> dict[PathKey, Route]:
    keys = desks.keys
    return {
        ("POST", "listenKey"): Route(keys.take, 1, Security.KEY),
        ("PUT", "listenKey"): Route(keys.renew, 1, Security.KEY),
        ("DELETE", "listenKey"): Route(keys.drop, 1, Security.KEY),
    }


def _batch_size(fields: Parameters) -> int:
    rows = fields.listed("batchOrders", PLACED_AT_ONCE_MAX)
    return 0 if rows is None else len(rows)
