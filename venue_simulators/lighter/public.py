"""What anybody may read over REST."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from exchange_clients.base_models import NS, ContractId, Level, Market
from venue_simulators.lighter import wording
from venue_simulators.lighter.account_rows import USDC_ASSET
from venue_simulators.lighter.errors import Code, Refusal
from venue_simulators.lighter.listing import market_id, venue_symbol
from venue_simulators.lighter.market_rows import details_row, last_hourly_rate, listing_row
from venue_simulators.lighter.requests import Parameters
from venue_simulators.lighter.state import State
from venue_simulators.lighter.terms import DAY_MS, MS
from venue_simulators.lighter.trades import STRANGERS, trade_row
from venue_simulators.world import Candle

RESOLUTIONS_S: Mapping[str, int] = {
    "1m": 60,
    "5m": 300,
    "15m": 900,
    "30m": 1800,
    "1h": 3600,
    "4h": 14_400,
    "12h": 43_200,
    "1d": 86_400,
    "1w": 604_800,
}
FUNDING_RESOLUTIONS_S: Mapping[str, int] = {"1h": 3600, "1d": 86_400}
CANDLES_MAX = 500
FUNDINGS_MAX = 100
_BOOK_MAX = 250
_TRADES_MAX = 100
_OTHERS = (("binance", Decimal("0.9")), ("bybit", Decimal("1.1")), ("hyperliquid", Decimal("1.3")))
"""Venues that ``funding-rates`` also lists, with the factor by which their rates are made up."""

_STATS = (
    "symbol",
    "last_trade_price",
    "daily_trades_count",
    "daily_base_token_volume",
    "daily_quote_token_volume",
    "daily_price_change",
)


def status(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``/``: that the venue is up."""
    del parameters
    return {"status": 1, "network_id": 1, "timestamp": state.now_ns // NS}


def info(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``/info``."""
    del state, parameters
    return {"contract_address": "0x3B4D794a66304F130a4Db8F2551B0070dfCf5ca7"}


def asset_details(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``assetDetails``: the one asset that accounts hold here."""
    del state, parameters
    row = {
        "asset_id": USDC_ASSET,
        "symbol": "USDC",
        "l1_decimals": 6,
        "decimals": 6,
        "min_transfer_amount": "1.000000",
        "min_withdrawal_amount": "1.000000",
        "margin_mode": "enabled",
        "index_price": "1.000000",
        "l1_address": "0x95Fd23d5110f9D89A4b0B7d63D78F5B5Ea5074D1",
    }
    return {"code": 200, "asset_details": [row]}


def order_books(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``orderBooks``."""
    rows = [listing_row(state, market) for market in _chosen(state, parameters)]
    return {"code": 200, "order_books": rows}


def order_book_details(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``orderBookDetails``; no spot market is simulated."""
    rows = [details_row(state, market) for market in _chosen(state, parameters)]
    return {"code": 200, "order_book_details": rows, "spot_order_book_details": []}


def order_book_orders(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``orderBookOrders``: single orders, several of them at one price."""
    market = _market(state, parameters)
    limit = parameters.within("limit", 1, _BOOK_MAX)
    depth, _ = state.world.depth(market.contract_id, limit)
    asks = _single_orders(state, market, depth.asks, 0)
    bids = _single_orders(state, market, depth.bids, 1)
    return {
        "code": 200,
        "total_asks": len(asks),
        "asks": asks[:limit],
        "total_bids": len(bids),
        "bids": bids[:limit],
    }


def recent_trades(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``recentTrades``, newest first."""
    market = _market(state, parameters)
    limit = parameters.within("limit", 1, _TRADES_MAX)
    fees = state.fees[market.contract_id]
    trades = reversed(state.world.trades(market.contract_id, limit))
    rows = [trade_row(state.trades.of_public(trade, market), fees) for trade in trades]
    return {"code": 200, "trades": rows}


def candles(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``candles`` and ``markPriceCandles``; keys of value zero are left out."""
    market = _market(state, parameters)
    resolution = parameters.text("resolution")
    interval_s = RESOLUTIONS_S.get(resolution)
    if interval_s is None:
        raise Refusal(Code.INVALID_CANDLE_PARAMETERS, "resolution")
    start_ns, end_ns, count = _span(state, parameters, interval_s, CANDLES_MAX)
    found = state.world.candles(market.contract_id, interval_s, start_ns, end_ns)
    return {"code": 200, "r": resolution, "c": [_candle(one) for one in found[-count:]]}


def fundings(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``fundings``: unsigned percent an hour, whose sign the direction tells."""
    market = _market(state, parameters)
    resolution = parameters.text("resolution")
    interval_s = FUNDING_RESOLUTIONS_S.get(resolution)
    if interval_s is None:
        raise Refusal(Code.INVALID_CANDLE_PARAMETERS, "resolution")
    start_ns, end_ns, count = _span(state, parameters, interval_s, FUNDINGS_MAX)
    rows = []
    for settled in state.world.funding_rates(market.contract_id, start_ns, end_ns):
        if settled.at_ns % (interval_s * NS):
            continue
        hourly = settled.rate / settled.interval_hours
        price = _price_at(state, market.contract_id, settled.at_ns)
        rows.append(
            {
                "timestamp": settled.at_ns // NS,
                "value": f"{abs(hourly) * price:.8f}",
                "rate": wording.percent(abs(hourly)),
                "direction": "short" if hourly < 0 else "long",
            }
        )
    return {"code": 200, "resolution": resolution, "fundings": rows[-count:]}


def funding_rates(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``funding-rates``: fractions per eight hours, of this venue and of others."""
    del parameters
    rows: list[dict[str, object]] = []
    for market in state.world.markets.values():
        rate = 8 * last_hourly_rate(state, market)
        for exchange, factor in (*_OTHERS, ("lighter", Decimal(1))):
            rows.append(
                {
                    "market_id": market_id(market.contract_id),
                    "exchange": exchange,
                    "symbol": venue_symbol(market),
                    "rate": float(rate * factor),
                }
            )
    return {"code": 200, "funding_rates": rows}


def exchange_stats(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``exchangeStats``."""
    del parameters
    rows: list[dict[str, object]] = []
    total, count = Decimal(0), 0
    for market in state.world.markets.values():
        details = details_row(state, market)
        rows.append({name: details[name] for name in _STATS})
        ticker = state.world.ticker(market.contract_id)
        total, count = total + ticker.quote_volume_24h, count + ticker.trades_24h
    return {
        "code": 200,
        "total": len(rows),
        "order_book_stats": rows,
        "daily_usd_volume": float(total),
        "daily_trades_count": count,
    }


def _chosen(state: State, parameters: Parameters) -> list[Market]:
    wanted = parameters.number("market_id", 255)
    if parameters.text("filter", "all") == "spot":
        return []
    if wanted == 255:
        return list(state.world.markets.values())
    return [_market(state, parameters)]


def _market(state: State, parameters: Parameters) -> Market:
    market = state.market(parameters.number("market_id"))
    if market is None:
        raise Refusal(Code.INVALID_PARAMETER, "market_id")
    return market


def _span(state: State, parameters: Parameters, interval_s: int, most: int) -> tuple[int, int, int]:
    """Return start and end (ns) and how many rows are wanted; all have to be given."""
    start_ns = parameters.number("start_timestamp") * MS
    end_ns = parameters.number("end_timestamp") * MS
    count = min(parameters.within("count_back", 0, 1_000_000), most) or most
    if start_ns > end_ns:
        raise Refusal(Code.INVALID_CANDLE_PARAMETERS, "start_timestamp is after end_timestamp")
    end_ns = min(end_ns, state.now_ns) + 1
    return max(start_ns, end_ns - most * interval_s * NS), end_ns, count


def _candle(one: Candle) -> dict[str, object]:
    row = {
        "t": one.start_ns // MS,
        "o": float(one.open),
        "h": float(one.high),
        "l": float(one.low),
        "c": float(one.close),
        "v": float(one.volume),
        "V": float(one.quote_volume),
        "i": one.start_ns // NS // one.interval_s if one.trades else 0,
    }
    return {name: value for name, value in row.items() if value}


def _price_at(state: State, contract_id: ContractId, at_ns: int) -> Decimal:
    """Return the price of a settlement: the close of the minute before it."""
    found = state.world.candles(contract_id, 60, at_ns - 60 * NS, at_ns)
    return found[-1].close if found else state.world.prices(contract_id).mark


def _single_orders(
    state: State, market: Market, rows: Sequence[Level], side: int
) -> list[dict[str, object]]:
    """Make single orders of levels: the larger share of a level stands before the smaller."""
    orders: list[dict[str, object]] = []
    for level in rows:
        lots = wording.scaled(market, level.size)
        first = lots - lots // 3
        for share, part in enumerate((first, lots - first)):
            if part:
                orders.append(_book_order(state, market, level.price, part, 2 * share + side))
    return orders


def _book_order(
    state: State, market: Market, price: Decimal, lots: int, kind: int
) -> dict[str, object]:
    number = (1 << 52) + wording.scaled_price(market, price) * 4 + kind
    size = wording.amount(market, lots * market.step)
    return {
        "order_index": number,
        "order_id": str(number),
        "owner_account_index": STRANGERS + number % 997,
        "initial_base_amount": size,
        "remaining_base_amount": size,
        "price": wording.price(market, price),
        "order_expiry": state.now_ms + 20 * DAY_MS,
        "transaction_time": wording.microseconds(state.now_ns),
    }
