"""Bybit's order socket: the bodies of REST as arguments, and acknowledgements like its answers."""

from __future__ import annotations

import msgspec

from exchange_clients.bybit.client.utils.signing import WINDOW_MS, BybitSigner
from exchange_clients.bybit.common import WS_TRADE
from exchange_clients.events import LoginAccepted, LoginRefused
from exchange_clients.shared.encoding import json_of
from exchange_clients.shared.entry import CallAnswer, EntryEvent
from exchange_clients.shared.flow import Request, Response
from exchange_clients.shared.signing import SigningContext
from exchange_clients.shared.stream import ConnectionSpec, FrameKind, PingRule

PING = PingRule('{"op":"ping"}', every_s=20, silence_s=60)
ROTATE_S = 12 * 3600.0


class _Frame(msgspec.Struct, rename="camel"):
    op: str
    ret_code: int
    ret_msg: str = ""
    req_id: str = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")
    ret_ext_info: msgspec.Raw = msgspec.Raw(b"{}")


_frame = msgspec.json.Decoder(_Frame).decode


class BybitEntry:
    """The order socket of one API key, which its login stands for."""

    def __init__(self, signer: BybitSigner) -> None:
        self._signer = signer

    def connection(self, now_ms: int) -> ConnectionSpec:
        """Return the connection; it logs in as private streams do."""
        login = self._signer.login(now_ms)
        return ConnectionSpec(
            "orders", WS_TRADE, (), login=login, ping=PING, rotate_after_s=ROTATE_S
        )

    def frame(self, request: Request, context: SigningContext, call_id: str) -> str:
        """Return the call: the body of REST is its one argument."""
        header = {"X-BAPI-TIMESTAMP": str(context.now_ms), "X-BAPI-RECV-WINDOW": WINDOW_MS}
        call = {"reqId": call_id, "header": header, "op": request.entry, "args": [request.body]}
        return json_of(call).decode()

    def read(self, frame: bytes, kind: FrameKind) -> EntryEvent | None:
        """Return an answer as REST would spell it, or what came of the login."""
        message = _frame(frame)
        if message.op == "auth":
            accepted = message.ret_code == 0
            return LoginAccepted() if accepted else LoginRefused("auth", message.ret_msg)
        if not message.req_id:
            return None
        told = {
            "retCode": message.ret_code,
            "retMsg": message.ret_msg,
            "result": message.data,
            "retExtInfo": message.ret_ext_info,
        }
        return CallAnswer(message.req_id, Response(200, json_of(told)))
