"""A handshake that asks for what the venue does not offer is made anew for something else."""

from __future__ import annotations

from exchange_clients.errors import ExchangeError
from exchange_clients.shared.transport.ports import HandshakeNotTaken
from exchange_clients.shared.virtual_time import VirtualClock
from tests.exchange_clients.shared.websocket.stream_stage import play, stage, venue

NO = HandshakeNotTaken("400")


def asked(*refusals: Exception, versions: tuple[str, ...] = ("?v=2", "?v=1", "?v=3")) -> list[str]:
    """Return which versions were asked for until the book stood, after such refusals."""
    told: list[str] = []

    async def scenario(clock: VirtualClock) -> None:
        scene = stage(clock)
        scene.words.versions = versions
        scene.sockets.on_sent = venue
        scene.sockets.refusals = list(refusals)
        await scene.manager.connect()
        assert await scene.prepare(timeout=60.0)
        told.extend(url.removeprefix("ws://venue") for url in scene.sockets.asked)
        await scene.manager.disconnect()

    play(scenario)
    return told


def test_the_first_version_is_asked_for_where_it_is_offered() -> None:
    assert asked() == ["?v=2"]


def test_a_version_that_is_not_offered_is_followed_by_the_next() -> None:
    assert asked(NO, NO) == ["?v=2", "?v=1", "?v=3"]


def test_after_the_last_comes_the_first_again() -> None:
    assert asked(NO, NO, NO) == ["?v=2", "?v=1", "?v=3", "?v=2"]


def test_any_other_failure_says_nothing_of_versions() -> None:
    assert asked(ExchangeError("503"), ExchangeError("cut")) == ["?v=2"] * 3


def test_a_venue_with_one_version_is_asked_for_it_again() -> None:
    assert asked(NO, versions=("",)) == ["", ""]
