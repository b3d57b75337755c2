"""What is told of a running bot, as values: the words of the control API.

Money is USD, sizes are base units, instants are epoch nanoseconds (JSON tells them as text, see
``reporting.json_form``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from app.safety.pulse import VenueProgress


class RiskView(msgspec.Struct, frozen=True):
    """What the risk check says."""

    state: str
    action: str
    reason: str
    denials: Mapping[str, int]
    """Entries that were not sent, by code."""


class MoneyView(msgspec.Struct, frozen=True):
    """What the run made."""

    equity: Decimal
    realised: Decimal
    unrealised: Decimal
    fees: Decimal
    funding: Decimal
    net: Decimal
    """Realised less fees plus funding."""
    max_drawdown: Decimal
    volume: Decimal
    fills: int


class StatusView(msgspec.Struct, frozen=True):
    """A run in a few words and numbers."""

    title: str
    strategy: str
    venues: Sequence[str]
    markets: str
    account: str
    environment: str
    dry_run: bool
    started_ns: int
    now_ns: int
    state: str
    """The strategy's own words."""
    stopping: str
    """Why the run ends; empty while nothing ends it."""
    paused_by: str
    """Empty while entries are not paused."""
    entries_stopped: str
    """Why no entry is sent in this run any more, as after repeated errors; empty otherwise."""
    entries: bool
    """Whether new positions may be opened now, as far as risk and people are concerned."""
    flattening: bool
    progress: Sequence[VenueProgress]
    """How far each venue is on its way to flat."""
    risk: RiskView
    money: MoneyView
    unhedged_usd: Decimal | None
    """What of each symbol's positions does not cancel out; None where a price is not known."""
    alerts: Mapping[str, str]
    """Positions that are not known for certain."""


class PositionView(msgspec.Struct, frozen=True):
    """One position as its venue told it last."""

    venue: str
    symbol: str
    contract_id: str
    quantity: Decimal
    """Signed, of the whole account."""
    ours: Decimal
    """Signed, as far as this run's fills explain it."""
    mark: Decimal | None
    unrealised: Decimal | None
    liquidation: Decimal | None
    read_ns: int


class OrderView(msgspec.Struct, frozen=True):
    """One order of ours that may still trade."""

    key: str
    purpose: str
    side: str
    price: Decimal | None
    remaining: Decimal


class BalanceView(msgspec.Struct, frozen=True):
    """One account."""

    venue: str
    value: Decimal | None
    """Balance and unrealised profit; None where it was not read."""
    baseline: Decimal | None
    """The value when the run began."""
    cash: Decimal | None
    read_ns: int | None


class VenueView(msgspec.Struct, frozen=True):
    """The feeds of one venue."""

    venue: str
    connected: bool
    book_age_s: float | None
    private_age_s: float | None
    bid: Decimal | None
    ask: Decimal | None
