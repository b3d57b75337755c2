"""OKX's order socket: its operations name instruments by number and are answered as REST is."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from exchange_clients.base_models import ContractId
from exchange_clients.okx.client.utils.signing import OkxSigner
from exchange_clients.okx.common import WS_PRIVATE
from exchange_clients.okx.websocket.frames import PING, PONG, Frame, control
from exchange_clients.shared.encoding import json_of
from exchange_clients.shared.entry import CallAnswer, EntryEvent
from exchange_clients.shared.flow import Request, Response
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.signing import SigningContext
from exchange_clients.shared.stream import ConnectionSpec, FrameKind

_frame = msgspec.json.Decoder(Frame).decode


class OkxEntry:
    """The order socket of one API key, which its login stands for."""

    def __init__(self, table: MarketTable, signer: OkxSigner) -> None:
        self._table = table
        self._signer = signer

    def connection(self, now_ms: int) -> ConnectionSpec:
        """Return the connection; it logs in as private streams do."""
        login = self._signer.login(now_ms)
        return ConnectionSpec("orders", WS_PRIVATE, (), login=login, ping=PING)

    def frame(self, request: Request, context: SigningContext, call_id: str) -> str:
        """Return the call, with the instrument's number in place of its name."""
        body = request.body
        assert isinstance(body, Mapping), "calls of the socket have one object"
        named = {name: value for name, value in body.items() if name != "instId"}
        listing = self._table.of_contract(ContractId(body["instId"]))
        argument = {"instIdCode": listing.details["code"], **named}
        return json_of({"id": call_id, "op": request.entry, "args": [argument]}).decode()

    def read(self, frame: bytes, kind: FrameKind) -> EntryEvent | None:
        """Return an answer, which reads as REST's, or what came of the login."""
        if frame == PONG:
            return None
        message = _frame(frame)
        if message.id:
            return CallAnswer(message.id, Response(200, frame))
        return next(iter(control(message)), None)
