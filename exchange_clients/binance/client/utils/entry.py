"""Binance's order socket (ws-fapi): the parameters of REST, sorted and signed call by call."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from exchange_clients.binance.client.utils.signing import BinanceSigner
from exchange_clients.binance.common import WS_API
from exchange_clients.shared.dialects.fapi.signing import WINDOW_MS
from exchange_clients.shared.encoding import json_of, text_of
from exchange_clients.shared.entry import CallAnswer, EntryEvent
from exchange_clients.shared.flow import Request, Response
from exchange_clients.shared.signing import SigningContext
from exchange_clients.shared.stream import ConnectionSpec, FrameKind

ROTATE_S = 23 * 3600.0
"""The venue cuts a connection after a day."""


class _Frame(msgspec.Struct):
    id: str
    status: int
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: msgspec.Raw = msgspec.Raw(b"")


_frame = msgspec.json.Decoder(_Frame).decode


class BinanceEntry:
    """The order socket of one API key; nobody logs in."""

    def __init__(self, signer: BinanceSigner) -> None:
        self._signer = signer

    def connection(self, now_ms: int) -> ConnectionSpec:
        """Return the connection."""
        return ConnectionSpec("orders", WS_API, (), rotate_after_s=ROTATE_S)

    def frame(self, request: Request, context: SigningContext, call_id: str) -> str:
        """Return the call; what is signed are its parameters in the order of their names."""
        told = {name: text_of(value) for name, value in request.params.items() if value is not None}
        told |= {
            "apiKey": self._signer.api_key,
            "recvWindow": str(WINDOW_MS),
            "timestamp": str(context.now_ms),
        }
        signature = self._signer.signature(urlencode(sorted(told.items())))
        params = {**told, "signature": signature}
        return json_of({"id": call_id, "method": request.entry, "params": params}).decode()

    def read(self, frame: bytes, kind: FrameKind) -> EntryEvent | None:
        """Return an answer as REST would spell it."""
        message = _frame(frame)
        told = bytes(message.error or message.result)
        return CallAnswer(message.id, Response(message.status, told))
