"""Two servers of the same 300 rates: the service's own, and plain FastAPI with a response model.

    python -m benchmarks.rate_servers service|plain

Prints its port and serves until killed.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
from datetime import datetime
from decimal import Decimal

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from exchange_clients.shared.clock import SystemClock
from execution.settlements import HOUR_NS
from funding_rate_service.api import views
from funding_rate_service.api.app import build_app
from funding_rate_service.api.server import Server, listening, serve
from funding_rate_service.api.state import ServiceState
from funding_rate_service.core.board import Board
from funding_rate_service.core.queries import RateReader
from funding_rate_service.core.store import RateStore
from funding_rate_service.core.values import Collection, MarketRate

PATH = "/api/v1/funding-rates?limit=300"
ROWS = 300


def state_of(folder: str) -> ServiceState:
    """Return what is served."""
    clock = SystemClock()
    now_ns = clock.now_ns()
    rates = [
        MarketRate(
            f"S{number}",
            Decimal("0.00012345"),
            Decimal(8),
            now_ns + HOUR_NS,
            Decimal("1234567.89"),
            Decimal("765432.10"),
            mark_price=Decimal("123.45"),
            maker_fee=Decimal("0.0002"),
            taker_fee=Decimal("0.0005"),
        )
        for number in range(ROWS)
    ]
    board = Board(["venue"])
    board.collected(Collection("venue", now_ns, rates))
    store = RateStore.open(f"{folder}/rates.sqlite", clock)
    return ServiceState(board, RateReader(store), clock, stale_after_s=86_400)


class PlainRow(BaseModel):
    """A row as one would write it without a thought for speed; floats, which are the fastest."""

    dex: str
    symbol: str
    rate: float
    interval_hours: float
    rate_8h: float
    annual_rate: float
    next_funding_time: datetime | None
    collected_at: datetime
    age_s: float
    stale: bool
    volume_24h_usd: float | None
    open_interest_usd: float | None
    open_interest_halved: bool
    mark_price: float | None
    maker_fee: float | None
    taker_fee: float | None


class PlainRates(BaseModel):
    """All of them."""

    as_of: datetime
    total: int
    rates: list[PlainRow]


def plain(state: ServiceState) -> FastAPI:
    """Return the usual way: rows that are ready are checked and written for every request."""
    app = FastAPI()
    now = state.now()
    keys = [("venue", each.symbol) for each in now.snapshot.collections["venue"].rates]
    rows = [PlainRow(**row.model_dump()) for row in views.rate_rows(now, keys)]

    @app.get("/api/v1/funding-rates", response_model=PlainRates)
    async def rates(limit: int = 500, offset: int = 0) -> PlainRates:
        shown = rows[offset : offset + limit]
        return PlainRates(as_of=state.now().as_of, total=len(rows), rates=shown)

    return app


async def main(kind: str) -> None:
    """Serve."""
    with tempfile.TemporaryDirectory() as folder:
        state = state_of(folder)
        if kind == "service":
            with listening("127.0.0.1", 0) as listener:
                server = Server(build_app(state), listener)
                await serve(server, lambda _, port: print(port, flush=True), asyncio.Event())
        else:
            config = uvicorn.Config(plain(state), log_level="error", access_log=False)
            runner = uvicorn.Server(config)
            listener = socket.create_server(("127.0.0.1", 0))
            print(listener.getsockname()[1], flush=True)
            await runner.serve([listener])


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(sys.argv[1]))
