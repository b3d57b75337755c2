"""Bots as users run them: in processes that are kept alive, ended and looked at from outside."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from app.control.invitation import found_in
from app.watch.bots import LOOK, Address, Bots, Seen
from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.transport.ports import AnswerLost, HttpTransport, NotSent
from tests.support.bot_process import command, environment
from tests.support.soak_venues import FrontedVenue
from tests.support.soak_verdicts import Sample
from tests.support.wire_orders import ACCOUNT

RESTART_S = 1.0
"""How long after its end a process is started again."""
STOP_S = 30.0
"""Ten seconds for cancellations, ten for the venues' last books, and what has traded is undone."""
BEGIN_S = 120.0
"""How long a process may take to be able to trade while nothing is wrong."""
STOPPED = 130
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
MIB = 1 << 20


@dataclass(slots=True)
class BotLife:
    """One process of a bot."""

    process: asyncio.subprocess.Process
    born_s: float
    began: bool = False
    """Whether it was seen to be ready to trade."""
    sent: signal.Signals | None = None
    """By what it was ended from outside."""
    samples: list[Sample] = field(default_factory=list)


class SoakBot:
    """A bot that is started again whenever it ends, until it is over.

    Args:
        folder: Where it runs and keeps everything.
        config: As its file says.
        venues: Where it trades.
        transport: Asks it.
        restless: Whether it is ended now and then.
    """

    def __init__(
        self,
        folder: Path,
        config: Mapping[str, object],
        venues: Sequence[FrontedVenue],
        transport: HttpTransport,
        *,
        restless: bool,
    ) -> None:
        self.name = folder.name
        self.venues = venues
        self.restless = restless
        self.lives: list[BotLife] = []
        self.counts: Counter[str] = Counter()
        self.found: list[str] = []
        """What ought not to have been."""
        self.agreed_s: float | None = None
        """How long after the last trouble it and its venues agreed."""
        self.unlike: list[str] = []
        """What did not agree when it was last looked at."""
        self.healed_s: float | None = None
        """When the last trouble ended (epoch s)."""
        self.over = False
        self._folder = folder
        self._transport = transport
        self._bots = Bots(transport, (), "", [folder / "state"])
        folder.mkdir()
        (folder / "config.yml").write_bytes(msgspec.json.encode(config))

    @property
    def life(self) -> BotLife:
        """The present process, or the last."""
        return self.lives[-1]

    @property
    def longest(self) -> BotLife:
        """The life of which most is known."""
        return max(self.lives, key=lambda each: len(each.samples))

    @property
    def fills(self) -> int:
        """How much was traded, by its venues' books."""
        return sum(len(each.world.fills(ACCOUNT)) for each in self.venues)

    # Living ---------------------------------------------------------------------------------------

    async def live(self) -> None:
        """Start a process whenever there is none, until all is over."""
        while not self.over:
            await self._start()
            code = await self.life.process.wait()
            self._judge_end(code)
            if not self.over:
                await asyncio.sleep(RESTART_S)

    async def _start(self) -> None:
        variables = environment()
        for venue in self.venues:
            variables |= venue.variables
        number = len(self.lives)
        words = ["--config", "config.yml", "--report", "report.json", "--log-json"]
        words += ["--log-file", f"life{number}.log"]
        with (
            (self._folder / f"life{number}.out").open("wb") as out,
            (self._folder / f"life{number}.err").open("wb") as errors,
        ):
            process = await asyncio.create_subprocess_exec(
                *command(*words), cwd=self._folder, env=variables,
                stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=errors,
            )  # fmt: skip
        self.lives.append(BotLife(process, time.time()))

    async def ready(self, within_s: float = BEGIN_S) -> bool:
        """Wait until the present process can trade; return whether it came to that."""
        until_s = time.monotonic() + within_s
        while time.monotonic() < until_s:
            if self.lives and self.life.process.returncode is None:
                await self.look()
                if self.life.began:
                    return True
            await asyncio.sleep(0.3)
        return False

    async def end(self, number: signal.Signals) -> None:
        """End the present process, and wait for it."""
        life = self.life
        if life.process.returncode is not None:
            return
        life.sent = number
        self.counts[number.name] += 1
        life.process.send_signal(number)
        try:
            async with asyncio.timeout(STOP_S):
                await life.process.wait()
        except TimeoutError:
            self.found.append(f"I35: {number.name} did not end it within {STOP_S:g} s")
            self.kill()
            await life.process.wait()

    def kill(self) -> None:
        """End the present process at once, whatever it does."""
        if self.lives and self.life.process.returncode is None:
            self.life.sent = signal.SIGKILL
            self.life.process.kill()

    def _judge_end(self, code: int) -> None:
        life, number = self.life, len(self.lives) - 1
        said = (self._folder / f"life{number}.err").read_text("utf-8", "replace")
        for word in ("Traceback", "internal error", "Exception ignored", "never retrieved"):
            if word in said:
                self.found.append(f"I38: process {number} wrote {word}: {said[-800:]}")
        if life.sent is signal.SIGKILL:
            return
        if life.sent is signal.SIGTERM and (code == STOPPED or not life.began):
            return
        quiet = self.healed_s is not None and life.born_s > self.healed_s
        if life.began or quiet or code != 1:
            self.found.append(f"I38: process {number} ended by itself with {code}: {said[-800:]}")
        self.counts["not started"] += 1

    # Looking --------------------------------------------------------------------------------------

    async def look(self) -> Seen:
        """Ask the present process what it does."""
        address = self._address()
        if address is None:
            return Seen(Address("", ""), trouble="it has no invitation")
        seen = await self._bots.look(address)
        self.life.began = self.life.began or not disconnected(seen)
        return seen

    def _address(self) -> Address | None:
        pid = self.life.process.pid
        for each in found_in(self._folder / "state"):
            if each.pid == pid:
                return Address(each.url, each.token, each.title)
        return None

    async def sample(self) -> None:
        """Look at the present process from outside."""
        if not self.lives or self.life.process.returncode is not None:
            return
        life = self.life
        tasks = await self._tasks()
        try:
            place = Path(f"/proc/{life.process.pid}")
            pages = int((place / "statm").read_text("ascii").split()[1])
            threads = re.search(r"Threads:\s+(\d+)", (place / "status").read_text("utf-8"))
            fds = len(list((place / "fd").iterdir()))
        except OSError:
            return  # it has ended just now
        if threads is not None:
            at_s, rss_mib = time.time() - life.born_s, pages * PAGE_BYTES / MIB
            life.samples.append(Sample(at_s, rss_mib, fds, int(threads[1]), tasks))

    async def _tasks(self) -> int | None:
        address = self._address()
        if address is None:
            return None
        headers = {"Authorization": f"Bearer {address.token}"}
        try:
            answer = await self._transport.send(
                address.url, WireRequest("GET", "/metrics", headers, b""), LOOK
            )
        except (NotSent, AnswerLost):
            return None
        told = re.search(rb"^perp_bot_tasks (\d+)", answer.body, re.MULTILINE)
        return None if told is None else int(told[1])

    # What is left ---------------------------------------------------------------------------------

    def logged(self) -> Iterator[dict[str, Any]]:
        """Yield each line that was logged, over all lives."""
        for path in sorted(self._folder.glob("life*.log")):
            for line in path.read_bytes().splitlines():
                yield msgspec.json.decode(line, type=dict[str, Any])

    def journals(self) -> Iterator[Path]:
        """Yield the journals of its runs; there should be one."""
        yield from (self._folder / "state").glob("*-main.db")

    def report(self) -> Mapping[str, Any]:
        """Return what the last process that was stopped has reported."""
        path = self._folder / "report.json"
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])


def disconnected(seen: Seen) -> list[str]:
    """Return why a bot cannot trade, as it says; nothing where it can."""
    if seen.trouble:
        return [seen.trouble]
    found = [f"{each['venue']} is away" for each in seen.told["venues"] if not each["connected"]]
    if not seen.status["entries"]:
        found.append(f"entries are off: {seen.status['state']} {seen.status['entries_stopped']}")
    found += [f"{key}: {value}" for key, value in seen.status["alerts"].items()]
    return found
