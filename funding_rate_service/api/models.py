"""What the API answers, as models: they write the answers and describe them in OpenAPI.

Rates and amounts are decimal texts, exactly as they were told; ages and statistics are numbers.
Rates are fractions (0.0001 is 0.01 %), amounts USD, times UTC.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Context, Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

_TEXT = WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "examples": ["0.0001"]})
Exact = Annotated[
    Decimal,
    PlainSerializer(lambda value: format(value, "f"), return_type=str),
    _TEXT,
]
"""A decimal that was told, with every digit; never with an exponent."""
_FIGURES = Context(prec=15)
Figure = Annotated[
    Decimal,
    PlainSerializer(lambda value: format(value.normalize(_FIGURES), "f"), return_type=str),
    _TEXT,
]
"""A decimal that was computed, to fifteen figures."""


class Model(BaseModel):
    """One part of an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(Model):
    """Why a request was not answered."""

    error: str
    parameter: str | None = Field(default=None, description="The parameter that is wrong.")
    near: list[str] = Field(
        default=[], description="Known names that are near the one that was given."
    )


class RateRow(Model):
    """The running rate of one symbol at one venue."""

    dex: str
    symbol: str
    rate: Exact = Field(description="As the venue tells it, for its own interval.")
    interval_hours: Exact
    rate_8h: Figure = Field(description="rate x 8 / interval_hours")
    annual_rate: Figure = Field(description="The rate repeated for a year, without compounding.")
    next_funding_time: datetime | None = Field(description="None where funding accrues.")
    collected_at: datetime
    age_s: float = Field(description="Seconds since it was collected.")
    stale: bool = Field(description="Older than stale_after_s: do not trade on it.")
    volume_24h_usd: Exact | None
    open_interest_usd: Exact | None = Field(description="One-sided.")
    open_interest_halved: bool = Field(description="The venue counts both sides.")
    mark_price: Exact | None = Field(description="Of one token.")
    maker_fee: Exact | None
    taker_fee: Exact | None


class Rates(Model):
    """Running rates, by symbol and venue."""

    as_of: datetime
    stale_after_s: float
    total: int = Field(description="Rows that fit the filters, on all pages.")
    next_offset: int | None = Field(description="Where the next page begins.")
    rates: list[RateRow]


class Comparison(Model):
    """One symbol at several venues, the lowest rate first."""

    as_of: datetime
    symbol: str
    divergence_8h: Figure | None = Field(description="Highest less lowest; stale rows excepted.")
    long: str | None = Field(description="The venue with the lowest rate.")
    short: str | None = Field(description="The venue with the highest rate.")
    rates: list[RateRow]


class Point(Model):
    """One row of a history; what its kind does not have is null."""

    time: datetime
    rate_8h: Figure | None
    rate: Exact | None = None
    interval_hours: Exact | None = None
    low_8h: Figure | None = None
    high_8h: Figure | None = None
    samples: int | None = None


class IntervalChange(Model):
    """Since when a symbol had an interval."""

    since: datetime
    interval_hours: Exact


class History(Model):
    """The past of one series, oldest first."""

    as_of: datetime
    dex: str
    symbol: str
    kind: str
    since: datetime
    until: datetime
    next_since: datetime | None = Field(description="Where the next page begins.")
    intervals: list[IntervalChange]
    points: list[Point]


class Statistics(Model):
    """How a symbol went at one venue; rates per eight hours."""

    dex: str
    hours: int = Field(description="Full hours that are known.")
    mean_8h: float
    low_8h: float
    high_8h: float
    mean_annual: float
    positive_share: float = Field(description="Share of the hours in which longs paid.")


class SymbolStatistics(Model):
    """How a symbol went at every venue."""

    as_of: datetime
    symbol: str
    days: int
    dexes: list[Statistics]


class LegRow(Model):
    """One leg of a pair."""

    dex: str
    rate: Exact
    interval_hours: Exact
    rate_8h: Figure
    next_funding_time: datetime | None
    age_s: float
    volume_24h_usd: Exact | None
    open_interest_usd: Exact | None
    mark_price: Exact | None
    fee: Exact = Field(description="Of one order.")


class Costs(Model):
    """What opening and closing costs, as fractions of one leg's notional."""

    total: Figure
    fees: Figure = Field(description="Of four orders.")
    entry_slippage: Figure | None = Field(description="None where a book is not known.")
    exit_slippage: Figure | None
    basis: Figure | None = Field(description="How much dearer the long is.")


class CapacityRow(Model):
    """The notional (USD) of each leg at which the edge is used up."""

    notional_usd: Exact
    at_least: bool = Field(description="The edge outlasts the books as shown.")


class SurvivalRow(Model):
    """How long the edge has lasted in the last 30 days."""

    hours: int = Field(description="Hours in which both rates are known.")
    share: float = Field(description="Of them those with an edge.")
    current_run_hours: int
    mean_run_hours: float


class OpportunityRow(Model):
    """A pair: long where the rate is lower, short where it is higher, equal in tokens."""

    symbol: str
    long: LegRow
    short: LegRow
    divergence_8h: Figure
    horizon_hours: Exact
    funding: Figure = Field(description="What is received within the horizon.")
    costs: Costs
    net: Figure = Field(description="funding less all costs, within the horizon.")
    net_8h: Figure = Field(description="net per eight hours of the horizon.")
    net_annual: Figure
    break_even_hours: Figure | None = Field(
        description="None where costs are not earned in 30 days."
    )
    depth_known: bool = Field(description="Whether slippage and basis are part of the costs.")
    capacity: CapacityRow | None
    survival: SurvivalRow | None


class Opportunities(Model):
    """Pairs, best first."""

    as_of: datetime
    next_offset: int | None
    left_out: dict[str, int] = Field(
        description="Markets that make no pair, by the reason: stale, or the filter they fail."
    )
    opportunities: list[OpportunityRow]


class BestOpportunity(Model):
    """The best pair, null where there is none."""

    as_of: datetime
    left_out: dict[str, int]
    opportunity: OpportunityRow | None


class Dex(Model):
    """A venue that is collected from."""

    dex: str
    symbols: int
    collected_at: datetime | None
    age_s: float | None
    stale: bool


class Dexes(Model):
    """Every venue."""

    as_of: datetime
    dexes: list[Dex]


class DexSymbols(Model):
    """What a venue lists."""

    as_of: datetime
    dex: str
    symbols: list[str]


class QuarantinedRow(Model):
    """A row that is not served, and why."""

    symbol: str
    reason: str


class VenueHealth(Model):
    """How a venue fares."""

    dex: str
    status: str = Field(description="fresh, stale, or waiting for a first answer.")
    age_s: float | None
    asked_at: datetime | None
    rows: int
    answers: int
    failures: int
    failures_in_row: int
    error: str = Field(description="Of the last attempt; empty when it went well.")
    duration_ms: int
    quarantined_count: int
    quarantined: list[QuarantinedRow]


class Health(Model):
    """How the service fares."""

    as_of: datetime
    status: str = Field(description="ok, degraded, or down while no venue is fresh.")
    version: int
    store: str = Field(description="Why the last collection was not kept; empty when it was.")
    stale_after_s: float
    venues: list[VenueHealth]
