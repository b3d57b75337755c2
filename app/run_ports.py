"""What the bot of a run works with, made from its settings and its venues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from app.payment_diary import PaymentDiary
from app.run_venue import RunVenue
from app.settings import PAPER, ExecutionSettings, RunSettings, venue_kind
from database.journal import SqliteJournal
from exchange_clients.funding_rate_client import FundingRateClient
from exchange_clients.shared.assembly import SIMULATOR
from exchange_clients.shared.clock import Clock
from execution.adoption import Adopter, AdoptionPort, Named
from execution.bot_ports import BotObserver, Ports
from execution.bot_state import is_remembered
from execution.close_check import CloseCheck
from execution.dry_run import DryRunOrders
from execution.fair_books import FairBooks
from execution.guarded_orders import EntryQuestions, GuardedOrders
from execution.legs.values import LegLimits, Times
from execution.legs_desk import LegsDesk
from execution.market_survey import MarketSurvey
from execution.order_executor import OrderExecutor
from execution.ports import LegsPort, OrderPort, SurveyPort
from execution.position_check import Explained
from execution.risk_desk import RiskDesk
from execution.served_rates import ServedBoard, ServedFunding, ServedSurveys
from execution.venue_reader import VenueReader
from execution.withheld_legs import WithheldLegs


@dataclass(frozen=True, slots=True)
class RunParts:
    """What every port is made from."""

    settings: RunSettings
    venues: Mapping[str, RunVenue]
    clock: Clock
    journal: SqliteJournal
    explained: Explained
    """What the fills of this run and of the account's other runs add up to."""
    risk: RiskDesk
    questions: EntryQuestions
    payments: PaymentDiary
    observer: BotObserver


def ports_of(parts: RunParts, *, executes_legs: bool) -> Ports:
    """Return the ports of a run; a dry run's send and take over nothing."""
    clients = {name: venue.client for name, venue in parts.venues.items()}
    dry = parts.settings.dry_run
    clock = parts.clock
    orders: OrderPort = DryRunOrders(clock.now_ns()) if dry else OrderExecutor(clients, clock)
    closes = CloseCheck(
        clients,
        partial(is_remembered, parts.journal),
        clock,
        parts.settings.execution.close_reading_seconds,
    )
    guarded = GuardedOrders(orders, parts.questions, closes, FairBooks(clients, clock))
    ports = Ports(guarded, parts.risk, parts.clock, parts.journal, parts.observer)
    if not dry:
        ports = replace(ports, adoption=_adoption(parts))
    return replace(ports, legs=_legs(parts), surveys=_surveys(parts)) if executes_legs else ports


def _adoption(parts: RunParts) -> AdoptionPort:
    named = [Named(*each.rsplit(":", 1)) for each in parts.settings.adopt]
    clients = {name: venue.client for name, venue in parts.venues.items()}
    return Adopter(
        clients,
        named,
        parts.explained,
        parts.journal,
        partial(_note, parts),
        parts.clock,
    )


def _legs(parts: RunParts) -> LegsPort:
    if parts.settings.dry_run:
        return WithheldLegs("dry run: nothing was sent", parts.clock)
    clients = {name: venue.client for name, venue in parts.venues.items()}
    limits = leg_limits(parts.settings.execution)
    return LegsDesk(clients, parts.clock, parts.journal, limits, parts.questions.legs)


def _surveys(parts: RunParts) -> SurveyPort:
    settings, board = parts.settings, _board(parts)
    readers = []
    for name, venue in parts.venues.items():
        own = venue.funding
        funding = own if board is None else ServedFunding(name, own, board)
        readers.append(VenueReader(name, venue.client, funding, parts.clock, settings.symbols))
    survey: SurveyPort = MarketSurvey(readers, parts.clock, settings.execution.survey_seconds)
    return parts.payments.surveys(survey if board is None else ServedSurveys(survey, board))


def _board(parts: RunParts) -> ServedBoard | None:
    """Return what a funding rate service tells, where one is named and knows these markets.

    Simulators and paper markets make up their own rates, and run in a time of their own.
    """
    settings = parts.settings
    embedded = any(venue_kind(name) == PAPER for name in settings.exchange)
    if embedded or settings.environment == SIMULATOR:
        return None
    service = FundingRateClient.from_variables(settings.variables)
    if service is None:
        return None
    note = partial(_note, parts)
    return ServedBoard(service, parts.clock, note)


def _note(parts: RunParts, text: str) -> None:
    parts.observer.on_note(parts.clock.now_ns(), text)


def leg_limits(settings: ExecutionSettings) -> LegLimits:
    """Return what an execution over several venues may risk."""
    return LegLimits(
        max_unhedged_usd=settings.max_unhedged_usd,
        max_unhedged_seconds=settings.max_unhedged_seconds,
        times=Times(open_s=settings.open_seconds),
    )
