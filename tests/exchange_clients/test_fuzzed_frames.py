"""Whatever a venue's stream sends is read or refused, by the same two rules for every venue."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.edgex.websocket.message_handler import EdgexStream
from exchange_clients.grvt.websocket.message_handler import GrvtStream
from exchange_clients.lighter.websocket.message_handler import LighterStream
from exchange_clients.shared.stream import ConnectionInfo, FrameKind, StreamWords
from tests.exchange_clients.aster import aster_samples
from tests.exchange_clients.backpack import backpack_samples
from tests.exchange_clients.binance import binance_samples
from tests.exchange_clients.bybit import bybit_samples
from tests.exchange_clients.edgex import edgex_samples
from tests.exchange_clients.grvt import grvt_samples
from tests.exchange_clients.lighter import lighter_samples
from tests.exchange_clients.okx import okx_samples
from tests.support.fuzzing import json_of_names, objects_in, read_or_refused
from tests.support.samples import Samples

SPOKEN: Mapping[str, tuple[Samples, StreamWords]] = MappingProxyType(
    {
        "aster": (aster_samples.SAMPLES, aster_samples.STREAM),
        "backpack": (backpack_samples.SAMPLES, backpack_samples.STREAM),
        "binance": (binance_samples.SAMPLES, binance_samples.STREAM),
        "bybit": (bybit_samples.SAMPLES, bybit_samples.STREAM),
        "edgex": (
            edgex_samples.SAMPLES,
            EdgexStream(edgex_samples.table(), edgex_samples.signer()),
        ),
        "grvt": (grvt_samples.SAMPLES, GrvtStream(grvt_samples.table(), grvt_samples.ACCOUNT)),
        "lighter": (
            lighter_samples.SAMPLES,
            LighterStream(lighter_samples.table(), lighter_samples.ACCOUNT),
        ),
        "okx": (okx_samples.SAMPLES, okx_samples.STREAM),
    }
)
"""Paradex sends binary frames too, which its own tests change."""
CONNECTIONS = tuple(
    ConnectionInfo(name, received_ns=99) for name in ("market", "public", "private")
)


@pytest.mark.parametrize("venue", SPOKEN)
@given(data=st.data())
@settings(deadline=None, derandomize=True, max_examples=200)
def test_a_frame_with_any_field_replaced_is_read_or_refused(
    venue: str, data: st.DataObject
) -> None:
    samples, stream = SPOKEN[venue]
    frame = samples.parsed(data.draw(st.sampled_from(samples.frames)))
    target = data.draw(st.sampled_from([each for each in objects_in(frame) if each]))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(_any_json(venue))
    assert _told(stream, msgspec.json.encode(frame), data.draw(st.sampled_from(CONNECTIONS)))


@pytest.mark.parametrize("venue", SPOKEN)
@given(data=st.data())
@settings(deadline=None, derandomize=True, max_examples=200)
def test_any_bytes_are_read_or_refused(venue: str, data: st.DataObject) -> None:
    samples, stream = SPOKEN[venue]
    whole = st.sampled_from(samples.frames).map(samples.sample)
    frame, cut = data.draw(st.binary(max_size=120) | whole), data.draw(st.integers(0, 400))
    spoilt = bytearray(frame or b"\0")
    spoilt[cut % len(spoilt)] = data.draw(st.integers(0, 255))
    for each in (frame, frame[:cut], frame[cut:], bytes(spoilt)):
        assert _told(stream, each, data.draw(st.sampled_from(CONNECTIONS)))


@cache
def _any_json(venue: str) -> st.SearchStrategy[object]:
    """Return JSON with the venue's own names, made once: making it takes longer than drawing."""
    samples, _ = SPOKEN[venue]
    frames = [samples.parsed(name) for name in samples.frames]
    return json_of_names({name for each in objects_in(frames) for name in each})


def _told(stream: StreamWords, frame: bytes, connection: ConnectionInfo) -> bool:
    """Say whether a frame was read to events or refused; whatever else it raises is raised."""
    events = read_or_refused(lambda: stream.decode(frame, FrameKind.TEXT, connection))
    return None not in events
