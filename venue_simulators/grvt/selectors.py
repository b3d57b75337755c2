"""Which feed a stream and a selector name: ``v1.book.d`` with ``BTC_USDT_Perp@100``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from venue_simulators.agenda import Agenda
from venue_simulators.grvt.body import is_whole
from venue_simulators.grvt.channels import Feed
from venue_simulators.grvt.errors import MALFORMED, GrvtError
from venue_simulators.grvt.market_feeds import BookDeltas, Candles, Differences, Samples, Trades
from venue_simulators.grvt.market_wording import MarketWords
from venue_simulators.grvt.public_api import CANDLE_TYPES, DEPTHS, INTERVALS_S, PublicApi
from venue_simulators.grvt.terms import MS

NO_SECONDARY, TOO_MANY_PRIMARY, TOO_MANY_SECONDARY = 1101, 1102, 1103
INVALID_RATE, INVALID_DEPTH = 3030, 3031
TICK_RATES_MS = (500, 1000, 5000)
FINE_RATES_MS = (50, 100, 200, 500, 1000, 5000)
RATES_MS: Mapping[str, tuple[int, ...]] = {
    "v1.book.s": (500, 1000),
    "v1.book.d": (50, 100, 500, 1000),
    "v1.rpi.book.s": (500, 1000),
    "v1.rpi.book.d": (50, 100, 500, 1000),
    "v1.mini.s": (200, *TICK_RATES_MS),
    "v1.mini.d": (0, *FINE_RATES_MS),
    "v1.ticker.s": TICK_RATES_MS,
    "v1.ticker.d": FINE_RATES_MS[1:],
}
TRADES_REPLAYED = (50, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class PublicSelectors:
    """Makes the feeds of the market data host."""

    api: PublicApi
    agenda: Agenda

    def primary(self, selector: str) -> str:
        """Return what a connection can hear once only: the part before the ``@``."""
        return selector.partition("@")[0]

    def feed(self, stream: str, selector: str) -> Feed:
        """Return a feed that nobody listens to yet.

        Raises:
            GrvtError: stream, selector, rate or depth is none of the venue's.
        """
        primary, _, secondary = selector.partition("@")
        if not secondary:
            raise GrvtError(NO_SECONDARY)
        if "-" in primary:
            raise GrvtError(TOO_MANY_PRIMARY)
        words = self.api.about(self.api.instruments.get(primary))
        parts = secondary.split("-")
        if stream == "v1.candle":
            return self._candles(words, parts)
        if stream == "v1.trade":
            replayed = _chosen(parts[0], TRADES_REPLAYED)
            _expect(parts, 1)
            return Trades(words.instrument, words.world, replayed)
        if stream not in RATES_MS:
            raise GrvtError(MALFORMED, f"stream {stream} is unknown")
        rate_ns = _chosen(parts[0], RATES_MS[stream]) * MS
        return self._book(stream, words, parts, rate_ns) or self._state(
            stream, words, parts, rate_ns
        )

    def _book(self, stream: str, words: MarketWords, parts: list[str], rate_ns: int) -> Feed | None:
        if stream.endswith("book.d"):
            _expect(parts, 1)
            return BookDeltas(words, self.agenda, rate_ns)
        if not stream.endswith("book.s"):
            return None
        _expect(parts, 2)
        depth = _chosen(parts[1], DEPTHS, INVALID_DEPTH)
        return Samples(lambda: words.book(depth), words.world, self.agenda, rate_ns)

    def _state(self, stream: str, words: MarketWords, parts: list[str], rate_ns: int) -> Feed:
        _expect(parts, 1)
        mini = stream.startswith("v1.mini")
        state = words.mini if mini else words.streamed_ticker
        if stream.endswith(".s"):
            return Samples(state, words.world, self.agenda, rate_ns)
        return Differences(state, words, self.agenda, rate_ns)

    def _candles(self, words: MarketWords, parts: list[str]) -> Feed:
        _expect(parts, 2)
        interval_s = INTERVALS_S.get(parts[0])
        if interval_s is None or parts[1] not in CANDLE_TYPES:
            raise GrvtError(INVALID_RATE)
        contract_id = words.instrument.contract_id
        return Candles(contract_id, words.world, self.agenda, interval_s)


def _expect(parts: list[str], count: int) -> None:
    if len(parts) != count:
        raise GrvtError(TOO_MANY_SECONDARY)


def _chosen(text: str, allowed: tuple[int, ...], code: int = INVALID_RATE) -> int:
    value = int(text) if is_whole(text) else -1
    if value not in allowed:
        raise GrvtError(code)
    return value
