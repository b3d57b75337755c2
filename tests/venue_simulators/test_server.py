"""A simulated venue on loopback sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from aiohttp import WSMsgType
from yarl import URL

from tests.support.echo_venue import EchoVenue
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.misbehaviour import Misbehaving
from venue_simulators.server import SimulatorServer

Story = Callable[[SimulatorServer, aiohttp.ClientSession], Awaitable[object]]


def on_sockets(story: Story, plan: FaultPlan | None = None) -> EchoVenue:
    """Let a story happen against a served venue and return that venue."""
    venue = EchoVenue(time.time_ns())

    async def main() -> None:
        async with (
            SimulatorServer(Misbehaving(venue, plan)) as server,
            aiohttp.ClientSession() as session,
        ):
            await asyncio.wait_for(story(server, session), 20)

    asyncio.run(main())
    return venue


def test_every_service_has_a_loopback_port_of_its_own() -> None:
    async def story(server: SimulatorServer, session: aiohttp.ClientSession) -> None:
        del session
        assert server.urls["rest"].startswith("http://127.0.0.1:")
        assert server.urls["ws"].startswith("ws://127.0.0.1:")
        assert len({url.rpartition(":")[2] for url in server.urls.values()}) == 2
        assert server.environment() == {
            "PERP_ECHO_REST_URL": server.urls["rest"],
            "PERP_ECHO_WS_URL": server.urls["ws"],
        }

    on_sockets(story)


def test_the_subprotocol_that_a_handshake_offers_is_echoed() -> None:
    async def story(server: SimulatorServer, session: aiohttp.ClientSession) -> None:
        url = server.urls["ws"]
        async with session.ws_connect(url, protocols=("first", "second")) as socket:
            assert socket.protocol == "first"
        async with session.ws_connect(url) as socket:
            assert socket.protocol is None

    on_sockets(story)


def test_a_request_arrives_as_it_was_sent() -> None:
    async def story(server: SimulatorServer, session: aiohttp.ClientSession) -> None:
        url = server.urls["rest"] + "/api/v1/order?symbol=BTC%2FUSD&b=2"
        headers = {"X-Api-Key": "k"}
        async with session.post(URL(url, encoded=True), data=b'{"a":1}', headers=headers) as answer:
            assert answer.status == 200
            assert answer.headers["content-type"] == "application/json"
            assert answer.headers["x-asked"] == "1"
            assert await answer.json() == {"asked": 1}
        async with session.get(server.urls["rest"] + "/missing") as answer:
            assert answer.status == 404

    (sent, _) = on_sockets(story).requests
    assert (sent.service, sent.method, sent.path) == ("rest", "POST", "/api/v1/order")
    assert sent.query == "symbol=BTC%2FUSD&b=2"
    assert sent.params == {"symbol": "BTC/USD", "b": "2"}
    assert sent.headers["x-api-key"] == "k"
    assert sent.body == b'{"a":1}'


def test_frames_travel_both_ways_and_time_passes_by_itself() -> None:
    async def story(server: SimulatorServer, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(server.urls["ws"] + "/feed") as socket:
            await socket.send_str("hello")
            assert await socket.receive_str() == "hello"
            await socket.send_bytes(b"\x00\x01")
            seen = [await socket.receive() for _ in range(3)]
        assert b"\x00\x01" in [message.data for message in seen]
        assert [message.data[:4] for message in seen if message.type is WSMsgType.TEXT] != []

    venue = on_sockets(story)
    assert venue.frames == ["hello", b"\x00\x01"]
    assert venue.connections == {}


def test_a_venue_that_closes_says_why() -> None:
    async def story(server: SimulatorServer, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(server.urls["ws"] + "/feed") as socket:
            await socket.send_str("bye")
            message = await socket.receive()
            while message.type is WSMsgType.TEXT:
                message = await socket.receive()
            assert (message.type, message.data, message.extra) == (
                WSMsgType.CLOSE,
                4000,
                "as you wish",
            )

    assert on_sockets(story).connections == {}


def test_a_refused_handshake_has_the_venues_status() -> None:
    async def story(server: SimulatorServer, session: aiohttp.ClientSession) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(server.urls["ws"] + "/private")
        assert refused.value.status == 401

    on_sockets(story)


def test_a_lost_reply_breaks_the_connection_after_the_deed() -> None:
    async def story(server: SimulatorServer, session: aiohttp.ClientSession) -> None:
        server.venue.plan.once("rp.reset")
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.post(server.urls["rest"] + "/order")

    assert on_sockets(story).asked == 1


def test_a_late_reply_is_late_and_a_slow_one_is_whole() -> None:
    async def story(server: SimulatorServer, session: aiohttp.ClientSession) -> None:
        for kind in ("rp.delay", "rp.slow"):
            server.venue.plan.once(kind, seconds=0.2)
            begun = time.monotonic()
            async with session.get(server.urls["rest"] + "/book") as answer:
                assert (await answer.json())["asked"] >= 1
            assert time.monotonic() - begun >= 0.19

    on_sockets(story)


def test_a_cut_connection_breaks_without_a_closing_frame() -> None:
    async def story(server: SimulatorServer, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(server.urls["ws"] + "/feed") as socket:
            await socket.send_str("hello")
            assert await socket.receive_str() == "hello"
            server.venue.cut()
            message = await socket.receive()
            while message.type is WSMsgType.TEXT:
                message = await socket.receive()
            assert message.type in (WSMsgType.CLOSED, WSMsgType.ERROR)
            assert socket.close_code == 1006

    assert on_sockets(story).connections == {}


def test_pings_are_answered_unless_everything_is_swallowed() -> None:
    async def story(server: SimulatorServer, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(server.urls["ws"] + "/feed", autoping=False) as socket:
            await socket.ping(b"1")
            message = await socket.receive()
            while message.type is WSMsgType.TEXT:
                message = await socket.receive()
            assert (message.type, message.data) == (WSMsgType.PONG, b"1")
            server.venue.plan.always("ws.blackhole")
            await socket.ping(b"2")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(socket.receive(), 0.3)

    on_sockets(story)


def test_a_stopped_server_ends_connections_and_gives_its_ports_back() -> None:
    async def main() -> None:
        venue = EchoVenue(time.time_ns())
        async with aiohttp.ClientSession() as session:
            async with SimulatorServer(venue) as server:
                urls = server.urls
                socket = await session.ws_connect(urls["ws"] + "/feed")
            closing = await socket.receive()
            while closing.type is WSMsgType.TEXT:
                closing = await socket.receive()
            assert closing.data == 1001
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get(urls["rest"] + "/book")
            port = int(urls["rest"].rpartition(":")[2])
            async with SimulatorServer(EchoVenue(time.time_ns()), port) as again:
                assert again.urls["rest"] == urls["rest"]

    asyncio.run(main())


def test_a_port_that_is_taken_is_an_error_that_leaves_nothing_behind() -> None:
    async def main() -> None:
        async with SimulatorServer(EchoVenue(time.time_ns())) as server:
            port = int(server.urls["ws"].rpartition(":")[2])
            with pytest.raises(OSError, match="address already in use"):
                async with SimulatorServer(EchoVenue(time.time_ns()), port):
                    pass

    asyncio.run(main())


def test_a_venue_that_falls_over_fails_whoever_served_it() -> None:
    class Frail(EchoVenue):
        def next_ns(self) -> int:
            if self.asked:
                raise RuntimeError("the venue is broken")
            return super().next_ns()

    async def main() -> None:
        async with (
            aiohttp.ClientSession() as session,
            SimulatorServer(Frail(time.time_ns())) as server,
        ):
            await session.get(server.urls["rest"] + "/book")
            await asyncio.sleep(0.2)

    with pytest.raises(RuntimeError, match="the venue is broken"):
        asyncio.run(main())
