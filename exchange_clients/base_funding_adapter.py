"""The contract of a funding adapter: public rates, no credentials.

A sample holds the rate exactly as the venue gave it, with the venue's own interval; the rate per
eight hours is computed from both and never stored in its place.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from exchange_clients.base_models import Symbol

CANONICAL_INTERVAL_HOURS = Decimal(8)

_UNIT_BOUNDS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6))
"""Below each bound an epoch number counts units of 1/divisor s; above them all nanoseconds."""


@dataclass(frozen=True, slots=True)
class FundingRateSample:
    """One rate of one symbol. Rates are fractions of notional per ``interval_hours``."""

    symbol: Symbol
    raw_rate: Decimal
    interval_hours: Decimal
    next_funding_time: datetime | None
    metadata: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.interval_hours <= 0:
            raise ValueError(f"interval_hours of {self.symbol} must be positive")
        if self.next_funding_time is not None and self.next_funding_time.tzinfo is None:
            raise ValueError(f"next_funding_time of {self.symbol} must carry a time zone")

    @property
    def normalized_rate(self) -> Decimal:
        """The rate per eight hours: ``raw_rate`` x 8 / ``interval_hours``."""
        return self.raw_rate * CANONICAL_INTERVAL_HOURS / self.interval_hours


@dataclass(frozen=True, slots=True)
class MarketStats:
    """Activity of one symbol in USD; ``open_interest`` is one-sided."""

    symbol: Symbol
    volume_24h: Decimal | None
    open_interest: Decimal | None
    mark_price: Decimal | None = None
    two_sided_source: bool = False
    """Whether the venue counts both sides and the figure was halved."""


def parse_instant(value: int | float | str | datetime) -> datetime:
    """Return aware UTC for epoch seconds, ms, us, ns (number or digits), ISO text or a datetime.

    Raises:
        ValueError: an ISO text or datetime without a zone is read as UTC; anything else is refused.
    """
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, str):
        text = value.strip()
        if not text.lstrip("-").replace(".", "", 1).isdigit():
            return parse_instant(datetime.fromisoformat(text))
        value = float(text) if "." in text else int(text)
    if value <= 0:
        raise ValueError(f"an instant must be after 1970, got {value!r}")
    divisor = next((units for bound, units in _UNIT_BOUNDS if value < bound), 10**9)
    if isinstance(value, float):
        return datetime.fromtimestamp(value / divisor, tz=UTC)
    seconds, rest = divmod(value, divisor)
    return datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=rest * 10**6 // divisor)


def as_rows(
    rates: Mapping[Symbol, FundingRateSample], stats: Mapping[Symbol, MarketStats] | None = None
) -> list[dict[str, object]]:
    """Return what an adapter told as plain rows, one for each symbol, in its order.

    ``funding_rate`` is the venue's own, for ``interval_hours``; with ``stats`` come ``volume_24h``
    and ``open_interest`` in USD, None where they are not known.
    """
    rows: list[dict[str, object]] = []
    for symbol, sample in rates.items():
        row: dict[str, object] = {
            "symbol": symbol,
            "funding_rate": sample.raw_rate,
            "interval_hours": sample.interval_hours,
            "next_funding_time": sample.next_funding_time,
        }
        if stats is not None:
            told = stats.get(symbol)
            row["volume_24h"] = None if told is None else told.volume_24h
            row["open_interest"] = None if told is None else told.open_interest
        rows.append(row)
    return rows


class BaseFundingAdapter(ABC):
    """Public funding data of one venue."""

    @abstractmethod
    async def fetch_funding_rates(self) -> dict[Symbol, FundingRateSample]:
        """Return the current rate of every market."""

    @abstractmethod
    async def fetch_market_data(self, symbol: Symbol | None = None) -> dict[Symbol, MarketStats]:
        """Return 24 h volume and open interest (USD) of one or every market."""

    @abstractmethod
    async def fetch_funding_history(
        self, symbol: Symbol, since: datetime, until: datetime
    ) -> list[FundingRateSample]:
        """Return settled rates in [since, until), oldest first, every page."""

    @abstractmethod
    def normalize_symbol(self, dex_symbol: str) -> Symbol:
        """Return the plain symbol of a venue's spelling: ``"BTC-USD-PERP" -> "BTC"``."""

    @abstractmethod
    def get_dex_symbol_format(self, symbol: str) -> str:
        """Return the venue's spelling of a plain symbol."""

    @abstractmethod
    async def close(self) -> None:
        """Release the session; a second call does nothing."""
