"""The screen of bots shows what the control API tells, and its keys do what they say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.arguments import parse_arguments
from app.control.invitation import Invitation, write
from app.errors import UsageError
from app.watch.bots import Bots, Seen
from app.watch.tables import bots_table, tables
from exchange_clients.shared.flow import Response
from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.transport.ports import NotSent, Timeouts
from tests.support.arbitrage_run import VenueScript, run_arbitrage
from tests.support.control_stage import Visitor, visited
from tests.support.grid_run import dips, run_grid

pytest.importorskip("textual", reason="the extra watch is not installed")

from textual.pilot import Pilot
from textual.widgets import DataTable, Label

from app.watch.screen import WatchApp
from app.watch_command import watch

GRID, PAIRS, GONE = "http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3"
TOKEN = "the-token-of-the-user"


def overview(folder: Path, run: Callable[[Callable[[Any], None]], object]) -> dict[str, Any]:
    """Return what a run's API tells of it after half a minute."""
    told: list[dict[str, Any]] = []

    async def script(visitor: Visitor) -> None:
        await visitor.session.clock.sleep(35)
        told.append(await visitor.get("overview"))

    run(visited(script))
    return told[0]


@pytest.fixture(scope="module")
def overviews(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Two bots as they tell of themselves: a grid that holds something, and a pair."""
    folder = tmp_path_factory.mktemp("bots")
    low, high = (VenueScript({"ETH": [(0, rate)]}) for rate in ("-0.0000625", "0.0000625"))
    return {
        GRID: overview(
            folder,
            lambda prepare: run_grid(
                folder / "grid", dips(0, 60, 1999.9), prepare=prepare, quantity="0.1",
                take_profit="5", keys={"risk.read_seconds": 1},
            ),
        ),
        PAIRS: overview(
            folder,
            lambda prepare: run_arbitrage(folder / "pairs", low, high, seconds=60, prepare=prepare),
        ),
    }  # fmt: skip


class Answering:
    """A transport to bots that tell what they told once, and keep what they are asked."""

    def __init__(self, overviews: Mapping[str, dict[str, Any]]) -> None:
        self.overviews = overviews
        self.commands: list[tuple[str, str, bytes]] = []

    async def send(
        self, base_url: str, request: WireRequest, timeouts: Timeouts, *, urgent: bool = False
    ) -> Response:
        if base_url not in self.overviews:
            raise NotSent("refused")
        if request.headers["Authorization"] != f"Bearer {TOKEN}":
            return Response(401, b'{"error": "a token is needed"}')
        if request.method == "GET":
            return Response(200, json.dumps(self.overviews[base_url]).encode())
        command = request.path.rpartition("/")[2]
        self.commands.append((base_url, command, request.body))
        return Response(200, json.dumps({"done": True, "text": f"{command} is done"}).encode())

    async def close(self) -> None:
        """Hold nothing."""


def on_screen(
    transport: Answering, deeds: Callable[[WatchApp, Pilot[None]], Awaitable[None]]
) -> None:
    """Show three bots, one of which does not answer, and use the screen."""

    async def main() -> None:
        app = WatchApp(Bots(transport, [GRID, PAIRS, GONE], TOKEN, []))
        async with app.run_test(size=(150, 40)) as pilot:
            await pilot.pause()
            await deeds(app, pilot)

    asyncio.run(main())


def cells(app: WatchApp, table: str) -> list[str]:
    """Return a table's rows, each as one line."""
    widget = app.query_one(f"#{table}", DataTable)
    return [
        " | ".join(str(cell) for cell in widget.get_row_at(at)) for at in range(widget.row_count)
    ]


def test_all_bots_are_shown_with_what_they_hold(overviews: dict[str, dict[str, Any]]) -> None:
    seen: dict[str, list[str]] = {}

    async def deeds(app: WatchApp, pilot: Pilot[None]) -> None:
        for key, title in enumerate(("Positions", "Orders", "Funding", "Health"), start=1):
            await pilot.press(str(key))
            seen[title] = cells(app, f"table-{title}")
        seen["bots"] = cells(app, "bots")

    on_screen(Answering(overviews), deeds)
    grid, pairs, gone = seen["bots"]
    assert grid.startswith("grid BTC on paper | ")
    assert " | yes | active | " in grid
    assert "funding_arbitrage ETH on paper:one,paper:two | 1 open | yes" in pairs
    assert gone.startswith(f"{GONE} | ! away | ")
    assert [line.split(" | ")[1:4] for line in seen["Positions"]][-2:] == [
        ["paper:one", "ETH", "0.15"],
        ["paper:two", "ETH", "-0.15"],
    ]
    assert any("| sell | 0.1 | 2,09" in line for line in seen["Orders"])
    assert any("ETH paper:one / paper:two | open" in line for line in seen["Funding"])
    assert any("paper:two | up | " in line for line in seen["Health"])
    assert any(line.endswith("127.0.0.1:3 does not answer") for line in seen["Health"])


def test_keys_command_the_bot_that_is_chosen_and_flatten_wants_its_word(
    overviews: dict[str, dict[str, Any]],
) -> None:
    transport = Answering(overviews)
    said: list[str] = []

    async def deeds(app: WatchApp, pilot: Pilot[None]) -> None:
        await pilot.press("p", "down", "r", "c", *"eth", "enter")
        await pilot.press("f", *"flat", "enter")
        await app.workers.wait_for_complete()
        said.append(str(app.query_one("#said", Label).content))
        await pilot.press("f", *"flatten", "enter", "c", "escape", "a")
        await app.workers.wait_for_complete()
        await pilot.pause()
        said.append(str(app.query_one("#said", Label).content))
        said.append(app.sub_title)
        said.extend(cells(app, "table-Positions"))

    on_screen(transport, deeds)
    assert transport.commands == [
        (GRID, "pause", b"{}"),
        (PAIRS, "resume", b"{}"),
        (PAIRS, "close", b'{"symbol":"eth"}'),
        (PAIRS, "flatten", b"{}"),
    ]
    name = "funding_arbitrage ETH on paper:one,paper:two"
    assert said[1] == f"{name}: flatten is done"
    assert said[2] == name
    assert {line.split(" | ")[0] for line in said[3:]} == {"funding_arbitrage ETH on p.."}


def test_bots_are_found_by_their_invitations_and_asked_with_their_own_token(tmp_path: Path) -> None:
    write(tmp_path / "a.control.json", Invitation(GRID, "grid", 1, "its own token"))
    write(tmp_path / "b.control.json", Invitation(PAIRS, "pairs", 2))
    (tmp_path / "c.control.json").write_text("{")
    bots = Bots(Answering({}), [PAIRS + "/"], TOKEN, [tmp_path, tmp_path / "nowhere"])
    assert [(each.url, each.token) for each in bots.addresses()] == [
        (PAIRS, TOKEN),
        (GRID, "its own token"),
    ]
    assert "token" not in repr(bots.addresses()[0]).replace("Token", "")
    (tmp_path / "a.control.json").unlink()
    assert [each.title for each in bots.addresses()] == ["pairs"]


def test_what_needs_a_look_is_marked_in_words(overviews: dict[str, dict[str, Any]]) -> None:
    told = json.loads(json.dumps(overviews[GRID]))
    told["status"] |= {
        "paused_by": "ann",
        "stopping": "told to",
        "alerts": {"BTC": "not what we have [in] our books"},
        "risk": {"state": "halted", "action": "x", "reason": "15 % lost", "denials": {}},
    }
    told["venues"][0] |= {"connected": False, "book_age_s": 31.0, "private_age_s": None}
    address = Bots(Answering({}), [GRID], TOKEN, []).addresses()[0]
    seen = Seen(address, told)
    (row,) = bots_table([seen]).rows
    assert row[1:4] == ("! ending", "! paused by ann", "! halted")
    health = tables([seen])[3].rows
    assert health[0][2:5] == ("! down", "! 31.0 s", "! never")
    assert [each[-1] for each in health[1:]] == [
        "! BTC: not what we have [in] our books",
        "! risk: 15 % lost",
        "! ending: told to",
    ]
    assert [each.empty for each in tables([]) if not each.rows][:2] == [
        "nothing is held",
        "no order is open",
    ]


def test_an_address_that_is_none_is_refused() -> None:
    given = parse_arguments(["watch", "--bots", "localhost:8210"]).given
    with pytest.raises(UsageError, match="such as http://host:8210"):
        watch(given, {})
