"""The envelope in which every answer travels."""

from __future__ import annotations

import msgspec

from venue_simulators.edgex.errors import EdgexError
from venue_simulators.edgex.wording import ms
from venue_simulators.wire import HttpResponse

SUCCESS = "SUCCESS"


def reply(data: object, now_ns: int) -> HttpResponse:
    """Return an answer."""
    return HttpResponse(200, _envelope(SUCCESS, data, None, None, now_ns))


def refuse(error: EdgexError, now_ns: int) -> HttpResponse:
    """Return a refusal."""
    body = _envelope(error.code, None, error.message, error.parameters or None, now_ns)
    return HttpResponse(error.status, body, error.headers)


def _envelope(
    code: str, data: object, message: str | None, parameters: object, now_ns: int
) -> bytes:
    words = {
        "code": code,
        "data": data,
        "msg": message,
        "errorParam": parameters,
        "requestTime": ms(now_ns),
        "responseTime": ms(now_ns),
        "traceId": f"{now_ns:032x}",
    }
    return msgspec.json.encode(words)
