"""Who is let in: keys, stamps and signatures of requests and of handshakes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.edgex.edgex_stage import (
    MS_NS,
    Trader,
    Wire,
    quick,
    read,
    refusal,
    stage,
)
from venue_simulators.edgex.authentication import hmac_of
from venue_simulators.edgex.simulator import EdgexSimulator
from venue_simulators.wire import HttpRequest, HttpResponse

PATH = "/api/v2/private/account/getAccountById"
WS_PATH = "/api/v1/private/ws"
Change = Callable[[dict[str, str]], None]


def asked(trader: Trader, headers: dict[str, str], account: str = "") -> HttpResponse:
    query = f"accountId={account or trader.member.account_id}"
    return trader.simulator.handle(HttpRequest("rest", "GET", PATH, query, headers))


def signed(trader: Trader, stamp_ms: int | None = None, account: str = "") -> dict[str, str]:
    text = f"GET{PATH}accountId={account or trader.member.account_id}"
    return trader.headers(text, stamp_ms)


def test_a_signed_request_is_answered() -> None:
    trader = Trader(stage())
    assert read(asked(trader, signed(trader)))["id"] == trader.member.account_id


@pytest.mark.parametrize(
    ("name", "value", "answer"),
    [
        ("x-edgex-api-key", "", (400, "GATEWAY_HEADER_REQUIRED")),
        ("x-edgex-passphrase", "", (400, "GATEWAY_HEADER_REQUIRED")),
        ("x-edgex-timestamp", "", (400, "GATEWAY_HEADER_REQUIRED")),
        ("x-edgex-signature", "", (400, "GATEWAY_HEADER_REQUIRED")),
        ("x-edgex-api-key", "another", (401, "INVALID_API_KEY")),
        ("x-edgex-passphrase", "another", (401, "INVALID_API_KEY")),
        ("x-edgex-timestamp", "yesterday", (400, "INVALID_TIMESTAMP")),
        ("x-edgex-timestamp", "9" * 40, (400, "INVALID_TIMESTAMP")),
        ("x-edgex-signature", "00" * 32, (401, "INVALID_SIGNATURE")),
        ("x-edgex-signature", "\u00e9", (401, "INVALID_SIGNATURE")),
    ],
)
def test_a_wrong_header_is_refused(name: str, value: str, answer: tuple[int, str]) -> None:
    trader = Trader(stage())
    assert refusal(asked(trader, signed(trader) | {name: value})) == answer


@pytest.mark.parametrize("off_ms", [-60_000, 60_000])
def test_a_stamp_may_be_a_minute_off(off_ms: int) -> None:
    trader = Trader(stage())
    read(asked(trader, signed(trader, trader.now_ms + off_ms)))
    beyond = trader.now_ms + off_ms + (1 if off_ms > 0 else -1)
    assert refusal(asked(trader, signed(trader, beyond))) == (400, "INVALID_TIMESTAMP")


def test_the_secret_is_encoded_and_not_decoded() -> None:
    trader = Trader(stage())
    headers = signed(trader)
    plain = hmac_of("", "")
    assert headers["x-edgex-signature"] != plain
    secret = trader.member.api_secret
    text = f"{headers['x-edgex-timestamp']}GET{PATH}accountId={trader.member.account_id}"
    assert hmac_of(secret, text) == headers["x-edgex-signature"]
    raw = base64.b64decode(secret).decode("latin-1")
    wrong = headers | {"x-edgex-signature": hmac_of(raw, text)}
    assert refusal(asked(trader, wrong)) == (401, "INVALID_SIGNATURE")


def test_what_was_signed_cannot_be_changed() -> None:
    venue = stage(accounts=("main", "other"))
    one, other = Trader(venue), Trader(venue, "other")
    account = other.member.account_id
    assert refusal(asked(one, signed(one), account)) == (401, "INVALID_SIGNATURE")


def test_nobody_asks_about_anothers_account() -> None:
    venue = stage(accounts=("main", "other"))
    one, other = Trader(venue), Trader(venue, "other")
    account = other.member.account_id
    answer = asked(one, signed(one, account=account), account)
    assert refusal(answer) == (403, "ACCOUNT_PERMISSION_DENIED")


def test_a_request_without_an_account_is_refused() -> None:
    trader = Trader(stage())
    headers = trader.headers(f"GET{PATH}")
    answer = trader.simulator.handle(HttpRequest("rest", "GET", PATH, "", headers))
    assert refusal(answer) == (400, "GATEWAY_PARAM_REQUIRED")


def test_a_refusal_echoes_the_key_that_was_sent() -> None:
    trader = Trader(stage())
    answer = asked(trader, signed(trader) | {"x-edgex-api-key": "k-123"})
    assert json.loads(answer.body)["errorParam"] == {"apiKey": "k-123"}


def test_the_documents_names_of_headers_count_only_where_they_are_spoken() -> None:
    for documented in (False, True):
        trader = Trader(stage(terms=quick(documents_spelling=documented)))
        headers = signed(trader)
        renamed = {
            "x-edgex-api-key": headers["x-edgex-api-key"],
            "x-edgex-passphrase": headers["x-edgex-passphrase"],
            "x-edgex-api-timestamp": headers["x-edgex-timestamp"],
            "x-edgex-api-signature": headers["x-edgex-signature"],
        }
        assert asked(trader, renamed).status == (200 if documented else 400)


# Handshakes ---------------------------------------------------------------------------------------


def handshake(venue: EdgexSimulator, query: str, headers: dict[str, str]) -> HttpResponse | None:
    class Bare(Wire):
        def _handshake(self) -> HttpRequest:
            return HttpRequest("ws_private", "GET", WS_PATH, query, headers)

    return Bare(venue, number=77).refused


def test_a_handshake_is_signed_over_account_and_time() -> None:
    venue = stage()
    wire = Wire(venue, Trader(venue))
    first, snapshot = wire.take()
    assert wire.refused is None
    assert first["type"] == "connected"
    assert first["time"] == str(venue.world.now_ns // MS_NS)
    assert snapshot["content"]["event"] == "Snapshot"


def test_an_account_that_is_named_twice_is_signed_once() -> None:
    trader = Trader(stage())
    account, stamp = trader.member.account_id, trader.now_ms
    headers = trader.headers(f"GET{WS_PATH}accountId={account}&timestamp={stamp}", stamp)
    query = f"accountId={account}&timestamp={stamp}&accountId={account}"
    assert handshake(trader.simulator, query, headers) is None


def test_browsers_prove_themselves_in_a_subprotocol() -> None:
    trader = Trader(stage())
    stamp = trader.now_ms
    query = f"accountId={trader.member.account_id}&timestamp={stamp}"
    signed_headers = trader.headers(f"GET{WS_PATH}{query}", stamp)
    names = ("X-edgeX-Api-Key", "X-edgeX-Passphrase", "X-edgeX-Signature", "X-edgeX-Timestamp")
    packed = json.dumps({name: signed_headers[name.lower()] for name in names})
    protocol = base64.b64encode(packed.encode()).decode().rstrip("=")
    assert handshake(trader.simulator, query, {"sec-websocket-protocol": protocol}) is None


@pytest.mark.parametrize("protocol", ["", "chat", "e30", "W10", "\u00e9\u00e9\u00e9\u00e9"])
def test_a_subprotocol_that_proves_nothing_is_refused(protocol: str) -> None:
    trader = Trader(stage())
    query = f"accountId={trader.member.account_id}&timestamp={trader.now_ms}"
    refused = handshake(trader.simulator, query, {"sec-websocket-protocol": protocol})
    assert refused is not None
    assert refusal(refused) == (400, "GATEWAY_HEADER_REQUIRED")


def test_a_handshake_that_is_signed_wrongly_fails() -> None:
    venue = stage()
    trader = Trader(venue)
    wire = Wire(venue, trader, headers=trader.headers("GET/elsewhere"))
    assert wire.refused is not None
    assert refusal(wire.refused) == (401, "INVALID_SIGNATURE")
    assert wire.frames == []


def test_a_handshake_for_anothers_account_fails() -> None:
    venue = stage(accounts=("main", "other"))
    one, other = Trader(venue), Trader(venue, "other")
    query = f"accountId={other.member.account_id}&timestamp={one.now_ms}"
    refused = handshake(venue, query, one.headers(f"GET{WS_PATH}{query}"))
    assert refused is not None
    assert refusal(refused) == (401, "ACCOUNT_NOT_FOUND")


def test_an_account_has_five_sockets_at_most() -> None:
    venue = stage()
    trader = Trader(venue)
    wires = [Wire(venue, trader, number=number) for number in range(1, 7)]
    assert [wire.refused is None for wire in wires] == [True] * 5 + [False]
    assert wires[5].refused is not None
    assert refusal(wires[5].refused) == (429, "RATE_LIMIT_EXCEEDED")
    venue.on_close(wires[0])
    assert Wire(venue, trader, number=7).refused is None


def test_a_path_that_no_socket_has_is_refused() -> None:
    venue = stage()

    class Lost(Wire):
        def _handshake(self) -> HttpRequest:
            return HttpRequest("ws_public", "GET", "/")

    refused = Lost(venue).refused
    assert refused is not None
    assert refusal(refused) == (404, "GATEWAY_NOT_FOUND")


# Staying alive ------------------------------------------------------------------------------------


def test_the_venue_pings_and_closes_after_five_unanswered_pings() -> None:
    wire = Wire(stage())
    for _ in range(5):
        passes(wire.simulator, 10)
        (ping,) = wire.take("ping")
        assert ping["time"] == str(wire.simulator.world.now_ns // MS_NS)
    passes(wire.simulator, 9)
    open_until_then = wire.closed is None
    passes(wire.simulator, 1)
    assert (open_until_then, wire.closed) == (True, (1008, "no pong"))
    assert wire.take()[-1]["content"]["code"] == "CONNECTION_TIMEOUT"


def test_pongs_keep_a_connection_open() -> None:
    wire = Wire(stage())
    for _ in range(8):
        passes(wire.simulator, 10)
        (ping,) = wire.take("ping")
        wire.say(type="pong", time=ping["time"])
    assert wire.closed is None


def test_a_clients_ping_is_answered_with_its_own_time() -> None:
    wire = Wire(stage())
    wire.take()
    wire.say(type="ping", time="17")
    assert wire.take() == [{"type": "pong", "time": "17"}]


def test_a_connection_that_is_gone_is_not_pinged() -> None:
    wire = Wire(stage())
    wire.take()
    wire.simulator.on_close(wire)
    passes(wire.simulator, 100)
    wire.say(type="ping", time="1")
    assert wire.take() == []
