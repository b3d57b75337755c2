"""Names of streams, read strictly: ``depth.200ms.BTC_USDC_PERP``, ``account.orderUpdate``.

A name that no stream has is an error; a stream of a symbol that is not traded is no error and
never says anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from exchange_clients.base_models import NS
from venue_simulators.backpack.public import CANDLE_SECONDS

PARSE_ERROR = 4002
UNPROVEN = 4005
INVALID_STREAM = 4006
INVALID_DEPTH_WINDOW = 4008

DEPTH_WINDOWS_NS = {"200ms": 200_000_000, "600ms": 600_000_000, "1000ms": 1_000_000_000}
CADENCES_NS = {"markPrice": NS, "ticker": NS, "kline": NS, "openInterest": 60 * NS}
_BY_SYMBOL = ("bookTicker", "trade", "markPrice", "openInterest", "ticker")
_PRIVATE = ("account.orderUpdate", "account.positionUpdate", "account.balanceUpdate")


class StreamError(Exception):
    """A frame of a client that is answered with an error frame."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Topic:
    """One stream; ``kind`` is its first word, or its first two if they are an account's."""

    name: str
    kind: str
    symbol: str | None = None
    window: str | None = None
    """The window of a depth stream, the interval of candles."""

    @property
    def private(self) -> bool:
        """Whether the stream needs a signature."""
        return self.kind.startswith("account.")

    @property
    def cadence_ns(self) -> int | None:
        """How often the stream speaks by itself; None when it follows events."""
        if self.kind == "depth":
            return None if self.window is None else DEPTH_WINDOWS_NS[self.window]
        return CADENCES_NS.get(self.kind)


def read_topic(name: str) -> Topic:
    """Return the stream of a name.

    Raises:
        StreamError: there is no such stream.
    """
    kind, _, rest = name.partition(".")
    if kind == "account":
        return _private_topic(name)
    if name == "liquidation":
        return Topic(name, kind)
    if kind in _BY_SYMBOL and rest:
        return Topic(name, kind, rest)
    if kind == "depth" and rest:
        return _depth_topic(name, rest)
    interval, _, symbol = rest.partition(".")
    if kind == "kline" and interval in CANDLE_SECONDS and symbol:
        return Topic(name, kind, symbol, interval)
    raise StreamError(INVALID_STREAM, "Invalid stream")


def _depth_topic(name: str, rest: str) -> Topic:
    window, _, symbol = rest.partition(".")
    if not window.endswith("ms") or not window[:-2].isdigit():
        # A symbol may hold a dot itself: AAPL.US_USDC_PERP.
        return Topic(name, "depth", rest)
    if window not in DEPTH_WINDOWS_NS or not symbol:
        raise StreamError(INVALID_DEPTH_WINDOW, "Invalid depth window")
    return Topic(name, "depth", symbol, window)


def _private_topic(name: str) -> Topic:
    for kind in _PRIVATE:
        if name == kind:
            return Topic(name, kind)
        if name.startswith(f"{kind}.") and kind != "account.balanceUpdate":
            return Topic(name, kind, name.removeprefix(f"{kind}."))
    raise StreamError(INVALID_STREAM, "Invalid stream")
