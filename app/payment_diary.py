"""Writes funding payments into the journal, wherever they are heard of; each counts once there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from app.run_venue import Ears, PastEvent
from database.journal import SqliteJournal
from exchange_clients.events import FundingPayment
from exchange_clients.journal import JournalError
from execution.ports import SurveyEars, SurveyPort
from execution.readings import Surveyed

logger = logging.getLogger(__name__)
DEAF = Ears(past=lambda event: None, funding=lambda payment: None, gap=lambda at_ns, why: None)
"""Of a venue that nobody else listens to."""


class PaymentDiary:
    """Listens beside others and writes down.

    Args:
        journal: Where to.
        tell: Hears every payment of every venue; one may come again.
    """

    def __init__(
        self,
        journal: SqliteJournal,
        tell: Callable[[str, FundingPayment], None] = lambda venue, payment: None,
    ) -> None:
        self._journal = journal
        self._tell = tell

    def beside(self, venue: str, ears: Ears = DEAF) -> Ears:
        """Return ears that also write what ``ears`` hear of payments at a venue."""

        def past(event: PastEvent) -> None:
            if isinstance(event, FundingPayment):
                self._write(venue, event)
            ears.past(event)

        def funding(payment: FundingPayment) -> None:
            self._write(venue, payment)
            ears.funding(payment)

        return replace(ears, past=past, funding=funding)

    def surveys(self, port: SurveyPort) -> SurveyPort:
        """Return a port that also writes the payments of each survey."""
        return _WrittenSurveys(port, self._on_survey)

    def _on_survey(self, survey: Surveyed) -> None:
        for each in survey.payments:
            self._write(each.venue, each.payment)

    def _write(self, venue: str, payment: FundingPayment) -> None:
        self._tell(venue, payment)
        try:
            self._journal.record_payment(venue, payment)
        except JournalError as error:
            # It is told again by the next reading; entries end by the bot's own writes.
            logger.warning("event=payment_not_written venue=%s error=%s", venue, error)


class _WrittenSurveys:
    """A survey port whose surveys are seen on their way."""

    def __init__(self, port: SurveyPort, see: Callable[[Surveyed], None]) -> None:
        self.able = port.able
        self._port = port
        self._see = see

    def start(self, ears: SurveyEars) -> None:
        """Begin; each survey is seen before it is told."""

        def on_survey(survey: Surveyed) -> None:
            self._see(survey)
            ears.on_survey(survey)

        self._port.start(replace(ears, on_survey=on_survey))

    def hurry(self) -> None:
        """Make the next survey now."""
        self._port.hurry()

    async def close(self) -> None:
        """Read nothing more."""
        await self._port.close()
