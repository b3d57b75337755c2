"""JSON-RPC 2.0, as venues speak it over a WebSocket: calls by number, and errors with a code."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from exchange_clients.shared.encoding import json_of


class RpcError(msgspec.Struct):
    """Why a call was refused."""

    code: int | str
    message: str = ""
    data: object = None


def rpc_call(method: str, params: Mapping[str, object], number: int) -> str:
    """Return the frame of a call, whose answer bears the same number."""
    body = {"jsonrpc": "2.0", "method": method, "params": params, "id": number}
    return json_of(body).decode()
