"""Bots on sockets lose nothing behind a network that misbehaves, and the soak's judge would see it.

Half an hour of it, at every venue: `python -m tests.survival.soak --minutes 30`.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from database.journal import SqliteJournal
from tests.support.soak_run import SoakPlan, soak
from tests.support.soak_verdicts import Sample, growing
from tests.support.toxic_proxy import HOST, ToxicProxy, Toxics


def samples(rss_mib: Sequence[float], fds: Sequence[int]) -> list[Sample]:
    """Return samples of a life, ten seconds apart."""
    rows = enumerate(zip(rss_mib, fds, strict=True))
    return [Sample(10.0 * number, rss, open_fds, 6, 15) for number, (rss, open_fds) in rows]


@pytest.mark.slow
def test_bots_behind_a_misbehaving_network_lose_nothing_over_a_death(tmp_path: Path) -> None:
    # A graceful stop waits until the venue's lists show all that has traded, which takes a while.
    grids, ends = ("backpack", "lighter"), [signal.SIGKILL]
    plan = SoakPlan(1, trouble_s=5.0, quiet_s=0.0, grids=grids, pause_s=2.0, ends=ends)
    soaked = asyncio.run(soak(plan, tmp_path))
    assert list(soaked.breaches()) == []
    restarted, steady = soaked.bots
    assert restarted.counts["SIGKILL"] == 1, "amid the trouble"
    assert len(restarted.lives) > len(steady.lives) == 1
    for bot in soaked.bots:
        assert all(venue.poured for venue in bot.venues)
    with closing(SqliteJournal(tmp_path / "blank.db")) as blank:
        found = "\n".join(restarted.venues[0].unlike(blank))
    for rule in ("I2: ", "is missing", "I19: "):
        assert rule in found, "books that are not these orders' are seen to differ"


def test_what_warms_up_and_then_stays_is_not_growth() -> None:
    rss = [90.0 + min(each, 12) for each in range(60)]
    fds = [30 + each % 3 for each in range(60)]
    fds[40] = 60  # a burst of connections that are gone ten seconds later
    assert list(growing(samples(rss, fds))) == []
    few = [30 + each // 12 for each in range(36)]
    assert list(growing(samples(rss[:36], few))) == [], "two connections more, in six minutes"


def test_a_connection_or_a_buffer_that_leaks_is_growth() -> None:
    rss = [90.0 + each / 5 for each in range(60)]
    fds = [30 + each // 6 for each in range(60)]
    found = list(growing(samples(rss, fds)))
    assert found == [
        "rss_mib grew by 1.20 a minute, more than 1",
        "fds grew by 1.00 a minute, more than 0.25",
    ]


def test_a_life_too_short_for_a_slope_has_its_bounds_all_the_same() -> None:
    assert list(growing(samples([90.0, 99.0], [30, 40]))) == []
    assert list(growing(samples([90.0, 99.0], [30, 400]))) == ["fds came to 400, more than 80"]


@pytest.mark.parametrize(
    ("toxics", "arrives"),
    [
        (Toxics(), 1000),
        (Toxics(jitter_s=0.01), 1000),
        (Toxics(slice_bytes=300, slice_pause_s=0.01), 1000),
        (Toxics(cut_after_bytes=700), 700),
        (Toxics(refuses=True), 0),
    ],
)
def test_a_proxy_passes_as_much_as_its_toxics_allow(toxics: Toxics, arrives: int) -> None:
    assert asyncio.run(_passed(toxics, 1000)) == arrives


async def _passed(toxics: Toxics, size: int) -> int:
    """Send some bytes through a proxy and return how many came."""
    came = bytearray()
    over = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(4096):
                came.extend(chunk)
        except ConnectionResetError:
            pass
        finally:
            writer.close()
            over.set()

    server = await asyncio.start_server(take, HOST, 0)
    async with server, ToxicProxy(server.sockets[0].getsockname()[1]) as proxy:
        proxy.toxics = toxics
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        writer.write(bytes(size))
        writer.write_eof()
        if toxics.refuses:
            with pytest.raises(ConnectionResetError):
                await reader.read()
        else:
            await over.wait()
        writer.close()
    return len(came)
