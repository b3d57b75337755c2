"""From a command line to a service that runs: collector, store, API and page in one process."""

from __future__ import annotations

import argparse
import asyncio
import errno
import logging
import math
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
from funding_rate_service.api.server import Server, listening, serve
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
from funding_rate_service.core.queries import Kind, RateReader
from funding_rate_service.core.recordings import RecordingError, import_path
from funding_rate_service.core.store import RateStore
from funding_rate_service.core.store_desk import ThreadDesk
from helpers.loopback import is_loopback
from helpers.service_manager import ServiceManager

DONE, FAILED, WRONG_USAGE = 0, 1, 2
TIMEOUT_MAX_S = 45.0
"""Some venues tell the figures of each market by a question of its own."""
PERIOD_MAX_S = 3600
"""Venues settle every hour: who looks less often misses what they told."""
KEEP_MAX_DAYS = 36_500


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
        hint = "; end who answers there, or give another --port" * (error.errno == errno.EADDRINUSE)
        sys.stderr.write(f"{error.strerror or error}: {error.filename or asked.command}{hint}\n")
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
    if not 5 <= asked.period <= PERIOD_MAX_S:
        raise UsageError(
            f"--period: {asked.period:g} s is not allowed; give 5, so that venues are not "
            f"troubled, to {PERIOD_MAX_S}"
        )
    if not 0 <= asked.backfill <= 400:
        raise UsageError(f"--backfill: {asked.backfill} days are not allowed; give 0 to 400")
    if not asked.period <= asked.stale_after < math.inf:
        raise UsageError(
            f"--stale-after: {asked.stale_after:g} s is not allowed; give at least --period "
            f"({asked.period:g}), else nothing is ever fresh"
        )
    if not 1 <= asked.keep_samples <= asked.keep_hours <= KEEP_MAX_DAYS:
        raise UsageError(
            f"--keep-samples, --keep-hours: {asked.keep_samples} and {asked.keep_hours} days are "
            f"not allowed; give 1 to {KEEP_MAX_DAYS}, the first no more than the second"
        )


def _database(asked: argparse.Namespace) -> str:
    usual = SIMULATED_DATABASE if asked.environment == SIMULATOR else DEFAULT_DATABASE
    return asked.database or str(usual)


async def _serve(asked: argparse.Namespace, variables: Mapping[str, str], clock: Clock) -> int:
    access = Access(variables.get(TOKEN_VARIABLE) or None, asked.cors_origin)
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    # The address is taken first: no venue is asked where nobody could hear the answer.
    with _leased(_database(asked)), listening(asked.host, asked.port) as listener:
        async with _collecting(asked, variables, clock) as state:
            manager = ServiceManager(variables, clock)
            server = Server(build_app(state, access), listener)
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
    return Lease.lock(
        path.with_name(f"{path.name}.lock"),
        f"{path} (rates are collected)",
        instead="name another file with --database",
    )


def _export(store: RateStore, asked: argparse.Namespace, clock: Clock) -> None:
    told = rows(RateReader(store), store.series(), Kind(asked.kind), 0, clock.now_ns())
    target: Path = asked.out
    with target.open("wb") as file:
        if asked.format == Format.PARQUET:
            write_parquet(told, file)
        else:
            file.writelines(csv_lines(told))
    sys.stdout.write(f"{target}: {target.stat().st_size} bytes\n")
