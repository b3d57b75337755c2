"""Paradex's error codes. The body of a refusal is ``{"error", "message", "data"}``."""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from exchange_clients.base_models import Reason
from exchange_clients.errors import (
    AuthenticationFailed,
    ExchangeError,
    InvalidOrder,
    MarketUnavailable,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    VenueRejected,
)
from exchange_clients.shared.error_table import ErrorTable
from exchange_clients.shared.flow import Request, Response

_AUTH = (
    "INVALID_ORDER_SIGNATURE", "STARKNET_SIGNATURE_VERIFICATION_FAILED",
    "INVALID_STARKNET_SIGNATURE", "INVALID_TIMESTAMP", "INVALID_SIGNATURE_EXPIRATION",
    "NOT_ONBOARDED", "ACCOUNT_NOT_FOUND", "PUBLIC_KEY_INVALID", "INVALID_TOKEN",
    "UNAUTHORIZED_ERROR", "INVALID_SUBKEY", "INVALID_TOKEN_SCOPE", "REQUEST_NOT_ALLOWED",
    "INVALID_BLOCK_EXPIRATION", "GEO_IP_BLOCK", "IP_NOT_ALLOWED", "ETHEREUM_ADDRESS_BLOCKED",
)  # fmt: skip
_INVALID = (
    "VALIDATION_ERROR", "BINDING_ERROR", "INVALID_REQUEST_PARAMETER", "INVALID_PRICE_PRECISION",
    "INVALID_ORDER_SIZE", "BATCH_SIZE_OUT_OF_RANGE",
)  # fmt: skip
_MARKET = (
    "INVALID_SYMBOL", "MARKET_NOT_FOUND", "MARKET_NOT_OPEN", "SYSTEM_STATUS_POST_ONLY",
    "SYSTEM_STATUS_CANCEL_ONLY", "ISOLATED_MARKET_ACCOUNT_MISMATCH", "MARKET_MARGIN_RESTRICTED",
    "NO_ACCESS_TO_MARKET", "RPI_ACCOUNT_NOT_WHITELISTED",
)  # fmt: skip

TABLE = ErrorTable(
    MappingProxyType(
        {
            **dict.fromkeys(_AUTH, AuthenticationFailed),
            **dict.fromkeys(_INVALID, InvalidOrder),
            **dict.fromkeys(_MARKET, MarketUnavailable),
            "ORDER_ID_NOT_FOUND": OrderNotFound,
            "CLIENT_ORDER_ID_NOT_FOUND": OrderNotFound,
            "ORDER_IS_CLOSED": (VenueRejected, Reason.ALREADY_TERMINAL),
            # Not open yet, or not any more: what was asked was not done, and the order is unknown.
            "ORDER_IS_NOT_OPEN": (VenueRejected, Reason.OTHER),
            "ORDER_IS_NOT_OPEN_YET": (VenueRejected, Reason.OTHER),
            "DUPLICATED_CLIENT_ID": (VenueRejected, Reason.DUPLICATE_CLIENT_ORDER_ID),
            "ONBOARDING_RATE_LIMITED": RateLimited,
        }
    )
)


class Refusal(msgspec.Struct):
    """What an error says."""

    error: str = ""
    message: str = ""


def read_error(request: Request, response: Response) -> ExchangeError | None:
    """Return what a refusal means."""
    if response.status < 300:
        return None
    if response.status >= 500:
        # The venue gives up after 30 s with 503 and leaves open what became of an order.
        return OutcomeUnknown(f"paradex answered {response.status}")
    if response.status == 401:
        return AuthenticationFailed("paradex does not accept the token")
    if response.status == 429:
        return RateLimited("paradex asks to slow down")
    refusal = msgspec.json.decode(response.body, type=Refusal)
    return TABLE.error(refusal.error, refusal.message, request)
