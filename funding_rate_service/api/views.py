"""From what is known to what is answered: pure functions of one state at one instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from exchange_clients.base_funding_adapter import CANONICAL_INTERVAL_HOURS
from exchange_clients.shared.clock import to_datetime
from execution.funding_edge import Capacity
from funding_rate_service.api import models
from funding_rate_service.api.state import Now
from funding_rate_service.core.board import VenueState
from funding_rate_service.core.opportunities import Leg, Pair
from funding_rate_service.core.survival import Survival
from funding_rate_service.core.values import MarketRate


def rate_row(now: Now, dex: str, rate: MarketRate, at_ns: int) -> models.RateRow:
    """Return one rate as it is answered."""
    return models.RateRow(
        dex=dex,
        symbol=rate.symbol,
        rate=rate.rate,
        interval_hours=rate.interval_hours,
        rate_8h=rate.rate_8h,
        annual_rate=rate.annual,
        next_funding_time=_next_funding(now, rate),
        collected_at=to_datetime(at_ns),
        age_s=now.age_s(at_ns),
        stale=now.is_stale(at_ns),
        volume_24h_usd=rate.volume_24h_usd,
        open_interest_usd=rate.open_interest_usd,
        open_interest_halved=rate.two_sided_source,
        mark_price=rate.mark_price,
        maker_fee=rate.maker_fee,
        taker_fee=rate.taker_fee,
    )


def rate_rows(now: Now, keys: Iterable[tuple[str, str]]) -> list[models.RateRow]:
    """Return the rows of (dex, symbol) keys that are known."""
    collections, by_key = now.snapshot.collections, now.snapshot.by_key
    return [rate_row(now, dex, by_key[dex, symbol], collections[dex].at_ns) for dex, symbol in keys]


def comparison(now: Now, symbol: str, rows: Sequence[models.RateRow]) -> models.Comparison:
    """Return one symbol's rows side by side."""
    ordered = sorted(rows, key=lambda row: (row.rate_8h, row.dex))
    fresh = [row for row in ordered if not row.stale]
    lowest, highest = (fresh[0], fresh[-1]) if len(fresh) > 1 else (None, None)
    return models.Comparison(
        as_of=now.as_of,
        symbol=symbol,
        divergence_8h=highest.rate_8h - lowest.rate_8h if lowest and highest else None,
        long=lowest.dex if lowest else None,
        short=highest.dex if highest else None,
        rates=ordered,
    )


def opportunity(now: Now, pair: Pair, survival: Survival | None) -> models.OpportunityRow:
    """Return a pair as it is answered."""
    edge, room = pair.edge, pair.capacity
    costs = pair.costs
    return models.OpportunityRow(
        symbol=pair.symbol,
        long=_leg(now, pair.long),
        short=_leg(now, pair.short),
        divergence_8h=pair.divergence_8h,
        horizon_hours=pair.horizon_hours,
        funding=edge.funding,
        costs=models.Costs(
            total=costs.total,
            fees=costs.fees,
            entry_slippage=costs.entry_slippage if pair.depth_known else None,
            exit_slippage=costs.exit_slippage if pair.depth_known else None,
            basis=costs.basis if pair.depth_known else None,
        ),
        net=edge.net,
        net_8h=edge.net * CANONICAL_INTERVAL_HOURS / edge.horizon_hours,
        net_annual=edge.annual,
        break_even_hours=pair.break_even_hours,
        depth_known=pair.depth_known,
        capacity=None if room is None else _capacity(room),
        survival=None if survival is None else models.SurvivalRow(**asdict(survival)),
    )


def dex(now: Now, name: str) -> models.Dex:
    """Return a venue as it is listed."""
    collection = now.snapshot.collections.get(name)
    if collection is None:
        return models.Dex(dex=name, symbols=0, collected_at=None, age_s=None, stale=True)
    return models.Dex(
        dex=name,
        symbols=len(collection.rates),
        collected_at=to_datetime(collection.at_ns),
        age_s=now.age_s(collection.at_ns),
        stale=now.is_stale(collection.at_ns),
    )


def health(now: Now, store_trouble: str) -> models.Health:
    """Return how the service and every venue fares."""
    venues = [_venue_health(now, each) for each in now.snapshot.states.values()]
    fresh = sum(each.status == "fresh" for each in venues)
    failing = any(each.failures_in_row for each in venues)
    sound = fresh == len(venues) and not failing and not store_trouble
    return models.Health(
        as_of=now.as_of,
        status="down" if not fresh else "ok" if sound else "degraded",
        version=now.snapshot.version,
        store=store_trouble,
        stale_after_s=now.stale_after_s,
        venues=venues,
    )


def _venue_health(now: Now, state: VenueState) -> models.VenueHealth:
    collection = now.snapshot.collections.get(state.venue)
    status = "waiting"
    if collection is not None:
        status = "stale" if now.is_stale(collection.at_ns) else "fresh"
    return models.VenueHealth(
        dex=state.venue,
        status=status,
        age_s=None if collection is None else now.age_s(collection.at_ns),
        asked_at=to_datetime(state.asked_ns) if state.asked_ns else None,
        rows=0 if collection is None else len(collection.rates),
        answers=state.answers,
        failures=state.failures,
        failures_in_row=state.failures_in_row,
        error=state.error,
        duration_ms=state.duration_ms,
        quarantined_count=state.quarantined_count,
        quarantined=[
            models.QuarantinedRow(symbol=each.symbol, reason=each.reason)
            for each in state.quarantined
        ],
    )


def _leg(now: Now, leg: Leg) -> models.LegRow:
    rate = leg.rate
    return models.LegRow(
        dex=leg.venue,
        rate=rate.rate,
        interval_hours=rate.interval_hours,
        rate_8h=rate.rate_8h,
        next_funding_time=_next_funding(now, rate),
        age_s=now.age_s(leg.at_ns),
        volume_24h_usd=rate.volume_24h_usd,
        open_interest_usd=rate.open_interest_usd,
        mark_price=rate.mark_price,
        fee=leg.fee,
    )


def _capacity(room: Capacity) -> models.CapacityRow:
    return models.CapacityRow(notional_usd=room.notional, at_least=room.shown_depth_used)


def _next_funding(now: Now, rate: MarketRate) -> datetime | None:
    """Return the first settlement to come: one that passed is moved on along the venue's grid."""
    coming_ns = rate.schedule.next_after(now.now_ns)
    return None if coming_ns is None else to_datetime(coming_ns)
