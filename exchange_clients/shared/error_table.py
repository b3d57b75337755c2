"""Which error a venue's code means, as a value that a venue's ``errors.py`` fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from exchange_clients.base_models import Reason
from exchange_clients.errors import ExchangeError, OutcomeUnknown, RateLimited, VenueRejected
from exchange_clients.shared.flow import Request

Meaning: TypeAlias = type[ExchangeError] | tuple[type[VenueRejected], Reason]
"""An error class, with another reason than its own where one is given."""


@dataclass(frozen=True, slots=True)
class ErrorTable:
    """The codes of one venue.

    >>> table = ErrorTable({"4107": PostOnlyWouldCross, "4200": (VenueRejected, Reason.SELF_TRADE)})
    """

    meanings: Mapping[str, Meaning]

    def error(
        self, code: str, message: str, request: Request, *, retry_after_s: float | None = None
    ) -> ExchangeError:
        """Return the error that a code means.

        A code that is not listed proves nothing: after a request that may not be repeated it is
        OutcomeUnknown, after a read VenueRejected.
        """
        meaning = self.meanings.get(code)
        text = f"{code}: {message}"
        if meaning is None:
            return VenueRejected(text, code=code) if request.repeatable else OutcomeUnknown(text)
        kind, reason = meaning if isinstance(meaning, tuple) else (meaning, None)
        if issubclass(kind, VenueRejected):
            return kind(text, reason=reason, code=code)
        if issubclass(kind, RateLimited):
            return kind(text, retry_after_s=retry_after_s)
        return kind(text)
