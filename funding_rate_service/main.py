"""From a command line to a service that runs: collector, store, API and page in one process."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path

from database.lease import Lease, LeaseHeld
from exchange_clients.base_models import NS
from exchange_clients.errors import ClientConfigError
from exchange_clients.shared.assembly import SIMULATOR
from exchange_clients.shared.clock import Clock, SystemClock
from funding_rate_service.api.app import Access, build_app
from funding_rate_service.api.server import Server, serve
from funding_rate_service.api.state import ServiceState
from funding_rate_service.arguments import (
    DEFAULT_DATABASE,
    SIMULATED_DATABASE,
    TOKEN_VARIABLE,
    parse_arguments,
)
from funding_rate_service.collection.backfill import backfill
from funding_rate_service.collection.orchestrator import Collector, Habits
from funding_rate_service.collection.upkeep import Keeping, Upkeep
from funding_rate_service.collection.venues import chosen_venues, open_sources
from funding_rate_service.core.board import Board
from funding_rate_service.core.engine import StoreError, read_url
from funding_rate_service.core.export import ExportError, Format, csv_lines, rows, write_parquet
from funding_rate_service.core.queries import RateReader
from funding_rate_service.core.recordings import RecordingError, import_path
from funding_rate_service.core.store import RateStore
from funding_rate_service.core.store_desk import ThreadDesk
from helpers.loopback import is_loopback
from helpers.service_manager import ServiceManager

DONE, FAILED, WRONG_USAGE = 0, 1, 2
TIMEOUT_MAX_S = 45.0
"""Some venues tell the figures of each market by a question of its own."""


class UsageError(Exception):
    """What was asked cannot be done; says what to give instead."""


def main(words: Sequence[str] | None, variables: Mapping[str, str]) -> int:
    """Do what the command line says; return the exit code."""
    asked = parse_arguments(words)
    logging.basicConfig(
        level=asked.log_level,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    try:
        return _done(asked, variables)
    except (
        ClientConfigError, ExportError, LeaseHeld, RecordingError, StoreError, UsageError
    ) as error:  # fmt: skip
        sys.stderr.write(f"{error}\n")
        return WRONG_USAGE
    except OSError as error:
        sys.stderr.write(f"{error.strerror or error}: {error.filename or asked.command}\n")
        return FAILED


def _done(asked: argparse.Namespace, variables: Mapping[str, str]) -> int:
    clock = SystemClock()
    if asked.command == "serve":
        _check(asked, variables)
        return asyncio.run(_serve(asked, variables, clock))
    store = RateStore.open(_database(asked), clock)
    try:
        if asked.command == "import":
            count = import_path(store, asked.path)
            sys.stdout.write(f"{count} settled rates were new\n")
        else:
            _export(store, asked, clock)
    finally:
        store.close()
    return DONE


def _check(asked: argparse.Namespace, variables: Mapping[str, str]) -> None:
    """Refuse what cannot be served.

    Raises:
        UsageError: says what to give instead.
    """
    if not is_loopback(asked.host) and not variables.get(TOKEN_VARIABLE):
        raise UsageError(
            f"--host {asked.host}: whoever reaches this address could ask; set {TOKEN_VARIABLE} to "
            "a token of your choice, or stay on 127.0.0.1"
        )
    if not 0 <= asked.port < 65536:
        raise UsageError(f"--port: {asked.port} is none; give 0 to 65535")
    if asked.period < 5:
        raise UsageError(f"--period: {asked.period:g} s would trouble the venues; give 5 or more")
    if not 0 <= asked.backfill <= 400:
        raise UsageError(f"--backfill: {asked.backfill} days are not allowed; give 0 to 400")
    if asked.stale_after < asked.period:
        raise UsageError("--stale-after: must not be below --period, else nothing is ever fresh")
    if not 1 <= asked.keep_samples <= asked.keep_hours:
        raise UsageError("--keep-samples: at least 1 day, and at most as long as --keep-hours")


def _database(asked: argparse.Namespace) -> str:
    usual = SIMULATED_DATABASE if asked.environment == SIMULATOR else DEFAULT_DATABASE
    return asked.database or str(usual)


async def _serve(asked: argparse.Namespace, variables: Mapping[str, str], clock: Clock) -> int:
    access = Access(variables.get(TOKEN_VARIABLE) or None, asked.cors_origin)
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    with _leased(_database(asked)):
        async with _collecting(asked, variables, clock) as state:
            manager = ServiceManager(variables, clock)
            server = Server(build_app(state, access), asked.host, asked.port)
            try:
                await serve(server, partial(_announce, manager), over)
            finally:
                await manager.stopping()
    return DONE


def _announce(manager: ServiceManager, host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    manager.ready(f"answers at http://{shown}:{port}/")
    sys.stdout.write(f"Funding rates at http://{shown}:{port}/ (API: /docs). Ctrl-C ends it.\n")
    sys.stdout.flush()


@asynccontextmanager
async def _collecting(
    asked: argparse.Namespace, variables: Mapping[str, str], clock: Clock
) -> AsyncIterator[ServiceState]:
    """Collect for as long as the block lasts.

    Raises:
        ClientConfigError: a venue is not known, or has no such environment.
        StoreError: the database cannot be used.
    """
    names = chosen_venues(asked.venues, asked.environment)
    store = RateStore.open(_database(asked), clock)
    desk = ThreadDesk()
    try:
        board = Board(names, store.latest())
        async with open_sources(names, asked.environment, variables) as sources:
            habits = Habits(asked.period, min(TIMEOUT_MAX_S, asked.period * 0.75))
            collector = Collector(sources, store, board, desk, clock=clock, habits=habits)
            keeping = Keeping(asked.keep_samples, asked.keep_hours)
            upkeep = Upkeep(store, board, sources, desk, clock=clock, keeping=keeping)
            collector.start()
            upkeep.start()
            if asked.backfill:
                since_ns = clock.now_ns() - asked.backfill * 86_400 * NS
                upkeep.also(backfill(sources, store, board, desk, clock, since_ns), "backfill")
            try:
                yield ServiceState(board, RateReader(store), clock, asked.stale_after)
            finally:
                await upkeep.close()
                await collector.close()
    finally:
        desk.close()
        store.close()


def _leased(url: str) -> AbstractContextManager[object]:
    """Keep a second service from collecting into the same file; a server is its users' business.

    Raises:
        LeaseHeld: another one collects; names it.
    """
    database = read_url(url)
    if database.get_backend_name() != "sqlite" or not database.database:
        return nullcontext()
    path = Path(database.database)
    return Lease.lock(path.with_name(f"{path.name}.lock"), f"{path} (rates are collected)")


def _export(store: RateStore, asked: argparse.Namespace, clock: Clock) -> None:
    told = rows(RateReader(store), store.series(), asked.kind, 0, clock.now_ns())
    target: Path = asked.out
    with target.open("wb") as file:
        if asked.format is Format.PARQUET:
            write_parquet(told, file)
        else:
            file.writelines(csv_lines(told))
    sys.stdout.write(f"{target}: {target.stat().st_size} bytes\n")
