"""Routes of opportunities: pairs of venues that funding would pay for holding."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from funding_rate_service.api import models, views
from funding_rate_service.api.parameters import (
    OpportunityParameters,
    PairParameters,
    RankingParameters,
)
from funding_rate_service.api.past import PastEdges
from funding_rate_service.api.state import Now, ServiceState
from funding_rate_service.core.opportunities import Bounds, Ranking, Sorting, Wanted, rank


def pair_routes(state: ServiceState) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/opportunities", tags=["opportunities"])
    past = PastEdges(state)

    @routes.get("")
    def opportunities(asked: Annotated[OpportunityParameters, Query()]) -> models.Opportunities:
        """Pairs of all symbols, ranked, net of fees and, where books are known, of depth."""
        now = state.now()
        symbol = None if asked.symbol is None else now.symbol(asked.symbol)
        return _page(now, symbol, asked, past)

    @routes.get("/best")
    def best(asked: Annotated[PairParameters, Query()]) -> models.BestOpportunity:
        """The pair with the highest net."""
        now = state.now()
        ranking = rank(now.snapshot, _wanted(now, None, asked), now.now_ns, limit=1)
        rows = _rows(now, ranking, past)
        return models.BestOpportunity(
            as_of=now.as_of,
            left_out=dict(ranking.left_out),
            opportunity=rows[0] if rows else None,
        )

    @routes.get("/symbol/{symbol}")
    def of_symbol(
        symbol: str, asked: Annotated[RankingParameters, Query()]
    ) -> models.Opportunities:
        """Pairs of one symbol, ranked."""
        now = state.now()
        return _page(now, now.symbol(symbol), asked, past)

    return routes


def _page(
    now: Now, symbol: str | None, asked: RankingParameters, past: PastEdges
) -> models.Opportunities:
    wanted = _wanted(now, symbol, asked, asked.sort)
    ranking = rank(now.snapshot, wanted, now.now_ns, limit=asked.limit, offset=asked.offset)
    return models.Opportunities(
        as_of=now.as_of,
        next_offset=asked.offset + asked.limit if ranking.more else None,
        left_out=dict(ranking.left_out),
        opportunities=_rows(now, ranking, past),
    )


def _rows(now: Now, ranking: Ranking, past: PastEdges) -> list[models.OpportunityRow]:
    return [
        views.opportunity(now, pair, past.survival(*pair.key, now.now_ns)) for pair in ranking.pairs
    ]


def _wanted(
    now: Now, symbol: str | None, asked: PairParameters, sort: Sorting = Sorting.NET
) -> Wanted:
    """Return the question with every venue's name as it is known.

    Raises:
        Unknown: a venue is not known.
    """
    return Wanted(
        symbol=symbol,
        dexes=tuple(now.dex(name) for name in asked.dexes),
        exclude=tuple(now.dex(name) for name in asked.exclude),
        required_dex=None if asked.required_dex is None else now.dex(asked.required_dex),
        min_divergence=asked.min_divergence,
        min_profit=asked.min_profit,
        volume=Bounds(asked.min_volume, asked.max_volume),
        open_interest=Bounds(asked.min_open_interest, asked.max_open_interest),
        max_spread=asked.max_spread,
        max_price_divergence=asked.max_price_divergence,
        horizon_hours=asked.horizon_hours,
        notional=asked.notional,
        fees=asked.fees,
        stale_after_s=now.stale_after_s,
        sort=sort,
    )
