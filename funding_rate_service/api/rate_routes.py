"""Routes of running rates and of venues."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from funding_rate_service.api import models, views
from funding_rate_service.api.parameters import (
    CompareParameters,
    DexRateParameters,
    RateParameters,
)
from funding_rate_service.api.state import Now, ServiceState


def rate_routes(state: ServiceState) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["rates"])

    @routes.get("/funding-rates")
    async def funding_rates(asked: Annotated[RateParameters, Query()]) -> models.Rates:
        """Running rates of all venues, by symbol and venue."""
        now = state.now()
        dexes = [now.dex(name) for name in asked.dex]
        symbols = [now.symbol(name) for name in asked.symbol]
        return _page(now, dexes, symbols, asked)

    @routes.get("/funding-rates/compare")
    async def compare(asked: Annotated[CompareParameters, Query()]) -> models.Comparison:
        """One symbol at several venues, the lowest rate first."""
        now = state.now()
        symbol = now.symbol(asked.symbol)
        dexes = [now.dex(name) for name in asked.dexes]
        rows = views.rate_rows(now, _keys(now, dexes, [symbol]))
        return views.comparison(now, symbol, rows)

    @routes.get("/funding-rates/{dex}")
    async def of_dex(dex: str, asked: Annotated[DexRateParameters, Query()]) -> models.Rates:
        """Running rates of one venue."""
        now = state.now()
        symbols = [now.symbol(name) for name in asked.symbol]
        return _page(now, [now.dex(dex)], symbols, asked)

    @routes.get("/funding-rates/{dex}/{symbol}")
    async def of_symbol(dex: str, symbol: str) -> models.RateRow:
        """The running rate of one symbol at one venue."""
        now = state.now()
        name = now.dex(dex)
        known = now.symbol_of(name, symbol)
        return views.rate_rows(now, [(name, known)])[0]

    @routes.get("/dexes", tags=["venues"])
    async def dexes() -> models.Dexes:
        """Every venue that is collected from, with the age of its rates."""
        now = state.now()
        names = now.snapshot.states
        return models.Dexes(as_of=now.as_of, dexes=[views.dex(now, each) for each in names])

    @routes.get("/dexes/{dex}/symbols", tags=["venues"])
    async def symbols(dex: str) -> models.DexSymbols:
        """What a venue lists."""
        now = state.now()
        name = now.dex(dex)
        return models.DexSymbols(as_of=now.as_of, dex=name, symbols=now.symbols_of(name))

    return routes


def _keys(now: Now, dexes: list[str], symbols: list[str]) -> list[tuple[str, str]]:
    """Return (dex, symbol) of every rate that is asked for, by symbol; empty lists ask for all."""
    return [
        (each.venue, symbol)
        for symbol, listed in now.snapshot.by_symbol.items()
        if not symbols or symbol in symbols
        for each in listed
        if not dexes or each.venue in dexes
    ]


def _page(now: Now, dexes: list[str], symbols: list[str], asked: DexRateParameters) -> models.Rates:
    keys = _keys(now, dexes, symbols)
    end = asked.offset + asked.limit
    return models.Rates(
        as_of=now.as_of,
        stale_after_s=now.stale_after_s,
        total=len(keys),
        next_offset=end if end < len(keys) else None,
        rates=views.rate_rows(now, keys[asked.offset : end]),
    )
