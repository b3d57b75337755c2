"""What the collector asks of a venue, whichever way it is reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from exchange_clients.base_funding_adapter import FundingRateSample
from exchange_clients.base_models import DepthView
from funding_rate_service.core.values import MarketRate, Quarantined


@dataclass(frozen=True, slots=True)
class Told:
    """A venue's answer, not yet screened."""

    rates: Sequence[MarketRate]
    unreadable: Sequence[Quarantined] = ()
    """Rows that could not even be read."""


class RateSource(Protocol):
    """One venue's public data. Any call may fail, hang or tell nonsense; the collector minds."""

    @property
    def venue(self) -> str:
        """The venue's name."""

    async def rates(self) -> Told:
        """Return the rate of every market that trades."""

    async def history(
        self, symbol: str, since: datetime, until: datetime
    ) -> list[FundingRateSample]:
        """Return settled rates in [since, until), oldest first.

        Raises:
            UnsupportedFeature: the venue does not tell rates of the past.
        """

    async def book(self, symbol: str) -> DepthView:
        """Return the book as it stands, per token."""

    async def close(self) -> None:
        """Release the connections; a second call does nothing."""
