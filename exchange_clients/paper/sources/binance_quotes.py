"""Replay of raw Binance recordings without depth: best prices and trades, or trades alone.

The opening part decides what a recording is. With ``bookTicker`` frames there, those are the book
and the trades come beside them; without, the best prices are made from the trades. Frames that do
not belong to what the opening showed are passed over, so that a replay keeps one rule throughout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from exchange_clients.base_models import ContractId, Market
from exchange_clients.events import BestBidOffer, PublicTrade, StreamSignal
from exchange_clients.paper.sources.base import (
    Liquidity,
    MarketSource,
    SourceEvent,
    SourceInfo,
)
from exchange_clients.paper.sources.binance_head import describe, read_head
from exchange_clients.paper.sources.binance_raw import BinanceRawSource, Replay
from exchange_clients.paper.sources.touch import MADE_OF_TRADES, with_touch


class BinanceQuoteSource:
    """One contract's best prices and trades, from the parts of one recording in order."""

    def __init__(self, paths: Sequence[Path]) -> None:
        assert paths, "a recording has at least one file"
        self._paths = paths
        head = read_head(paths[0])
        self._quoted = "bookTicker" in head.kinds
        self._market, assumptions = describe(paths, head)
        if not self._quoted:
            assumptions += (MADE_OF_TRADES,)
        self.markets: Mapping[ContractId, Market] = {self._market.contract_id: self._market}
        self.info = SourceInfo(
            name=", ".join(path.name for path in paths),
            liquidity=Liquidity.QUOTES,
            start_ns=head.start_ns,
            end_ns=None,
            total_events=None,
            assumptions=assumptions,
            inverse=head.inverse,
        )

    def events(self) -> Iterator[SourceEvent]:
        """Yield best prices and trades; the files are opened anew each time."""
        frames = Replay(self._market, self._paths).events()
        if self._quoted:
            return (
                one for one in frames if isinstance(one, BestBidOffer | PublicTrade | StreamSignal)
            )
        trades = (one for one in frames if isinstance(one, PublicTrade | StreamSignal))
        return with_touch(trades, self._market)


def open_raw(paths: Sequence[Path]) -> MarketSource:
    """Open the parts of one recording as what its opening part shows.

    Raises:
        RecordingError: the opening part is unreadable, or holds nothing that can be replayed.
    """
    head = read_head(paths[0])
    return BinanceRawSource(paths) if head.has_depth else BinanceQuoteSource(paths)
