from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from app.safety.pulse import BEAT_S, Pulse, PulseWriter, pulse_path, read_pulse
from exchange_clients.base_models import NS
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual

BEGIN_NS = 1_700_000_000 * NS
CALM = Pulse(pid=7, at_ns=0, risk="normal", flattening=False)


class Bot:
    """A bot that beats, and what its pulse is read as."""

    def __init__(self, folder: Path, loop: VirtualLoop) -> None:
        self.journal = folder / "run.journal"
        self.path = pulse_path(self.journal)
        self.pulse = CALM
        self._clock = VirtualClock(loop)
        self.writer = PulseWriter(self.journal, self._look, self._clock)

    async def open(self) -> Pulse | None:
        """Begin, and read the first pulse half a beat later."""
        self.writer.open()
        return await self.beats(0.5)

    async def beats(self, count: float) -> Pulse | None:
        """Wait for so many beats and read the pulse."""
        await self._clock.sleep(count * BEAT_S)
        return read_pulse(self.journal)

    def _look(self) -> Pulse:
        return replace(self.pulse, at_ns=self._clock.now_ns())


def test_a_pulse_that_says_the_same_again_is_the_same_file_with_a_later_time(
    tmp_path: Path,
) -> None:
    async def main(loop: VirtualLoop) -> None:
        bot = Bot(tmp_path, loop)
        assert await bot.open() == replace(CALM, at_ns=BEGIN_NS)
        file = bot.path.stat().st_ino
        assert await bot.beats(3) == replace(CALM, at_ns=BEGIN_NS + 3 * NS)
        assert bot.path.stat().st_ino == file
        bot.pulse = replace(CALM, risk="halted", flattening=True)
        assert await bot.beats(1) == replace(bot.pulse, at_ns=BEGIN_NS + 4 * NS)
        await bot.writer.close()
        ended = read_pulse(bot.journal)
        assert ended == replace(bot.pulse, at_ns=BEGIN_NS + 9 * NS // 2, ended=True)

    run_virtual(main, epoch_ns=BEGIN_NS)


def test_a_pulse_that_was_taken_away_is_written_anew(tmp_path: Path) -> None:
    async def main(loop: VirtualLoop) -> None:
        bot = Bot(tmp_path, loop)
        await bot.open()
        bot.path.unlink()
        assert await bot.beats(1) == replace(CALM, at_ns=BEGIN_NS + NS)
        await bot.writer.close()

    run_virtual(main, epoch_ns=BEGIN_NS)


def test_a_pulse_that_cannot_be_written_is_told_once_and_tried_each_second(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main(loop: VirtualLoop) -> None:
        bot = Bot(tmp_path / "later", loop)
        assert await bot.open() is None
        assert await bot.beats(1) is None
        (tmp_path / "later").mkdir()
        assert await bot.beats(1) == replace(CALM, at_ns=BEGIN_NS + 2 * NS)
        await bot.writer.close()

    run_virtual(main, epoch_ns=BEGIN_NS)
    assert caplog.text.count("event=pulse_not_written") == 1
