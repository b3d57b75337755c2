"""What repeats a run exactly: silent decisions, one order of waiting, no order out of a set."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from tests.architecture.detectors import (
    Findings,
    calls_of,
    imports_of,
    iterations_over_sets,
    uses_of,
    words_in_literals,
)
from tests.architecture.source_tree import ROOT, Source, lines_of, sources

LOUD = (
    "asyncio",
    "aiohttp",
    "websockets",
    "socket",
    "time",
    "random",
    "os",
    "logging",
    "threading",
    "subprocess",
)
"""What only a deed imports."""

PAPER_DEEDS = (
    "exchange_clients/paper/client.py",
    "exchange_clients/paper/gateway.py",
    "exchange_clients/paper/websocket.py",
)
"""Everything else of the paper venue is silent."""

SIMULATOR_DEEDS = tuple(f"venue_simulators/{name}.py" for name in ("__main__", "apart", "server"))
"""A simulator is told what time it is and what has arrived; these two are where it comes from."""

SILENT = (
    "exchange_clients/paper/",
    "exchange_clients/base_models.py",
    "exchange_clients/depth.py",
    "exchange_clients/errors.py",
    "exchange_clients/events.py",
    "exchange_clients/journal.py",
    "exchange_clients/rounding.py",
    "exchange_clients/words.py",
    "exchange_clients/shared/flow.py",
    "exchange_clients/shared/client/order_tracker.py",
    "exchange_clients/shared/websocket/book_feed.py",
    "exchange_clients/shared/websocket/book_sync.py",
    "exchange_clients/shared/websocket/feed_age.py",
    "exchange_clients/shared/websocket/message_handler.py",
    "exchange_clients/shared/websocket/order_book.py",
    "exchange_clients/shared/websocket/registry.py",
    "exchange_clients/shared/websocket/subscriptions.py",
    "strategies/implementations/",
    "venue_simulators/",
)

DECISIONS = ("exchange_clients/shared/", "execution/", "strategies/", "trading_bot.py")

UNORDERED_WAITS = (
    "asyncio.wait_for",
    "asyncio.wait",
    "asyncio.as_completed",
    "asyncio.gather",
    "asyncio.TaskGroup",
)
"""Their order differs between Python versions and heap histories."""


def test_silent_modules_import_nothing_that_waits_or_looks_outside() -> None:
    silent = [
        source for source in sources(*SILENT) if not source.within(*PAPER_DEEDS, *SIMULATOR_DEEDS)
    ]
    assert_clean(silent, lambda tree: imports_of(tree, LOUD))


def test_waits_have_one_order_where_decisions_are_made() -> None:
    assert_clean(sources(*DECISIONS), lambda tree: uses_of(tree, UNORDERED_WAITS))


def test_no_decision_takes_an_order_from_a_set() -> None:
    assert_clean(
        sources(*DECISIONS, "exchange_clients/paper/", "venue_simulators/"), iterations_over_sets
    )


def test_money_is_never_a_float_where_orders_are_made() -> None:
    assert_clean(sources("strategies/", "execution/"), lambda tree: calls_of(tree, ["float"]))


def test_no_venue_is_named_where_any_venue_must_do() -> None:
    venues = {
        folder.name
        for folder in (ROOT / "exchange_clients").iterdir()
        if (folder / "__init__.py").exists() and folder.name != "shared"
    }
    assert_clean(
        sources("strategies/", "execution/", "trading_bot.py"),
        lambda tree: words_in_literals(tree, venues),
    )


def assert_clean(where: Iterable[Source], detect: Callable[[ast.AST], Findings]) -> None:
    """Assert that no source holds what ``detect`` finds."""
    found = [
        f"{source.path}:{line} {what}" for source in where for line, what in detect(source.tree)
    ]
    assert not found, lines_of(found)
