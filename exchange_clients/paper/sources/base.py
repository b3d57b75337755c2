"""The contract of a market source: one ordered stream of market events of one or more contracts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

from exchange_clients.base_models import ContractId, Market
from exchange_clients.events import (
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    PublicTrade,
    StreamSignal,
)
from exchange_clients.paper.funding import FundingTerms

SourceEvent: TypeAlias = BookSnapshot | BookDelta | BestBidOffer | PublicTrade | StreamSignal


class Liquidity(StrEnum):
    """What a source's frames say about resting liquidity."""

    DEPTH = "depth"
    """Snapshots and deltas make the book; best-bid-offer frames only inform (and check it)."""
    QUOTES = "quotes"
    """Best-bid-offer frames are the whole book: one level a side."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What is traded and held in a market beside the paper accounts (USD)."""

    volume_24h: Decimal
    open_interest: Decimal
    """One-sided."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a report says about a source."""

    name: str
    """``synthetic seed=1`` or the file's name."""
    liquidity: Liquidity
    start_ns: int
    end_ns: int | None
    """Instant of the last event where it is known beforehand."""
    total_events: int | None
    """Frames in the source where that is known beforehand; progress is counted against it."""
    assumptions: tuple[str, ...] = ()
    """What was not recorded and had to be assumed: ``tick 0.1 inferred from prices``."""
    inverse: bool = False
    """Sizes are contracts worth a fixed sum, paid in the base asset: to look at, not to trade."""
    activity: Mapping[ContractId, Activity] = field(default_factory=dict)
    """By contract, where the source tells it."""


class MarketSource(Protocol):
    """An ordered stream of market events, equal every time it is read."""

    @property
    def info(self) -> SourceInfo:
        """Say what the source is."""

    @property
    def markets(self) -> Mapping[ContractId, Market]:
        """Return the contracts it tells of."""

    def events(self) -> Iterator[SourceEvent]:
        """Yield the events from the start, ``local_ns`` never decreasing.

        The last event of a recording is a ``StreamSignal(ENDED)``; a gap in a recording comes as
        the delta that does not join, and is found by the order book.

        Raises:
            RecordingError: the recording cannot be read on; names file, line and what to do.
        """


@runtime_checkable
class FundedSource(Protocol):
    """A source that tells how funding is settled on its markets."""

    @property
    def funding(self) -> FundingTerms | None:
        """Return the terms; None where nothing was told."""


class RecordingError(Exception):
    """A recording is unreadable, truncated, out of order or not what it claims to be."""
