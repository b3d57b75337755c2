"""Which error a venue's code means, as a value that a venue's ``errors.py`` fills in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from exchange_clients.base_models import Reason
from exchange_clients.errors import (
    AuthenticationFailed,
    ExchangeError,
    OutcomeUnknown,
    RateLimited,
    VenueRejected,
)
from exchange_clients.shared.flow import Request

Meaning: TypeAlias = type[ExchangeError] | tuple[type[VenueRejected], Reason]
"""An error class, with another reason than its own where one is given."""


def by_code(*kinds: tuple[Meaning, str]) -> Mapping[str, Meaning]:
    """Return meanings by code, out of a meaning and its codes each: ``(RateLimited, "11 13")``."""
    return MappingProxyType({code: meaning for meaning, codes in kinds for code in codes.split()})


def by_status(
    request: Request,
    status: int,
    slower: Mapping[int, float | None],
    unauthorized: Collection[int] = (401,),
) -> ExchangeError:
    """Return the error of an answer without a code, which often is a page of HTML.

    A write that was refused by whoever stands before the venue may still have reached it.

    Args:
        request: What was asked.
        status: Of HTTP.
        slower: Statuses that ask for silence, and for how many seconds at least.
        unauthorized: Statuses that say that the key is no good.
    """
    text = f"HTTP {status}"
    if status in slower:
        return RateLimited(text, retry_after_s=slower[status])
    if status in unauthorized:
        return AuthenticationFailed(text)
    if request.repeatable and 400 <= status < 500:
        return VenueRejected(text)
    return OutcomeUnknown(text)


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
