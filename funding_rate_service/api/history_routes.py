"""Routes of the past: histories and statistics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from exchange_clients.shared.clock import to_datetime, to_ns
from execution.funding_edge import HOURS_PER_YEAR
from execution.settlements import HOUR_NS
from funding_rate_service.api import models
from funding_rate_service.api.names import told_series, told_symbol
from funding_rate_service.api.parameters import HistoryParameters, StatisticsParameters
from funding_rate_service.api.problems import Refused
from funding_rate_service.api.state import Now, ServiceState
from funding_rate_service.core.queries import HourPoint, Point, SeriesStatistics
from funding_rate_service.core.values import MS

PERIODS_PER_YEAR = float(HOURS_PER_YEAR) / 8
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def history_routes(state: ServiceState) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["history"])
    reader = state.reader

    @routes.get("/history/funding-rates/{dex}/{symbol}")
    def history(
        dex: str, symbol: str, asked: Annotated[HistoryParameters, Query()]
    ) -> models.History:
        """One symbol's rates at one venue: samples, full hours or settlements, oldest first."""
        now = state.now()
        key = told_series(state, now, dex, symbol)
        since, until = _span(now, asked)
        points = reader.history(key, asked.kind, to_ns(since), to_ns(until), asked.limit + 1)
        shown = points[: asked.limit]
        return models.History(
            as_of=now.as_of,
            dex=key.venue,
            symbol=key.symbol,
            kind=asked.kind,
            since=since,
            until=until,
            next_since=to_datetime(shown[-1].at_ns + MS) if len(points) > len(shown) else None,
            intervals=[
                models.IntervalChange(since=to_datetime(at_ns), interval_hours=hours)
                for at_ns, hours in reader.intervals(key)
            ],
            points=[_point(each) for each in shown],
        )

    @routes.get("/stats/funding-rates/{symbol}")
    def statistics(
        symbol: str, asked: Annotated[StatisticsParameters, Query()]
    ) -> models.SymbolStatistics:
        """How a symbol's rate went at every venue, over full hours."""
        now = state.now()
        name = told_symbol(state, now, symbol)
        since_ns = now.now_ns - asked.days * 24 * HOUR_NS
        found = reader.statistics(name, since_ns, now.now_ns)
        return models.SymbolStatistics(
            as_of=now.as_of, symbol=name, days=asked.days, dexes=[_statistics(x) for x in found]
        )

    return routes


def _span(now: Now, asked: HistoryParameters) -> tuple[datetime, datetime]:
    """Return the stretch that is asked for.

    Raises:
        Refused: it ends before it begins, or lies before 1970.
    """
    until = asked.until or now.as_of
    since = (
        asked.since or max(until - timedelta(days=1), EARLIEST) if until > EARLIEST else EARLIEST
    )
    if since < EARLIEST:
        raise Refused("since", "must not lie before 1970")
    if until <= since:
        raise Refused("until", f"must lie after since ({since.isoformat()})")
    return since, until


def _point(point: Point) -> models.Point:
    time, rate_8h = to_datetime(point.at_ns), point.rate_8h
    if isinstance(point, HourPoint):
        return models.Point(
            time=time, rate_8h=rate_8h, low_8h=point.low_8h, high_8h=point.high_8h,
            samples=point.samples,
        )  # fmt: skip
    return models.Point(
        time=time, rate_8h=rate_8h, rate=point.rate, interval_hours=point.interval_hours
    )


def _statistics(found: SeriesStatistics) -> models.Statistics:
    return models.Statistics(
        dex=found.venue,
        hours=found.hours,
        mean_8h=found.mean_8h,
        low_8h=found.low_8h,
        high_8h=found.high_8h,
        mean_annual=found.mean_8h * PERIODS_PER_YEAR,
        positive_share=found.positive_share,
    )
