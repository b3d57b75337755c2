"""``runbot.py record``: what a venue's public streams say of a market, as a file to replay."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from app import catalogue, values
from app.arguments import Given
from app.configuration import env_file_layer
from app.errors import ExitCode, RunFailed, UsageError, did_you_mean
from app.market_ear import MarketEar, present_funding
from app.network import fast_loop, listed_market, network_client
from app.precedence import plain_variables
from app.recording_file import RecordingFile
from app.settings import PAPER, PROD
from app.simulated import is_running, simulator_of
from exchange_clients.base_models import Market
from exchange_clients.shared.assembly import SIMULATOR, open_link
from exchange_clients.shared.clock import SystemClock
from exchange_clients.shared.link import VenueLink

BOOK_TIMEOUT_S = 30.0
SIMULATED_SEED = 1


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be recorded."""

    exchange: str
    ticker: str
    out: Path
    duration_s: float | None
    """None until a signal comes."""
    environment: str
    variables: Mapping[str, str]


def record(given: Mapping[str, Given], environment: Mapping[str, str]) -> int:
    """Record until the time is over or a signal comes; return the exit code.

    Raises:
        UsageError: something given is wrong or missing; nothing was written.
        RunFailed: no book came, or the file cannot be written.
        ExchangeError: the venue could not be reached.
    """
    order = read_order(given, environment)
    with asyncio.Runner(loop_factory=fast_loop) as runner:
        return runner.run(_record(order))


def read_order(given: Mapping[str, Given], environment: Mapping[str, str]) -> Order:
    """Read and check what was asked for.

    Raises:
        UsageError: something is wrong or missing.
    """
    process = {name: Given(value, name) for name, value in environment.items()}
    variables = plain_variables(process, env_file_layer(given.get("env_file")))
    duration = given.get("duration")
    try:
        return Order(
            exchange=_exchange(_needed(given, "exchange").lower()),
            ticker=values.ticker(_needed(given, "ticker")),
            out=_new_file(_needed(given, "out")),
            duration_s=None if duration is None else _seconds(str(duration.value)),
            environment=str(given["environment"].value).lower() if "environment" in given else PROD,
            variables=variables,
        )
    except ValueError as error:
        raise UsageError(f"not allowed: {error}") from error


def _needed(given: Mapping[str, Given], name: str) -> str:
    if name not in given:
        raise UsageError(f"--{name} is missing: see runbot.py record --help")
    return str(given[name].value)


def _exchange(name: str) -> str:
    known = [each for each in catalogue.exchange_names() if each != PAPER]
    if name not in known:
        hint = did_you_mean(name, known)
        raise UsageError(f"--exchange: no {name} to record{hint} (known: {', '.join(known)})")
    return name


def _seconds(text: str) -> float:
    """Read a duration; a bare number is of seconds."""
    try:
        return values.duration(f"{text}s" if text[-1:].isdigit() else text).total_seconds()
    except ValueError as error:
        raise UsageError(f"--duration: {text!r} is not allowed: {error}") from error


def _new_file(text: str) -> Path:
    path = Path(text)
    if path.exists():
        raise UsageError(f"--out: {path} is there already; name a new file")
    if not path.parent.is_dir():
        raise UsageError(f"--out: there is no folder {path.parent}")
    return path


async def _record(order: Order) -> int:
    async with AsyncExitStack() as stack:
        venue = network_client(order.exchange).VENUE
        variables = dict(order.variables)
        if order.environment == SIMULATOR and not is_running(venue, variables):
            block = simulator_of(order.exchange, order.ticker, seed=SIMULATED_SEED)
            variables |= (await stack.enter_async_context(block)).environment()
        link = open_link(venue, order.environment, variables, private=False)
        link.acquire()
        stack.push_async_callback(link.close)
        await link.open()
        return await _write(order, link, listed_market(link, order.ticker))


async def _write(order: Order, link: VenueLink, market: Market) -> int:
    """Record one market; a file without a book is removed again."""
    venue = f"{link.venue.name} {link.environment.name}"
    file = RecordingFile(order.out, venue, market)
    ear = MarketEar(link, market, file.write)
    clock, started_ns = SystemClock(), SystemClock().monotonic_ns()
    try:
        interrupted = False
        funding = await present_funding(link, market, clock.now_ns())
        if funding is not None:
            file.write(funding)
        ready = await ear.open(BOOK_TIMEOUT_S)
        if ready:
            interrupted = await _until_over(order.duration_s)
    finally:
        await ear.close()
        file.close()
    if not ready:
        order.out.unlink()
        raise RunFailed(f"no book of {order.ticker} came from {venue} in {BOOK_TIMEOUT_S:g} s")
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(file.counts.items()))
    seconds = (clock.monotonic_ns() - started_ns) / 1e9
    sys.stdout.write(f"recorded {venue} {order.ticker} for {seconds:.0f} s: {told}\n")
    sys.stdout.write(
        f"replay: python runbot.py --strategy grid --exchange paper --ticker {order.ticker} "
        f"--data {order.out}\n"
    )
    return ExitCode.INTERRUPTED if interrupted else ExitCode.DONE


async def _until_over(duration_s: float | None) -> bool:
    """Wait for the end; say whether a signal brought it."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, over.set)
    try:
        async with asyncio.timeout(duration_s):
            await over.wait()
    except TimeoutError:
        return False
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
    return True
