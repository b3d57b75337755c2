"""Lies about what lasts, about rates, requests and the process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from decimal import Decimal
from unittest.mock import patch

import msgspec

from exchange_clients.base_models import NS, Market
from exchange_clients.shared.client.venue_client import VenueClient
from strategies.implementations.funding_arbitrage.exits import ExitReason
from strategies.implementations.funding_arbitrage.state import ExitTrigger, PairStatus
from tests.simulation.lies import GRIDS, PAIRS, Lie, told
from tests.simulation.whole import watching
from tests.simulation.whole.going_on import pause_s
from tests.simulation.whole.rates import RateTruth
from tests.simulation.whole.scenario import Command
from tests.simulation.whole.truth import MarketBook
from tests.simulation.whole.venues import WorldVenue
from tests.support.venue_verdicts import THROTTLED_MAX
from venue_simulators.request_log import ANSWERED, Logged

D = Decimal
SECRET = "a secret of nobody"

# What lasts ---------------------------------------------------------------------------------------


@told("I23", PAIRS)
def _(lie: Lie) -> None:
    with patch.object(lie.held, "since_ns", 0):
        lie.last("I23")


@told("I6 voided")
def _(lie: Lie) -> None:
    with patch.object(lie.held, "voided", 1):
        lie.last("I6", for_s=26.0)


@told("I24", GRIDS)
def _(lie: Lie) -> None:
    with patch.object(lie.held, "open", {}):
        lie.last("I24", for_s=4.0)


@told("I33")
def _(lie: Lie) -> None:
    with patch.object(lie.session.bot.gate, "known", False):
        lie.last("I33", for_s=31.0)


@told("I36")
def _(lie: Lie) -> None:
    with _halted(lie):
        lie.last("I36", for_s=31.0)


@told("I36 end")
def _(lie: Lie) -> None:
    lie.run.halted = True
    lie.end()
    lie.run.halted = False
    del lie.run.truth.breaches[1:]  # one for each leg


@contextmanager
def _halted(lie: Lie) -> Iterator[None]:
    with patch.object(type(lie.session.risk), "halted", True):
        yield


@told("I39 pair", PAIRS)
def _(lie: Lie) -> None:
    with patch.object(lie.pair, "status", PairStatus.CLOSING):
        lie.last("is closing", for_s=61.0)


@told("I39 stream")
def _(lie: Lie) -> None:
    with patch.object(type(lie.client.stream), "is_connected", False):
        lie.last(f"{lie.venue.name} is not connected", for_s=61.0)


@told("I39 entries")
def _(lie: Lie) -> None:
    with patch.object(lie.session.bot.gate, "reason", "doctored"):
        lie.last("entries are off", for_s=61.0)


@told("I39 nothing traded", GRIDS)
def _(lie: Lie) -> None:
    lie.last("the grid has not traded", for_s=241.0)


def _apart(truth: RateTruth, venue: WorldVenue, market: Market) -> Decimal:
    """Let rates of any two venues differ."""
    del truth, market
    return D(sum(venue.name.encode()))


@told("I39 no pair", PAIRS)
def _(lie: Lie) -> None:
    with patch.object(MarketBook, "held", D(0)), patch.object(RateTruth, "rate_8h", _apart):
        lie.last("no pair was opened", for_s=1 + pause_s(lie.run.scenario.settings))


@told("I27", PAIRS)
def _(lie: Lie) -> None:
    trigger = ExitTrigger(ExitReason.LEG_GONE, lie.run.now_ns())
    with patch.object(lie.pair, "trigger", trigger), patch.dict(lie.run.reasons):
        watching._look_closely(lie.run, lie.session)


# Rates --------------------------------------------------------------------------------------------


@told("I29 rate", PAIRS)
def _(lie: Lie) -> None:
    _serve(lie, rate="0.5")


@told("I29 old", PAIRS)
def _(lie: Lie) -> None:
    _serve(lie, stale=True)


@told("I29 age", PAIRS)
def _(lie: Lie) -> None:
    _serve(lie, age_s=17.0)


@told("I29 paid", PAIRS)
def _(lie: Lie) -> None:
    _serve(lie, next_funding_time="2020-01-01T00:00:00Z")


def _serve(lie: Lie, **changes: object) -> None:
    """Let the service tell the last answer once more, with one row of it changed."""
    rates = lie.run.rates
    assert rates is not None, "pairs live on rates"
    page = msgspec.json.decode(SERVED[-1])
    page["rates"] = [{**page["rates"][0], **changes}]
    with patch.object(rates, "_now_ns", lambda: rates_ns(page["as_of"])):
        rates.on_answer(msgspec.json.encode(page))


SERVED: list[bytes] = []
"""What the service answered."""


def rates_ns(instant: str) -> int:
    """Return an instant as the judge of rates has it."""
    return round(datetime.fromisoformat(instant).timestamp() * NS)


# Requests, the process and its words --------------------------------------------------------------


@told("I30")
def _(lie: Lie) -> None:
    with patch.object(lie.venue.evidence, "refused_numbers_ns", [lie.run.now_ns()]):
        lie.end()


@told("I31 turn", PAIRS)
def _(lie: Lie) -> None:
    intent = lie.opened(lie.pair.long)
    client = lie.session.clients[intent.venue]
    assert isinstance(client, VenueClient), "the venues are reached over a network"
    info = client._manager._tracker.get(intent.client_order_id)
    assert info is not None
    with (
        patch.object(client._manager._tracker, "open_orders", lambda: [info]),
        patch.object(lie.run.venues[intent.venue].evidence, "arrived", {}),
    ):
        lie.last("waits for its turn", for_s=3.0)


@told("I31")
def _(lie: Lie) -> None:
    log = lie.venue.venue.log
    before = len(log)
    for _ in range(1 + THROTTLED_MAX):
        log.keep(Logged(lie.run.now_ns(), "rest", "GET", "/", "", b"", ANSWERED, 429))
    lie.end()
    while len(log) > before:
        log._entries.pop()


@told("I32")
def _(lie: Lie) -> None:
    with patch.dict(lie.run.times.refused_s, {lie.venue.name: [lie.run.now_s]}):
        lie.end()


@told("I33 entry", GRIDS)
def _(lie: Lie) -> None:
    with patch.object(lie.session.bot.gate, "known", False):
        lie.intend(lie.entry)


@told("I35 entry", GRIDS)
def _(lie: Lie) -> None:
    with patch.object(lie.run, "stopped_ns", lie.run.now_ns()):
        lie.intend(lie.entry)


@told("I36 entry", GRIDS)
def _(lie: Lie) -> None:
    with _halted(lie):
        lie.intend(lie.entry)


@told("I35")
def _(lie: Lie) -> None:
    with patch.object(lie.run, "stopped_ns", lie.run.now_ns() - 31 * NS):
        lie.end()


@told("I37 memory")
async def _(lie: Lie) -> None:
    with patch.object(lie.session, "companions", [None] * 1001):
        await lie.ask()


@told("I37 tasks")
async def _(lie: Lie) -> None:
    idle = [asyncio.create_task(asyncio.sleep(5)) for _ in range(200)]
    await lie.ask()
    for each in idle:
        each.cancel()


@told("I38")
def _(lie: Lie) -> None:
    lie.run.on_line(logging.ERROR, "event=never_heard_of")


@told("I40 dry")
def _(lie: Lie) -> None:
    dry = msgspec.structs.replace(lie.run.scenario, dry=True)
    with patch.object(lie.run, "scenario", dry):
        lie.intend(lie.entry)


@told("I40 log")
def _(lie: Lie) -> None:
    with patch.object(lie.run, "secrets", [SECRET]):
        lie.run.on_line(logging.WARNING, f"event=retry key={SECRET}")


@told("I36 closed by a person")
def _(lie: Lie) -> None:
    with _closed(lie, lie.run.now_s):
        lie.last("a person has closed it")


@told("I36 paused by a person")
def _(lie: Lie) -> None:
    with ExitStack() as flat:  # what evens a pair out waits for nobody
        for book in lie.run.truth.books.values():
            flat.enter_context(patch.object(book, "net", Decimal(0)))
        flat.enter_context(_closed(lie, 0.0))
        lie.intend(lie.entry)


@contextmanager
def _closed(lie: Lie, given_s: float) -> Iterator[None]:
    """Let a person have closed what is held at an instant of the run."""
    command = Command(given_s, lie.run.truth.symbols[0], 600.0)
    with patch.multiple(lie.run.commands, standing=command, _given_s=given_s):
        yield
