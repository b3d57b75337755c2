"""What the venue refuses with: its codes, their sentences and the HTTP status beside them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

import msgspec

from venue_simulators.wire import HttpResponse


class Code(IntEnum):
    """The codes that are simulated; names are ours, numbers the venue's."""

    OK = 200
    INVALID_PARAMETER = 20001
    """(unconfirmed) Of a request that cannot be read, and of a transaction that has expired."""
    INVALID_AUTH = 20013
    """(unconfirmed) Of a token that is missing, expired or not this account's."""
    ACCOUNT_NOT_FOUND = 21100
    INVALID_NONCE = 21104
    NONCES_NOT_INCREASING = 21105
    API_KEY_NOT_FOUND = 21109
    INVALID_SIGNATURE = 21120
    BATCH_OWNER_MISMATCH = 21121
    MARGIN_MODE_WITH_POSITION = 21132
    INTEGRATOR_NOT_APPROVED = 21149
    TOO_MANY_IN_BATCH = 21514
    MARKET_NOT_OPEN = 21605
    INVALID_ORDER_INDEX = 21700
    INVALID_BASE_AMOUNT = 21701
    INVALID_PRICE = 21702
    INVALID_SIDE = 21703
    INVALID_ORDER_TYPE = 21704
    INVALID_TIME_IN_FORCE = 21705
    BELOW_MINIMUM = 21706
    ORDER_EMPTY = 21708
    ORDER_INACTIVE = 21709
    INVALID_EXPIRY = 21711
    TOO_MANY_ORDERS = 21718
    INVALID_CLIENT_INDEX = 21727
    DUPLICATE_CLIENT_INDEX = 21728
    ACCIDENTAL_PRICE = 21733
    NOT_ENOUGH_MARGIN = 21739
    INVALID_CANDLE_PARAMETERS = 22400
    TOO_MANY_REQUESTS = 23000
    TOO_MANY_SUBSCRIPTIONS = 23001
    TOO_MANY_CONNECTIONS = 23003
    NOT_FOUND = 29404
    MALFORMED_FRAME = 30001
    """(unconfirmed) Of a frame that cannot be read."""
    NOT_SUBSCRIBED = 30002
    ALREADY_SUBSCRIBED = 30003
    INVALID_CHANNEL = 30005
    TOO_MANY_MESSAGES = 30009


_SENTENCES: Mapping[Code, str] = {
    Code.INVALID_PARAMETER: "invalid param",
    Code.INVALID_AUTH: "invalid auth",
    Code.ACCOUNT_NOT_FOUND: "account not found",
    Code.INVALID_NONCE: "invalid nonce",
    Code.NONCES_NOT_INCREASING: "non-increasing nonce in batch",
    Code.API_KEY_NOT_FOUND: "api key not found",
    Code.INVALID_SIGNATURE: "invalid signature",
    Code.BATCH_OWNER_MISMATCH: "transactions of a batch must have one account and api key",
    Code.MARGIN_MODE_WITH_POSITION: "margin mode cannot change with an open position",
    Code.INTEGRATOR_NOT_APPROVED: "integrator is not approved",
    Code.TOO_MANY_IN_BATCH: "too many transactions in batch",
    Code.MARKET_NOT_OPEN: "market is not open",
    Code.INVALID_ORDER_INDEX: "invalid order index",
    Code.INVALID_BASE_AMOUNT: "invalid order base amount",
    Code.INVALID_PRICE: "invalid order price",
    Code.INVALID_SIDE: "invalid is ask",
    Code.INVALID_ORDER_TYPE: "invalid order type",
    Code.INVALID_TIME_IN_FORCE: "invalid order time in force",
    Code.BELOW_MINIMUM: "invalid order base or quote amount",
    Code.ORDER_EMPTY: "order is empty",
    Code.ORDER_INACTIVE: "order is inactive",
    Code.INVALID_EXPIRY: "invalid order expiry",
    Code.TOO_MANY_ORDERS: "too many active orders",
    Code.INVALID_CLIENT_INDEX: "invalid client order index",
    Code.DUPLICATE_CLIENT_INDEX: "client order index already exists",
    Code.ACCIDENTAL_PRICE: "order price flagged as an accidental price",
    Code.NOT_ENOUGH_MARGIN: "not enough margin to create the order",
    Code.INVALID_CANDLE_PARAMETERS: "invalid candle parameters",
    Code.TOO_MANY_REQUESTS: "Too Many Requests!",
    Code.TOO_MANY_SUBSCRIPTIONS: "Too Many Subscriptions!",
    Code.TOO_MANY_CONNECTIONS: "Too Many Connections!",
    Code.NOT_FOUND: "not found",
    Code.MALFORMED_FRAME: "Invalid Message",
    Code.NOT_SUBSCRIBED: "Not Subscribed",
    Code.ALREADY_SUBSCRIBED: "Already Subscribed",
    Code.INVALID_CHANNEL: "Invalid Channel",
    Code.TOO_MANY_MESSAGES: "Too Many Websocket Messages!",
}

_STATUSES: Mapping[Code, int] = {
    # (unconfirmed) The venue documents the codes of refused tokens, but not their HTTP status.
    Code.INVALID_AUTH: 401,
    Code.NOT_FOUND: 404,
    Code.TOO_MANY_REQUESTS: 429,
    Code.TOO_MANY_CONNECTIONS: 429,
}


class Refusal(Exception):
    """A request is refused; nothing was changed, and no nonce consumed."""

    def __init__(self, code: Code, detail: str = "") -> None:
        sentence = _SENTENCES[code]
        self.code = code
        self.message = f"{sentence}: {detail}" if detail else sentence
        super().__init__(self.message)

    @property
    def body(self) -> dict[str, object]:
        """The code and the message, as every answer carries them."""
        return {"code": int(self.code), "message": self.message}

    def response(self) -> HttpResponse:
        """Return the refusal as an HTTP answer."""
        return HttpResponse(_STATUSES.get(self.code, 400), msgspec.json.encode(self.body))
