"""What a run needs to know of a venue and of time, whatever stands behind them.

A recording, an engine fed with live prices and a real exchange are the same to a session: a market,
a client, some money at the beginning, and what is heard beside prices and orders.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol, TypeAlias

from app.run_state import RunState
from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_funding_adapter import BaseFundingAdapter
from exchange_clients.base_models import Market
from exchange_clients.events import BestBidOffer, FundingPayment, PublicTrade, StreamSignal
from exchange_clients.shared.clock import Clock
from reporting.report import DataQuality, SourceMeta

PastEvent: TypeAlias = BestBidOffer | PublicTrade | StreamSignal | FundingPayment


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears what a venue tells beside prices and orders."""

    past: Callable[[PastEvent], None]
    """Prices, holes and payments of before this process, where the venue can tell them again."""
    funding: Callable[[FundingPayment], None]
    gap: Callable[[int, str], None]
    """An instant (epoch ns) at which prices ceased to be known, and why."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a report says about where a run's prices came from."""

    source: SourceMeta
    assumptions: tuple[str, ...] = ()
    quality: DataQuality = field(default_factory=DataQuality)


class RunVenue(Protocol):
    """One venue of a run, open, and the market on it that is traded."""

    @property
    def name(self) -> str:
        """As the user names it."""

    @property
    def market(self) -> Market:
        """The market that is traded."""

    @property
    def client(self) -> BaseExchangeClient:
        """The account's client."""

    @property
    def started_ns(self) -> int:
        """When the run began (epoch ns), before any restart."""

    @property
    def starting_balance(self) -> Decimal:
        """The account's cash (USD) when the run began."""

    @property
    def funding(self) -> BaseFundingAdapter:
        """Rates and activity of all its markets."""

    def listen(self, ears: Ears) -> None:
        """Tell ``ears`` from now on; called once, before the client is used."""

    def begin(self) -> None:
        """Note that trading begins now."""

    def deliver(self) -> None:
        """Tell at once what is known already and on its way."""

    async def settle(self) -> None:
        """Learn what a report wants to know at the end; the client is disconnected by now."""

    def balance(self) -> Decimal | None:
        """Return the cash (USD) that the venue has for the account; None where it cannot tell."""

    def progress(self) -> float | None:
        """Return the share of the market data that is done; None where it has no known end."""

    def provenance(self) -> Provenance:
        """Say where the prices come from."""


class Stage(Protocol):
    """Where a run takes place: its time, its loop and its venues."""

    @property
    def clock(self) -> Clock:
        """The run's time, known once the loop was made."""

    @property
    def keeps(self) -> bool:
        """Whether the venues outlive this process, so that an unfinished run can go on."""

    @property
    def remembers(self) -> bool:
        """Whether accounts hold on to what a run leaves at its end: an embedded one does not."""

    def make_loop(self, state: RunState) -> asyncio.AbstractEventLoop:
        """Return the loop that everything runs on."""

    async def open(self, state: RunState) -> Mapping[str, RunVenue]:
        """Open the venues, the primary one first, and claim them for this run.

        Raises:
            AppError: a venue or market cannot be traded, or the state is of another run.
            ExchangeError: a venue could not be reached or refused the account.
        """

    def begin(self) -> None:
        """Note that trading begins now, which may be long after the past was computed."""

    async def close(self) -> None:
        """Let everything go; a second call does nothing."""
