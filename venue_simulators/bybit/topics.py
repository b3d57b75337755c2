"""Names of topics, read strictly: ``orderbook.50.BTCUSDT``, ``kline.5.BTCUSDT``, ``order.linear``.

One bad topic fails the whole request, and the answer names it.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from exchange_clients.base_models import ContractId
from venue_simulators.bybit.books import INTERVALS_NS
from venue_simulators.bybit.public import INTERVAL_SECONDS
from venue_simulators.bybit.wording import MS_NS

BOOK, TRADES, TICKERS, CANDLES = "orderbook", "publicTrade", "tickers", "kline"
LIQUIDATIONS, PRICE_LIMIT = "allLiquidation", "priceLimit"
_BY_SYMBOL = (TRADES, TICKERS, LIQUIDATIONS, PRICE_LIMIT)
INTERVAL_NS = {
    TICKERS: 100 * MS_NS,
    CANDLES: 1000 * MS_NS,
    LIQUIDATIONS: 500 * MS_NS,
    PRICE_LIMIT: 300 * MS_NS,
}
"""How often these are pushed at most; trades are pushed at once."""

ORDER, EXECUTION, FAST, POSITION = "order", "execution", "execution.fast", "position"
WALLET, DEAD_MAN = "wallet", "dcp.future"
CATEGORISED = (ORDER, EXECUTION, FAST, POSITION)
LINEAR = ".linear"
_DEMO_MISSING = (FAST, DEAD_MAN)


class BadTopic(Exception):
    """A topic that there is not; the text is what the answer says."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One public topic; ``depth`` is a book's, ``interval`` a candle's."""

    name: str
    kind: str
    symbol: ContractId
    depth: int = 0
    interval: str = ""

    @property
    def interval_ns(self) -> int:
        """How often it is pushed at most."""
        return INTERVALS_NS[self.depth] if self.kind == BOOK else INTERVAL_NS.get(self.kind, 0)


def read_topic(name: str, symbols: Container[str]) -> Topic:
    """Return the public topic of a name.

    Raises:
        BadTopic: there is no such topic, or no such symbol.
    """
    kind, _, rest = name.partition(".")
    middle, _, symbol = rest.rpartition(".")
    topic = None
    if kind in _BY_SYMBOL and not middle:
        topic = Topic(name, kind, ContractId(symbol))
    elif kind == BOOK and middle.isdigit() and int(middle) in INTERVALS_NS:
        topic = Topic(name, kind, ContractId(symbol), depth=int(middle))
    elif kind == CANDLES and middle in INTERVAL_SECONDS:
        topic = Topic(name, kind, ContractId(symbol), interval=middle)
    if topic is None or topic.symbol not in symbols:
        raise BadTopic(f"error:handler not found,topic:{name}")
    return topic


def check_private(names: Sequence[str], *, demo: bool) -> None:
    """Refuse private topics that there are not, and those that exclude each other.

    Raises:
        BadTopic: one is unknown, or a request mixes all categories with one.
    """
    for name in names:
        plain = name.removesuffix(LINEAR)
        known = plain in CATEGORISED or name in (WALLET, DEAD_MAN)
        if not known or (demo and plain in _DEMO_MISSING):
            raise BadTopic(f"error:handler not found,topic:{name}")
    single = [name for name in names if name.endswith(LINEAR)]
    every = [name for name in names if name in CATEGORISED]
    if single and every:
        raise BadTopic(f"error:categorised and all-in-one topics are mixed,topic:{single[0]}")
