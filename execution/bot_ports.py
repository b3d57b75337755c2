"""What the bot works with, each a protocol or a contract; the assembly fills them in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from exchange_clients.base_models import Fill, OrderInfo, Purpose
from exchange_clients.events import BestBidOffer
from exchange_clients.shared.clock import Clock
from execution.adoption import AdoptionPort, NoAdoption
from execution.bot_state import FillStore
from execution.market_survey import NoSurvey
from execution.ports import LegsPort, OrderPort, RiskGate, SurveyPort
from execution.withheld_legs import NoLegs


class BotObserver(Protocol):
    """Hears what happens, for reports and people. Never decides, must be cheap."""

    def on_start(self, bbo: BestBidOffer | None) -> None:
        """The first price is known and nothing was done yet."""

    def on_end(self) -> None:
        """Nothing more is sent; reports that come until this returns are still heard."""

    def on_order(self, venue: str, key: str, purpose: Purpose, info: OrderInfo) -> None:
        """An order of the strategy changed."""

    def on_fill(self, venue: str, key: str, purpose: Purpose, fill: Fill) -> None:
        """An order of the strategy traded."""

    def on_note(self, now_ns: int, text: str) -> None:
        """Something a person should read in the report."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What the bot works with; every one of them is a protocol or a contract."""

    orders: OrderPort
    risk: RiskGate
    clock: Clock
    store: FillStore
    observer: BotObserver
    legs: LegsPort = field(default_factory=NoLegs)
    surveys: SurveyPort = field(default_factory=NoSurvey)
    adoption: AdoptionPort = field(default_factory=NoAdoption)
