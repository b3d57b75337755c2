"""What the sockets of all libraries have in common."""

from __future__ import annotations

import sys

import pytest

from exchange_clients.errors import AuthenticationFailed, ExchangeError, RateLimited
from exchange_clients.shared.stream import FrameKind
from exchange_clients.shared.transport.ports import HandshakeNotTaken
from exchange_clients.shared.virtual_time import VirtualLoop, run_virtual
from exchange_clients.shared.websocket.connection import WebsocketsTransport
from exchange_clients.shared.websocket.connection_ports import Ending
from exchange_clients.shared.websocket.sockets import (
    FRAME_BYTES_MAX,
    Delivery,
    handshake_error,
    socket_transport,
)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, HandshakeNotTaken),
        (401, AuthenticationFailed),
        (403, AuthenticationFailed),
        (503, ExchangeError),
    ],
)
def test_a_refused_handshake_is_told_by_its_status(status: int, kind: type[ExchangeError]) -> None:
    error = handshake_error("venue", status, {}, "no")
    assert type(error) is kind
    assert str(error) == f"venue refused the WebSocket handshake: {status} no"


@pytest.mark.parametrize(("said", "wait_s"), [("7", 7.0), ("tomorrow", None), ("", None)])
def test_a_wait_is_taken_from_a_handshake_where_it_is_a_number(
    said: str, wait_s: float | None
) -> None:
    error = handshake_error("venue", 429, {"Retry-After": said})
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == wait_s


def test_frames_wait_for_their_opener_and_the_end_comes_once_and_last() -> None:
    async def main(loop: VirtualLoop) -> None:
        told: list[object] = []
        delivery = Delivery(
            lambda frame, kind: told.append(frame),
            lambda code, reason: told.append(code),
            lambda: None,
        )
        delivery.start()
        delivery.message(b"1", FrameKind.TEXT)
        assert delivery.fragment(b"2", FrameKind.TEXT, last=False)
        assert delivery.fragment(b"3", None, last=True)
        delivery.closed(1000, "")
        assert told == []
        await _turn(loop)
        delivery.closed(1006, "")
        assert told == [b"1", b"23", 1000]

    run_virtual(main)


async def _turn(loop: VirtualLoop) -> None:
    turned = loop.create_future()
    loop.call_soon(turned.set_result, None)
    await turned


def test_a_message_in_parts_is_no_larger_than_one_in_whole() -> None:
    delivery = Delivery(lambda frame, kind: None, lambda code, reason: None, lambda: None)
    assert delivery.fragment(b"x" * FRAME_BYTES_MAX, FrameKind.TEXT, last=False)
    assert not delivery.fragment(b"x", None, last=True)


def test_without_the_accelerator_the_library_that_is_always_there_serves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "exchange_clients.shared.websocket.accelerated", None)
    assert isinstance(socket_transport(), WebsocketsTransport)


def test_only_what_is_over_by_plan_serves_until_its_successor_does() -> None:
    assert [each for each in Ending if each.graceful] == [Ending.AGED, Ending.CLOSING]
