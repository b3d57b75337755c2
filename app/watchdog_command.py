"""``runbot.py watchdog``: a process of its own that acts for bots that died or hang."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Mapping
from functools import partial

from app import values
from app.arguments import Given
from app.errors import ExitCode, UsageError
from app.flatten_command import FlattenRequest, read_request, summary
from app.network import fast_loop
from app.safety.accounts_at_hand import AccountsAtHand
from app.safety.flatten_runs import Flattening
from app.safety.kept_runs import KeptRun
from app.safety.watchdog import Watchdog
from exchange_clients.shared.clock import SystemClock
from helpers.unified_logger import setup_logging

logger = logging.getLogger(__name__)

AFTER_S = 30.0
"""How long a bot may show no life: longer than its supervisor takes to start it again."""
AFTER_MIN_S = 3.0
"""Less than this a bot may need between two beats."""
DEEDS = ("flatten", "cancel")


def watchdog_command(given: Mapping[str, Given], environment: Mapping[str, str]) -> int:
    """Watch until interrupted.

    Raises:
        UsageError: something given is wrong.
    """
    request = read_request(given, environment)
    after_s, deed = _after_s(given), _deed(given)
    setup_logging(str(given["log_level"].value) if "log_level" in given else "INFO")
    with asyncio.Runner(loop_factory=fast_loop) as runner:
        runner.run(_watch(request, after_s, cancel_only=deed == "cancel"))
    return ExitCode.INTERRUPTED


async def _watch(request: FlattenRequest, after_s: float, *, cancel_only: bool) -> None:
    loop, clock = asyncio.get_running_loop(), SystemClock()
    act = partial(_act, request, cancel_only=cancel_only)
    watchdog = Watchdog(request.wanted, after_s, act, clock)
    task = asyncio.ensure_future(watchdog.watch())
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    logger.info("event=watching folder=%s after_s=%g", request.wanted.state_dir, after_s)
    try:
        await task
    except asyncio.CancelledError:
        logger.info("event=watching_ended")


async def _act(request: FlattenRequest, run: KeptRun, *, cancel_only: bool) -> bool:
    """Bring one run to its end, and say whether that was achieved."""
    clock, wanted = SystemClock(), request.wanted
    accounts = AccountsAtHand(request.variables, wanted.state_dir, wanted.environment, clock)
    flattening = Flattening(wanted, accounts, clock, request.within_s, cancel_only=cancel_only)
    try:
        results = await flattening.bring([run])
    finally:
        await accounts.close()
    done = all(each.flat for each in results)
    logger.log(
        logging.WARNING if done else logging.ERROR,
        "event=acted run=%s result=%s",
        run.identity.run_id, "orders cancelled" if cancel_only and done else summary(results),
    )  # fmt: skip
    return done


def _after_s(given: Mapping[str, Given]) -> float:
    if "after" not in given:
        return AFTER_S
    try:
        after_s = values.duration(str(given["after"].value)).total_seconds()
    except ValueError as error:
        raise UsageError(f"--after: not allowed: {error}") from error
    if after_s < AFTER_MIN_S:
        raise UsageError(
            f"--after: {after_s:g} s is not allowed; a sound bot may need {AFTER_MIN_S:g} s"
        )
    return after_s


def _deed(given: Mapping[str, Given]) -> str:
    deed = str(given["then"].value) if "then" in given else DEEDS[0]
    if deed not in DEEDS:
        raise UsageError(f"--then: {deed} is not allowed: one of {', '.join(DEEDS)}")
    return deed
