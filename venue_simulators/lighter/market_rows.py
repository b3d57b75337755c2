"""Markets and their prices as the venue shows them, the same in every place that shows them."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ONE, Market
from venue_simulators.lighter import wording
from venue_simulators.lighter.listing import (
    LEVERAGE,
    MARGIN_UNIT,
    decimals,
    market_id,
    venue_symbol,
)
from venue_simulators.lighter.state import State

QUOTE_DECIMALS = 6


def listing_row(state: State, market: Market) -> dict[str, object]:
    """Return a market as ``orderBooks`` lists it.

    The listed fees are the standard account's; what an account pays its own limits tell.
    """
    tradable = state.world.tradable(market.contract_id)
    rules = state.world.rules[market.contract_id]
    return {
        "symbol": venue_symbol(market),
        "market_id": market_id(market.contract_id),
        "market_type": "perp",
        "base_asset_id": 0,
        "quote_asset_id": 0,
        "status": "active" if tradable else "inactive",
        "taker_fee": "0.0000",
        "maker_fee": "0.0000",
        "liquidation_fee": "1.0000",
        "min_base_amount": wording.amount(market, rules.min_size),
        "min_quote_amount": wording.money(rules.min_notional),
        "order_quote_limit": "281474976.710655",
        "supported_size_decimals": decimals(market.step),
        "supported_price_decimals": decimals(market.tick),
        "supported_quote_decimals": QUOTE_DECIMALS,
    }


def details_row(state: State, market: Market) -> dict[str, object]:
    """Return a market as ``orderBookDetails`` lists it; numbers of the day are JSON numbers."""
    ticker = state.world.ticker(market.contract_id)
    return listing_row(state, market) | {
        "size_decimals": decimals(market.step),
        "price_decimals": decimals(market.tick),
        "quote_multiplier": 1,
        **_margin_fractions(state.world.rules[market.contract_id]),
        "last_trade_price": float(ticker.last),
        "daily_trades_count": ticker.trades_24h,
        "daily_base_token_volume": float(ticker.volume_24h),
        "daily_quote_token_volume": float(ticker.quote_volume_24h),
        "daily_price_low": float(ticker.low_24h),
        "daily_price_high": float(ticker.high_24h),
        "daily_price_change": _change(ticker.open_24h, ticker.last),
        "open_interest": float(ticker.open_interest),
        "mark_price": wording.price(market, ticker.mark),
        "index_price": wording.price(market, ticker.index),
        "market_config": {
            "market_margin_mode": 0,
            "force_reduce_only": False,
            "trading_hours": "",
            "hidden": False,
            "rfq_enabled": False,
        },
        "multiplier": str(market.multiplier),
    }


def stats_row(state: State, market: Market) -> dict[str, object]:
    """Return a market as the stream ``market_stats`` tells of it: open interest is in USD."""
    ticker = state.world.ticker(market.contract_id)
    bid, ask, _ = state.world.best(market.contract_id)
    mid = (bid[0] + ask[0]) / 2 if bid and ask else ticker.last
    hourly = ticker.funding_rate / ticker.funding_interval_hours
    return {
        "symbol": venue_symbol(market),
        "market_id": market_id(market.contract_id),
        "index_price": wording.price(market, ticker.index),
        "mark_price": wording.price(market, ticker.mark),
        "mid_price": f"{mid:.{decimals(market.tick) + 1}f}",
        "best_bid_price": wording.price(market, bid[0]) if bid else "",
        "best_ask_price": wording.price(market, ask[0]) if ask else "",
        "open_interest": wording.money(ticker.open_interest * ticker.mark),
        "open_interest_limit": "18446744073709.551615",
        "last_trade_price": wording.price(market, ticker.last),
        "current_funding_rate": wording.percent(hourly),
        "funding_rate": wording.percent(last_hourly_rate(state, market)),
        "funding_timestamp": wording.milliseconds(last_funding_ns(state, market)),
        "funding_clamp_small": "0.0500",
        "funding_clamp_big": "4.0000",
        "base_interest_rate": "0.0100",
        "daily_base_token_volume": float(ticker.volume_24h),
        "daily_quote_token_volume": float(ticker.quote_volume_24h),
        "daily_price_low": float(ticker.low_24h),
        "daily_price_high": float(ticker.high_24h),
        "daily_price_change": _change(ticker.open_24h, ticker.last),
    }


def last_hourly_rate(state: State, market: Market) -> Decimal:
    """Return the last settled rate as a fraction an hour."""
    ticker = state.world.ticker(market.contract_id)
    end_ns = last_funding_ns(state, market)
    settled = state.world.funding_rates(market.contract_id, end_ns, end_ns + 1)
    rate = settled[-1].rate if settled else ticker.funding_rate
    return rate / ticker.funding_interval_hours


def last_funding_ns(state: State, market: Market) -> int:
    """Return the instant of the last settlement."""
    ticker = state.world.ticker(market.contract_id)
    return ticker.next_funding_ns - int(ticker.funding_interval_hours * 3_600_000_000_000)


def _margin_fractions(market: Market) -> dict[str, object]:
    least = MARGIN_UNIT / market.max_leverage
    maintenance = market.maintenance_margin * MARGIN_UNIT
    return {
        "default_initial_margin_fraction": int(max(MARGIN_UNIT / LEVERAGE, least)),
        "min_initial_margin_fraction": int(least),
        "maintenance_margin_fraction": int(maintenance),
        "closeout_margin_fraction": int(maintenance * 2 / 3),
    }


def _change(before: Decimal, now: Decimal) -> float:
    """Return a change in percent."""
    return float(round((now / before - ONE) * 100, 6)) if before else 0.0
