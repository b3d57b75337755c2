"""Routes about the service itself: health, figures, and taking histories out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO, cast

from fastapi import APIRouter, Query, Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import Field

from exchange_clients.shared.clock import to_ns
from funding_rate_service.api import models, views
from funding_rate_service.api.metrics import metrics
from funding_rate_service.api.names import told_dex, told_symbol
from funding_rate_service.api.parameters import Instant, Names, Parameters
from funding_rate_service.api.problems import Refused
from funding_rate_service.api.state import ServiceState
from funding_rate_service.api.stream import RateStream
from funding_rate_service.core.export import ExportError, Format, csv_lines, rows, write_parquet
from funding_rate_service.core.queries import Kind

CHUNK_BYTES = 1 << 16
IN_MEMORY_BYTES = 8 << 20
"""A Parquet file that is larger lies on the disk while it is sent."""
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": _BINARY, "application/vnd.apache.parquet": _BINARY}}
}


class ExportParameters(Parameters):
    """Which histories, in which form."""

    kind: Kind = Kind.SETTLEMENTS
    format: Format = Format.CSV
    dex: Names = Field(default=[], description="Only these venues, separated by commas.")
    symbol: Names = Field(default=[], description="Only these symbols, separated by commas.")
    since: Instant | None = None
    until: Instant | None = None


def service_routes(state: ServiceState, stream: RateStream) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["service"])

    @routes.get("/health", responses={503: {"model": models.Health}})
    async def health(response: Response) -> models.Health:
        """Whether the service works, and how every venue fares; 503 while no venue is fresh."""
        told = views.health(state.now(), state.board.store_trouble)
        if told.status == "down":
            response.status_code = 503
        return told

    @routes.get("/metrics", response_class=PlainTextResponse)
    async def figures() -> PlainTextResponse:
        """Figures in the text format of Prometheus."""
        works = not state.board.store_trouble
        text = metrics(state.now(), store_works=works, listeners=stream.listeners)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    @routes.get("/export/funding-rates", response_class=StreamingResponse, responses=_FILES)
    def export(asked: Annotated[ExportParameters, Query()]) -> StreamingResponse:
        """Histories as a file: settlements, samples or full hours."""
        now = state.now()
        dexes = [told_dex(state, now, each) for each in asked.dex]
        symbols = [told_symbol(state, now, each) for each in asked.symbol]
        keys = [
            key
            for key in state.reader.series()
            if (not dexes or key.venue in dexes) and (not symbols or key.symbol in symbols)
        ]
        since_ns = 0 if asked.since is None else max(0, to_ns(asked.since))
        until_ns = state.clock.now_ns() if asked.until is None else max(0, to_ns(asked.until))
        told = rows(state.reader, keys, asked.kind, since_ns, until_ns)
        headers = {"content-disposition": f'attachment; filename="{asked.kind}.{asked.format}"'}
        if asked.format is Format.CSV:
            return StreamingResponse(csv_lines(told), media_type="text/csv", headers=headers)
        # Closed by whoever sends it: the answer outlives this function.
        file = cast(BinaryIO, tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES))  # noqa: SIM115
        try:
            write_parquet(told, file)
        except ExportError as error:
            raise Refused("format", str(error)) from error
        media = "application/vnd.apache.parquet"
        return StreamingResponse(_chunks(file), media_type=media, headers=headers)

    return routes


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
