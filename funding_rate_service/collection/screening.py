"""What of a venue's answer can be true: the rest is quarantined, told in health and never served.

The limits are wide of anything that a venue was ever seen to charge, because a rate that is only
unusual is just what this service is for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import to_iso
from execution.settlements import HOUR_NS
from funding_rate_service.core.values import MarketRate, Quarantined

RATE_8H_MAX = Decimal("0.5")
"""Fraction of notional per eight hours: venues cap theirs at a tenth of it."""
INTERVAL_HOURS_MIN, INTERVAL_HOURS_MAX = Decimal(1) / 60, Decimal(24)
LATE_MAX_NS = 24 * HOUR_NS
"""How long ago a venue's next settlement may have been: it may tell the new one late."""
AHEAD_MAX_NS = 48 * HOUR_NS
USD_MAX = Decimal(10) ** 13
"""More than all markets together turn over in a day."""


def screen(
    rates: Iterable[MarketRate], now_ns: int
) -> tuple[tuple[MarketRate, ...], tuple[Quarantined, ...]]:
    """Sort rows into those that can be true and those that cannot, in the order of symbols."""
    rows = sorted(rates, key=lambda each: each.symbol)
    counts = Counter(each.symbol for each in rows)
    good, bad = list[MarketRate](), list[Quarantined]()
    for each in rows:
        reason = _reason(each, counts[each.symbol], now_ns)
        if reason:
            bad.append(Quarantined(each.symbol, reason))
        else:
            good.append(each)
    return tuple(good), tuple(bad)


def _reason(row: MarketRate, times: int, now_ns: int) -> str:
    """Say why a row cannot be true; empty where it can."""
    if times > 1:
        return f"told {times} times"
    return _rate(row) or _next_funding(row.next_funding_ns, now_ns) or _figures(row)


def _rate(row: MarketRate) -> str:
    hours = row.interval_hours
    if not hours.is_finite() or not INTERVAL_HOURS_MIN <= hours <= INTERVAL_HOURS_MAX:
        return f"interval of {hours} h, between a minute and a day"
    if not row.rate.is_finite():
        return f"rate {row.rate}"
    if abs(row.rate_8h) > RATE_8H_MAX:
        return f"rate of {row.rate_8h * 100:.4g} % per 8 h, at most {RATE_8H_MAX * 100:.0f} %"
    return ""


def _next_funding(next_ns: int | None, now_ns: int) -> str:
    if next_ns is None:
        return ""
    if next_ns < now_ns - LATE_MAX_NS:
        return f"next settlement was at {to_iso(next_ns)}, {(now_ns - next_ns) // NS} s ago"
    if next_ns > now_ns + AHEAD_MAX_NS:
        return f"next settlement is at {to_iso(next_ns)}, in {(next_ns - now_ns) // NS} s"
    return ""


def _figures(row: MarketRate) -> str:
    """Judge amounts; one that is not known is no fault."""
    told = {
        "24 h volume": row.volume_24h_usd,
        "open interest": row.open_interest_usd,
        "mark price": row.mark_price,
    }
    for name, value in told.items():
        if value is not None and not (value.is_finite() and 0 <= value <= USD_MAX):
            return f"{name} of {value} USD"
    return ""
