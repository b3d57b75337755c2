"""What Binance refuses besides what the dialect does, and the one status that proves something."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from exchange_clients import errors
from exchange_clients.base_models import Reason
from exchange_clients.shared.dialects.fapi.errors import (
    MEANINGS,
    REFUSAL,
    UNAVAILABLE,
    FapiErrors,
)
from exchange_clients.shared.error_table import Meaning, by_code
from exchange_clients.shared.flow import Request, Response
from exchange_clients.shared.rows import understood

OVERLOADED = -1008

BINANCE_MEANINGS: Mapping[str, Meaning] = MappingProxyType(
    {
        **MEANINGS,
        **by_code(
            (errors.RateLimited, str(OVERLOADED)),
            (errors.AuthenticationFailed, "-5028"),
            (errors.InvalidOrder, "-1023 -2026 -4120 -5037 -5038 -5039 -5040 -5047"),
            (errors.VenueRejected, "-4046 -4059 -4109 -4117 -4168 -4192 -4400 -4401 -4402"),
            (errors.VenueRejected, "-4403 -4531 -5025 -5026 -5027"),
            (errors.MarketUnavailable, "-5024"),
            ((errors.VenueRejected, Reason.DUPLICATE_CLIENT_ORDER_ID), "-4116"),
            ((errors.VenueRejected, Reason.NOT_FILLED_IN_FULL), "-5021"),
            ((errors.VenueRejected, Reason.NO_LIQUIDITY), "-5041"),
        ),
    }
)


class BinanceErrors(FapiErrors):
    """The refusals of Binance."""

    def read(self, request: Request, response: Response) -> errors.ExchangeError | None:
        """Say which error an answer is; of the kinds of status 503 only one proves anything.

        It is the one with a code: the request was turned away at the door, so that nothing was
        done. The others differ by their text alone, and one of them leaves the outcome open.
        """
        if response.status == UNAVAILABLE:
            refusal = understood(response.body, REFUSAL)
            if refusal is not None and refusal.code == OVERLOADED:
                return self.of(refusal, request)
        return super().read(request, response)
