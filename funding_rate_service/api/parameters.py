"""What may be asked: each route's filters, checked before anything is looked up.

A parameter that is not listed here is refused, because a filter that is misspelt and ignored would
answer another question than was asked.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from exchange_clients.shared.symbols import did_you_mean, near_names
from funding_rate_service.api.problems import Refused
from funding_rate_service.core.opportunities import FeeBasis, Sorting
from funding_rate_service.core.queries import Kind

PAGE_MAX = 5000
OFFSET_MAX = 1_000_000
USD_MAX = Decimal(10) ** 15


def _parts(value: Any) -> Any:  # whatever the query string held
    """Split names that were given with commas."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list):
        return texts
    return [part.strip() for text in texts for part in str(text).split(",") if part.strip()]


def _aware(value: datetime) -> datetime:
    """Read a time without a zone as UTC."""
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value
    try:
        return aware.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("lies beyond the calendar") from error


Names = Annotated[list[str], BeforeValidator(_parts), Field(max_length=100)]
Usd = Annotated[
    Decimal,
    Field(ge=0, le=USD_MAX, allow_inf_nan=False),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": int(USD_MAX)}),
]
Share = Annotated[
    Decimal,
    Field(ge=-10, le=10, allow_inf_nan=False),
    WithJsonSchema({"type": "number", "minimum": -10, "maximum": 10}),
]
Hours = Annotated[
    Decimal,
    Field(ge=1, le=8760, allow_inf_nan=False),
    WithJsonSchema({"type": "number", "minimum": 1, "maximum": 8760}),
]
Notional = Annotated[
    Decimal,
    Field(ge=1, le=USD_MAX, allow_inf_nan=False),
    WithJsonSchema({"type": "number", "minimum": 1, "maximum": int(USD_MAX)}),
]
Instant = Annotated[datetime, AfterValidator(_aware)]


class Parameters(BaseModel):
    """The parameters of one route."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:  # whatever the query string held
        for name in given if isinstance(given, dict) else ():
            if name not in cls.model_fields:
                near = near_names(name[:40], cls.model_fields)
                hint = did_you_mean(name[:40], cls.model_fields)
                raise Refused(name, f"no such parameter{hint}", near)
        return given


class DexRateParameters(Parameters):
    """Which running rates of a venue."""

    symbol: Names = Field(default=[], description="Only these symbols, separated by commas.")
    limit: int = Field(default=500, ge=1, le=PAGE_MAX)
    offset: int = Field(default=0, ge=0, le=OFFSET_MAX)


class RateParameters(DexRateParameters):
    """Which running rates."""

    dex: Names = Field(default=[], description="Only these venues, separated by commas.")


class CompareParameters(Parameters):
    """Which symbol, and where."""

    symbol: str = Field(min_length=1, max_length=40)
    dexes: Names = Field(default=[], description="Only these venues, separated by commas.")


class HistoryParameters(Parameters):
    """Which stretch of a series."""

    kind: Kind = Kind.SAMPLES
    since: Instant | None = Field(
        default=None, description="A day before until, where it is not given."
    )
    until: Instant | None = Field(
        default=None, description="Now, where it is not given; not included."
    )
    limit: int = Field(default=1000, ge=1, le=PAGE_MAX)


class StatisticsParameters(Parameters):
    """Over how many days."""

    days: int = Field(default=30, ge=1, le=400)


class PairParameters(Parameters):
    """Which pairs; rates and profits are fractions, amounts USD of each leg."""

    dexes: Names = Field(default=[], description="Only these venues, separated by commas.")
    exclude: Names = Field(default=[], description="None of these venues.")
    required_dex: str | None = Field(default=None, max_length=40, description="One of the legs.")
    min_divergence: Share | None = Field(default=None, description="Of rates per eight hours.")
    min_profit: Share | None = Field(default=None, description="Of the net within the horizon.")
    min_volume: Usd | None = None
    max_volume: Usd | None = None
    min_open_interest: Usd | None = None
    max_open_interest: Usd | None = None
    max_spread: Share | None = Field(
        default=None, description="Of each leg's book, a fraction of mid."
    )
    max_price_divergence: Share = Field(
        default=Decimal("0.01"), description="Of the marks, a fraction of their mean."
    )
    horizon_hours: Hours = Decimal(24)
    notional: Notional = Decimal(1000)
    fees: FeeBasis = FeeBasis.TAKER

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_bounds("volume", self.min_volume, self.max_volume)
        _check_bounds("open_interest", self.min_open_interest, self.max_open_interest)
        return self


class RankingParameters(PairParameters):
    """Which pairs of one symbol, in which order."""

    sort: Sorting = Sorting.NET
    limit: int = Field(default=50, ge=1, le=500)
    offset: int = Field(default=0, ge=0, le=OFFSET_MAX)


class OpportunityParameters(RankingParameters):
    """Which pairs, in which order."""

    symbol: str | None = Field(default=None, max_length=40)


def _check_bounds(name: str, least: Decimal | None, most: Decimal | None) -> None:
    if least is not None and most is not None and most < least:
        raise Refused(f"max_{name}", f"{most} must not be below min_{name} ({least})")
