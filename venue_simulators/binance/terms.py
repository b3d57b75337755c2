"""What of Binance a test may want otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from venue_simulators.binance.topics import ROOTS, read_binance_topic
from venue_simulators.fapi.hub import StreamRules
from venue_simulators.fapi.rate_limits import Limits

UUID_CHARACTERS = 36


class KeyKind(StrEnum):
    """With what an account signs."""

    HMAC = "hmac"
    """A secret that both sides know."""
    ED25519 = "ed25519"
    """A private key; its PEM stands where a secret would."""


def default_streams() -> StreamRules:
    """Return what connections to streams may do."""
    roots: Mapping[str, Sequence[str] | None] = ROOTS
    # The venue's own SDK numbers its frames by UUIDs.
    return StreamRules(
        roots=roots, topic=read_binance_topic, streams_max=1024, text_id_max=UUID_CHARACTERS
    )


def default_limits() -> Limits:
    """Return what an address and an account may ask for."""
    return Limits(tells_retry_after=True, tells_ten_seconds=True)


@dataclass(frozen=True, slots=True)
class BinanceTerms:
    """How the venue behaves where it may behave either way."""

    key_kind: KeyKind = KeyKind.HMAC
    """Which of an account's two keys ``environment`` tells; both are good."""
    children_keep_names: bool = True
    """Whether an order that comes of a conditional one is called as that was."""
    rates_a_window: int = 500
    """Questions about settled rates and their terms together, in five minutes."""
    figures_a_window: int = 1000
    """Questions below ``/futures/data``, in five minutes."""
    connections_a_window: int = 300
    """Connections to streams, in five minutes."""
    read_delay_ns: int = 0
    """How old an order or a fill is before questions find it."""
    limits: Limits = field(default_factory=default_limits)
    streams: StreamRules = field(default_factory=default_streams)
