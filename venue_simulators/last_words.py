"""What venues tell a connection that they are about to close; most of them say nothing.

OKX sends a notice on every connection, Lighter how soon it closes, and Binance an event on its
streams. The others close without a word, as all do after a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from venue_simulators.misbehaviour import LastWords
from venue_simulators.okx.hub import closing_notice
from venue_simulators.okx.wording import encoded
from venue_simulators.wire import Connection, Frame

_ORDERS = "/ws-fapi"
"""How the path of Binance's order socket begins, of which no such event is documented."""


def _of_okx(connection: Connection, now_ms: int, within_ms: int) -> Frame | None:
    del now_ms, within_ms
    return encoded(closing_notice(connection))


def _of_lighter(connection: Connection, now_ms: int, within_ms: int) -> Frame | None:
    del connection, now_ms
    return f'{{"type":"shutdown","close_in_ms":{within_ms}}}'


def _of_binance(connection: Connection, now_ms: int, within_ms: int) -> Frame | None:
    del within_ms
    if connection.request.path.startswith(_ORDERS):
        return None
    return f'{{"e":"serverShutdown","E":{now_ms}}}'


def nothing(connection: Connection, now_ms: int, within_ms: int) -> Frame | None:
    """Say nothing."""
    del connection, now_ms, within_ms
    return None


LAST_WORDS: Mapping[str, LastWords] = MappingProxyType(
    {"binance": _of_binance, "lighter": _of_lighter, "okx": _of_okx}
)
"""By venue; the others say nothing."""
