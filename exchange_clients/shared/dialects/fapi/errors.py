"""What the dialect's refusals mean: a negative code, with a text that is for people.

{"code": -2019, "msg": "Margin is insufficient."}
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from exchange_clients import errors
from exchange_clients.base_models import Reason
from exchange_clients.shared.error_table import ErrorTable, Meaning, by_code
from exchange_clients.shared.flow import Request, Response
from exchange_clients.shared.rows import understood

SUCCESS, UNAVAILABLE = 200, 503
"""Acknowledgements carry the former as their code, as a number or as text."""
SLOWER: Mapping[int, float | None] = MappingProxyType({403: 120.0, 418: 120.0, 429: None})
"""Statuses that ask for silence, and for how many seconds at least: an address is banned for two
minutes or more, and what a firewall took for an attack should not go on either."""

MEANINGS = by_code(
    (errors.RateLimited, "-1003 -1015"),
    # All of these are told before anything is matched. A time or a nonce that is out of bounds
    # proves as little about the order as a wrong key does.
    (errors.AuthenticationFailed, "-1002 -1021 -1022 -2014 -2015 -4225"),
    (errors.OutcomeUnknown, "-1006 -1007"),
    (errors.InvalidOrder, "-1100 -1101 -1102 -1103 -1104 -1105 -1106 -1111 -1121 -1130"),
    (errors.InvalidOrder, "-2021 -4003 -4004 -4005 -4013 -4014 -4015 -4016 -4023 -4024"),
    (errors.InvalidOrder, "-4061 -4183 -4184"),
    ((errors.InvalidOrder, Reason.BELOW_MINIMUM), "-4164"),
    (errors.VenueRejected, "-2010 -2025 -4045 -4028 -4161 -4047 -4048 -4067 -4068"),
    (errors.OrderNotFound, "-2011 -2013"),
    (errors.InsufficientMargin, "-2018 -2019 -2024 -2027 -2028 -4050 -4051"),
    ((errors.VenueRejected, Reason.NOT_FILLED_IN_FULL), "-2020"),
    ((errors.VenueRejected, Reason.NO_LIQUIDITY), "-4131"),
    ((errors.VenueRejected, Reason.LIQUIDATED), "-2023"),
    (errors.ReduceOnlyRejected, "-2022 -4118"),
    (errors.MarketUnavailable, "-2016 -4022 -4087 -4088 -4140 -4141"),
    (errors.PostOnlyWouldCross, "-5022"),
)
"""What all venues of the dialect mean; each adds its own."""


class Refusal(msgspec.Struct):
    """What may tell a refusal, as an answer or in the place of one order of a batch."""

    code: int | str = SUCCESS
    msg: str = ""


REFUSAL = msgspec.json.Decoder(Refusal)


class FapiErrors:
    """The refusals of one venue."""

    def __init__(self, meanings: Mapping[str, Meaning]) -> None:
        self._table = ErrorTable(meanings)

    def read(self, request: Request, response: Response) -> errors.ExchangeError | None:
        """Say which error an answer is, None for a success."""
        if response.status == UNAVAILABLE:
            # It was passed on and no reply came: whatever the page says, it may have acted.
            return errors.OutcomeUnknown(f"HTTP {response.status}")
        # Lists and pages of whoever stands before the venue carry no code.
        refusal = understood(response.body, REFUSAL) if response.body.startswith(b"{") else None
        if refusal is None or int(refusal.code) == SUCCESS:
            return None if response.status < 300 else _without_code(request, response)
        if response.status in SLOWER and str(refusal.code) not in self._table.meanings:
            # What asks to slow down is said by the status, whatever the code.
            return _without_code(request, response)
        return self.of(refusal, request)

    def of(self, refusal: Refusal, request: Request) -> errors.ExchangeError:
        """Return the error that a code means."""
        return self._table.error(str(refusal.code), refusal.msg, request)


def _without_code(request: Request, response: Response) -> errors.ExchangeError:
    """Tell what a status alone proves; pages of HTML come with several."""
    text = f"HTTP {response.status}"
    if response.status in SLOWER:
        return errors.RateLimited(text, retry_after_s=SLOWER[response.status])
    if response.status == 401:
        return errors.AuthenticationFailed(text)
    return (errors.VenueRejected if request.repeatable else errors.OutcomeUnknown)(text)
