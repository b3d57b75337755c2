"""Calls by JSON-RPC are numbered, and their errors read whatever their code is."""

from __future__ import annotations

import msgspec
import pytest

from exchange_clients.shared.json_rpc import RpcError, rpc_call


def test_a_call_bears_its_number() -> None:
    told = msgspec.json.decode(rpc_call("subscribe", {"channel": "bbo"}, 7))
    assert told == {
        "jsonrpc": "2.0", "method": "subscribe", "params": {"channel": "bbo"}, "id": 7,
    }  # fmt: skip


@pytest.mark.parametrize("code", [-32600, "1003"])
def test_an_error_has_a_number_or_a_word_for_its_code(code: int | str) -> None:
    body = msgspec.json.encode({"code": code, "message": "no", "data": {"why": 1}})
    error = msgspec.json.decode(body, type=RpcError)
    assert (error.code, error.message, error.data) == (code, "no", {"why": 1})
