"""GRVT's error codes: each has one HTTP status, whichever endpoint answers with it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from venue_simulators.wire import HttpResponse

ERRORS: Mapping[int, tuple[int, str]] = {
    1000: (401, "You need to authenticate prior to using this functionality"),
    1001: (403, "You are not authorized to access this functionality"),
    1002: (500, "Internal Server Error"),
    1003: (400, "Request could not be processed due to malformed syntax"),
    1004: (404, "Data Not Found"),
    1005: (500, "Unknown Error"),
    1006: (429, "You have surpassed your allocated rate limit for your tier"),
    1008: (401, "Your IP has not been whitelisted for access"),
    1009: (503, "We are temporarily deactivating this API endpoint, please try again later"),
    1012: (400, "Invalid signature chain ID"),
    1101: (400, "Feed Format must be in the format of <primary>@<secondary>"),
    1102: (400, "Wrong number of primary selectors"),
    1103: (400, "Wrong number of secondary selectors"),
    1400: (403, "Signer does not have trade permission"),
    2000: (403, "Order signature is from an unauthorized signer"),
    2001: (403, "Order signature has expired"),
    2002: (403, "Order signature does not match payload"),
    2003: (403, "Order sub account does not match logged in user"),
    2004: (403, "Order signature is from an expired session key"),
    2005: (403, "Order signature V must be 27/28"),
    2006: (403, "Order signature R/S must have exactly 64 characters long without 0x prefix"),
    2007: (403, "Order signature S must be in the lower half of the curve"),
    2008: (403, "Order signature expiration is more than 30 days from now"),
    2010: (400, "Order ID should be empty or a valid client order id"),
    2011: (400, "Client Order ID should be supplied when creating an order"),
    2012: (400, "Client Order ID overlaps with existing active order"),
    2020: (400, "Market Order must always be supplied without a limit price"),
    2021: (400, "Limit Order must always be supplied with a limit price"),
    2032: (400, "Post Only can only be set to true for GTT/AON orders"),
    2060: (400, "Order Legs contain an inactive derivative"),
    2061: (400, "Unsupported Instrument Requested"),
    2062: (400, "Order size smaller than min size"),
    2064: (400, "Order limit price is not a multiple of tick size"),
    2065: (400, "Order size too granular"),
    2066: (400, "Order below minimum notional"),
    2067: (400, "Reducing order below minimum notional"),
    2080: (400, "Insufficient margin to create order"),
    2081: (400, "Order size exceeds the maximum position size"),
    2083: (400, "Order exceeds the position limit of the leverage"),
    2084: (400, "Insufficient margin after the order"),
    2090: (429, "Max open orders exceeded"),
    2100: (400, "Invalid initial leverage"),
    2101: (400, "Vaults cannot configure leverage"),
    2102: (400, "Margin type change failed, has open position for this instrument"),
    2103: (400, "Margin type change failed, has open orders for this instrument"),
    2107: (400, "Leverage is below the minimum"),
    2108: (400, "Leverage is above the maximum"),
    2233: (400, "Bulk cancel takes order IDs or client order IDs, not both"),
    2234: (400, "Bulk request is empty"),
    2235: (400, "Bulk request has too many orders"),
    2236: (400, "Bulk request mixes instruments"),
    2237: (400, "Bulk request mixes sub accounts"),
    2300: (400, "Cancel time-to-live is not a number of milliseconds"),
    2301: (400, "Cancel time-to-live exceeds the maximum"),
    2400: (400, "Reduce only order with no position"),
    2401: (400, "Reduce only order must not increase position size"),
    2402: (400, "Reduce only order size exceeds maximum allowed value"),
    2413: (400, "Replace must hold as many orders as cancels"),
    3000: (400, "Instrument is invalid"),
    3021: (400, "Either order ID or client order ID must be supplied"),
    3030: (400, "Feed rate is invalid"),
    3031: (400, "Depth is invalid"),
    6000: (400, "Countdown time exceeds the maximum"),
    7201: (400, "Order price is out of the protection band"),
    7304: (400, "Asset is in reduce only mode"),
}
"""HTTP status and message by code."""

NOT_LOGGED_IN = 1000
NO_PERMISSION = 1001
MALFORMED = 1003
NOT_FOUND = 1004
RATE_LIMITED = 1006


class GrvtError(Exception):
    """The venue refuses; nothing was changed."""

    def __init__(self, code: int, message: str = "") -> None:
        self.code = code
        self.status, usual = ERRORS[code]
        self.message = message or usual
        super().__init__(f"{code} {self.message}")

    def response(self) -> HttpResponse:
        """Return the refusal as REST answers it."""
        words = {
            "request_id": 1,
            "code": self.code,
            "message": self.message,
            "status": self.status,
        }
        return HttpResponse(self.status, json.dumps(words).encode())

    def words(self) -> dict[str, int | str]:
        """Return the refusal as a JSON-RPC answer holds it."""
        return {"code": self.code, "message": self.message}
