"""Reading and answering transactions that come as forms."""

from __future__ import annotations

import msgspec

from venue_simulators.lighter.errors import Code, Refusal
from venue_simulators.lighter.requests import Parameters
from venue_simulators.lighter.terms import CHAIN_ID, TESTNET_CHAIN_ID
from venue_simulators.lighter.transactions import Accepted, ApiServer
from venue_simulators.wire import HttpRequest

_RATE_NOTE = '{"ratelimit": "didn\'t use volume quota"}'


def send_one(server: ApiServer, request: HttpRequest, parameters: Parameters) -> dict[str, object]:
    """Answer ``sendTx``."""
    sent = [(parameters.number("tx_type"), parameters.text("tx_info"))]
    accepted = _send(server, request, parameters, sent)
    return {
        "code": 200,
        "message": _RATE_NOTE,
        "tx_hash": accepted.hashes[0],
        "predicted_execution_time_ms": accepted.execution_ms,
        "volume_quota_remaining": accepted.quota_left,
    }


def send_batch(
    server: ApiServer, request: HttpRequest, parameters: Parameters
) -> dict[str, object]:
    """Answer ``sendTxBatch``: one code for all of them."""
    sent = read_batch(parameters.text("tx_types"), parameters.text("tx_infos"))
    accepted = _send(server, request, parameters, sent)
    return {
        "code": 200,
        "message": _RATE_NOTE,
        "tx_hash": list(accepted.hashes),
        "predicted_execution_time_ms": accepted.execution_ms,
        "volume_quota_remaining": accepted.quota_left,
    }


def read_batch(types: object, infos: object) -> list[tuple[int, str]]:
    """Read the two JSON arrays of a batch, each of which is a text.

    The infos may be objects, or texts of objects as the official client writes them.
    """
    numbers, documents = _array(types), _array(infos)
    if len(numbers) != len(documents):
        raise Refusal(Code.INVALID_PARAMETER, "tx_types and tx_infos differ in length")
    sent = []
    for number, document in zip(numbers, documents, strict=True):
        if type(number) is not int:
            raise Refusal(Code.INVALID_PARAMETER, "tx_types")
        text = document if isinstance(document, str) else msgspec.json.encode(document).decode()
        sent.append((number, text))
    return sent


def chain_of(request: HttpRequest) -> int:
    """Return the chain of the host that was asked; a host of no name stands for the main one."""
    return TESTNET_CHAIN_ID if "testnet" in request.headers.get("host", "") else CHAIN_ID


def _send(
    server: ApiServer,
    request: HttpRequest,
    parameters: Parameters,
    sent: list[tuple[int, str]],
) -> Accepted:
    protection = parameters.text("price_protection", "true").lower()
    if protection not in ("true", "false"):
        raise Refusal(Code.INVALID_PARAMETER, "price_protection")
    return server.send(sent, chain_of(request), price_protection=protection == "true")


def _array(text: object) -> list[object]:
    if not isinstance(text, str):
        raise Refusal(Code.INVALID_PARAMETER, "tx_types and tx_infos are JSON texts")
    try:
        values = msgspec.json.decode(text)
    except msgspec.DecodeError:
        raise Refusal(Code.INVALID_PARAMETER, "tx_types and tx_infos are JSON texts") from None
    if not isinstance(values, list):
        raise Refusal(Code.INVALID_PARAMETER, "tx_types and tx_infos are arrays")
    return values
