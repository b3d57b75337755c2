"""Commands by Telegram: from chats that are named alone, and those that trade are confirmed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from app.control.operator import Operator
from app.control.telegram import TelegramCommands
from app.session import Session
from exchange_clients.base_models import Fill, OrderInfo, Purpose
from exchange_clients.shared.tasks import TaskScope
from helpers.telegram_bot import TelegramBot
from tests.support.grid_run import GridRun, dips, run_grid
from tests.support.telegram_api import SILENCE, TOKEN, URL, TelegramApi

CHAT, STRANGER = 42, 666
NOW_S = 10**11
"""When a message is written: later than any run begins."""

Write = Callable[[str], Awaitable[str]]
"""Writes a message and returns the answer."""


class Person:
    """A companion of a run who writes what a script says."""

    def __init__(
        self, session: Session, api: TelegramApi, script: Callable[[Write], Awaitable[None]]
    ) -> None:
        self.operator = Operator(session, lambda notice: None)
        bot = TelegramBot(TOKEN, api.transport(session.clock), URL)
        self.commands = TelegramCommands(session, self.operator, bot, [CHAT])
        self._clock = session.clock
        self._api = api
        self._script = script
        self._tasks = TaskScope()

    async def open(self) -> None:
        self.commands.open()

    def on_start(self) -> None:
        self._tasks.start(self._visit(), "person")

    async def _visit(self) -> None:
        await self._clock.sleep(60)
        await self._script(self._write)

    async def _write(self, text: str) -> str:
        before = len(self._api.messages)
        self._api.write(CHAT, text, date=NOW_S)
        await self._clock.sleep(10)
        return "\n".join(text for _, text in self._api.messages[before:])

    def on_order(self, venue: str, purpose: Purpose, info: OrderInfo) -> None:
        """Look at nothing."""

    def on_fill(self, venue: str, fill: Fill) -> None:
        """Look at nothing."""

    async def close(self) -> None:
        await self._tasks.close()
        await self.commands.close()
        await self.operator.end()


def run(folder: Path, api: TelegramApi, script: Callable[[Write], Awaitable[None]]) -> GridRun:
    return run_grid(
        folder,
        dips(0, 200, 1999.9),
        prepare=lambda session: session.companions.append(Person(session, api, script)),
        quantity="0.1",
        take_profit="5",
        max_orders="90",
    )


def test_what_is_asked_is_answered_in_words(tmp_path: Path) -> None:
    told: dict[str, str] = {}

    async def script(write: Write) -> None:
        for word in ("/status", "/positions", "/orders", "/balances", "/help", "hello"):
            told[word] = await write(word)
        told["/pause"] = await write("/pause@our_bot")
        told["/resume"] = await write("/resume")

    run(tmp_path, TelegramApi([500, SILENCE]), script)
    assert told["/status"].startswith("grid BTC on paper: ")
    assert "risk active\nunhedged " in told["/status"]
    assert "paper BTC " in told["/positions"]
    assert "buy 0.1 at 1,99" in told["/orders"] or "sell 0.1 at 2,09" in told["/orders"]
    assert told["/balances"].startswith("paper 9,9") or told["/balances"].startswith("paper 10,0")
    assert told["/help"] == told["hello"]
    assert "/flatten  close everything" in told["/help"]
    assert told["/pause"].startswith("entries are paused")
    assert told["/resume"] == "entries may be sent again"


def test_what_trades_waits_for_its_word(tmp_path: Path) -> None:
    told: list[str] = []

    async def script(write: Write) -> None:
        told.append(await write("/close"))
        told.append(await write("/close btc"))
        told.append(await write("/yes 1111"))
        code = told[-1].rpartition(" ")[2]
        told.append(await write(f"/yes {code}"))
        told.append(await write(f"/yes {code}"))

    done = run(tmp_path, TelegramApi(), script)
    which, asked, wrong, doing, again = told
    assert which == "which one? /close BTC"
    assert asked.startswith("To close BTC on every venue, and pause entries, write /yes ")
    assert wrong.startswith("to close BTC on every venue, and pause entries, the word is /yes ")
    assert doing.startswith("doing it: close BTC on every venue, and pause entries")
    assert "BTC is closed; entries stay paused until resume\npaper: nothing left" in doing
    assert again == "nothing waits to be confirmed"
    assert done.position == 0


def test_a_word_that_comes_too_late_does_nothing(tmp_path: Path) -> None:
    told: list[str] = []

    async def script(write: Write) -> None:
        code = (await write("/flatten")).split("/yes ")[1].split()[0]
        for _ in range(6):
            await write("/status")
        told.append(await write(f"/yes {code}"))

    done = run(tmp_path, TelegramApi(), script)
    assert told == ["nothing waits to be confirmed"]
    assert not done.session.risk.flattening


def test_strangers_and_messages_of_before_the_start_are_not_listened_to(tmp_path: Path) -> None:
    api = TelegramApi()
    api.write(CHAT, "/pause", date=1)

    async def script(write: Write) -> None:
        api.write(STRANGER, "/pause", date=NOW_S)
        await write("/status")

    done = run(tmp_path, api, script)
    assert done.session.risk.pause.by == ""
    assert [chat for chat, _ in api.messages] == [CHAT]
