"""Paradex's error codes. The body of a refusal is ``{"error", "message", "data"}``."""

from __future__ import annotations

import msgspec

from exchange_clients.base_models import Reason
from exchange_clients.errors import (
    AuthenticationFailed,
    ExchangeError,
    InvalidOrder,
    MarketUnavailable,
    OrderNotFound,
    RateLimited,
    VenueRejected,
)
from exchange_clients.shared.error_table import ErrorTable, by_code, by_status
from exchange_clients.shared.flow import Request, Response

TABLE = ErrorTable(
    by_code(
        (AuthenticationFailed, "INVALID_ORDER_SIGNATURE STARKNET_SIGNATURE_VERIFICATION_FAILED"),
        (AuthenticationFailed, "INVALID_STARKNET_SIGNATURE INVALID_TIMESTAMP"),
        (AuthenticationFailed, "INVALID_SIGNATURE_EXPIRATION NOT_ONBOARDED ACCOUNT_NOT_FOUND"),
        (AuthenticationFailed, "PUBLIC_KEY_INVALID INVALID_TOKEN UNAUTHORIZED_ERROR"),
        (AuthenticationFailed, "INVALID_SUBKEY INVALID_TOKEN_SCOPE REQUEST_NOT_ALLOWED"),
        (AuthenticationFailed, "INVALID_BLOCK_EXPIRATION GEO_IP_BLOCK IP_NOT_ALLOWED"),
        (AuthenticationFailed, "ETHEREUM_ADDRESS_BLOCKED"),
        (InvalidOrder, "VALIDATION_ERROR BINDING_ERROR INVALID_REQUEST_PARAMETER"),
        (InvalidOrder, "INVALID_PRICE_PRECISION INVALID_ORDER_SIZE BATCH_SIZE_OUT_OF_RANGE"),
        (MarketUnavailable, "INVALID_SYMBOL MARKET_NOT_FOUND MARKET_NOT_OPEN"),
        (MarketUnavailable, "SYSTEM_STATUS_POST_ONLY SYSTEM_STATUS_CANCEL_ONLY"),
        (MarketUnavailable, "ISOLATED_MARKET_ACCOUNT_MISMATCH MARKET_MARGIN_RESTRICTED"),
        (MarketUnavailable, "NO_ACCESS_TO_MARKET RPI_ACCOUNT_NOT_WHITELISTED"),
        (OrderNotFound, "ORDER_ID_NOT_FOUND CLIENT_ORDER_ID_NOT_FOUND"),
        ((VenueRejected, Reason.ALREADY_TERMINAL), "ORDER_IS_CLOSED"),
        # Not open yet, or not any more: what was asked was not done, and the order is unknown.
        ((VenueRejected, Reason.OTHER), "ORDER_IS_NOT_OPEN ORDER_IS_NOT_OPEN_YET"),
        ((VenueRejected, Reason.DUPLICATE_CLIENT_ORDER_ID), "DUPLICATED_CLIENT_ID"),
        (RateLimited, "ONBOARDING_RATE_LIMITED"),
    )
)


class Refusal(msgspec.Struct):
    """What an error says."""

    error: str = ""
    message: str = ""


_refusal = msgspec.json.Decoder(Refusal).decode


def read_error(request: Request, response: Response) -> ExchangeError | None:
    """Return what a refusal means; 503, told after 30 s, leaves open what came of a request."""
    if response.status < 300:
        return None
    if response.status in (401, 429) or response.status >= 500:
        return by_status(request, response.status, {429: None})
    refusal = _refusal(response.body)
    return TABLE.error(refusal.error, refusal.message, request)
