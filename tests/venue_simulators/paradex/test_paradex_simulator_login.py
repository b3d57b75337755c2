"""Tokens: how they are had, how long they stand, and what they allow."""

from __future__ import annotations

import base64
import json

import pytest

from exchange_clients.base_models import NS
from tests.support.quiet_markets import passes
from tests.venue_simulators.paradex.paradex_stage import (
    Trader,
    Wire,
    public,
    quick,
    read,
    refusal,
    stage,
)
from venue_simulators.options import SignatureDepth
from venue_simulators.wire import HttpRequest

UNAUTHORIZED = "missing or malformed jwt"


def test_a_signed_login_gives_a_token_of_five_minutes() -> None:
    simulator = stage(signatures=SignatureDepth.FULL)
    trader = Trader(simulator, depth=SignatureDepth.FULL)
    claims = json.loads(base64.urlsafe_b64decode(trader.token.split(".")[1] + "=="))
    assert claims["exp"] - claims["iat"] == 300
    assert claims["sub"] == trader.member.account
    assert trader.get("account")["account"] == trader.member.account


def test_a_token_that_has_expired_says_by_how_much() -> None:
    simulator = stage()
    trader = Trader(simulator)
    passes(simulator, 299.9)
    assert trader.ask("GET", "account").status == 200
    passes(simulator, 9.5)
    answer = trader.ask("GET", "account")
    assert (answer.status, json.loads(answer.body)) == (
        401,
        {"message": "missing or malformed jwt: token is expired by 9.4s"},
    )


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic a.b.c"])
def test_without_a_token_of_the_venue_nothing_private_is_told(header: str) -> None:
    simulator = stage()
    headers = {"authorization": header} if header else {}
    answer = simulator.handle(HttpRequest("rest", "GET", "/v1/account", "", headers))
    assert answer.status == 401
    assert json.loads(answer.body)["message"].startswith(UNAUTHORIZED)


def test_a_revoked_token_is_refused_at_once() -> None:
    simulator = stage()
    trader = Trader(simulator)
    simulator.tokens.revoke()
    assert trader.ask("GET", "account").status == 401


def test_a_subkey_logs_in_and_trades_under_the_main_account() -> None:
    simulator = stage(signatures=SignatureDepth.FULL)
    member = simulator.members["main"]
    trader = Trader(simulator, depth=SignatureDepth.FULL, key=member.subkey)
    assert read(trader.create(), 201)["account"] == member.account


def test_the_plain_path_checks_the_main_key() -> None:
    simulator = stage(signatures=SignatureDepth.FULL)
    member = simulator.members["main"]
    trader = Trader(simulator, depth=SignatureDepth.FULL, key=member.subkey)
    assert refusal(trader.login("auth")) == (400, "STARKNET_SIGNATURE_VERIFICATION_FAILED")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"paradex-starknet-account": ""}, "VALIDATION_ERROR"),
        ({"paradex-starknet-account": "0x123"}, "NOT_ONBOARDED"),
        ({"paradex-starknet-account": "main"}, "PUBLIC_KEY_INVALID"),
        ({"paradex-starknet-signature": ""}, "INVALID_STARKNET_SIGNATURE"),
        ({"paradex-starknet-signature": '["1","2"]'}, "STARKNET_SIGNATURE_VERIFICATION_FAILED"),
        ({"paradex-timestamp": "now"}, "INVALID_TIMESTAMP"),
        ({"paradex-timestamp": "1795200060"}, "INVALID_TIMESTAMP"),
        ({"paradex-signature-expiration": "1795199999"}, "INVALID_SIGNATURE_EXPIRATION"),
        ({"paradex-signature-expiration": "1895199999"}, "INVALID_SIGNATURE_EXPIRATION"),
        ({"paradex-signature-expiration": ""}, "STARKNET_SIGNATURE_VERIFICATION_FAILED"),
    ],
)
def test_a_login_is_refused_for_what_is_wrong_with_it(changes: dict[str, str], code: str) -> None:
    trader = Trader(stage())
    assert refusal(trader.login(**changes)) == (400, code)


def test_an_old_signature_has_expired() -> None:
    simulator = stage()
    trader = Trader(simulator)
    headers = trader.login_headers()
    passes(simulator, 181)
    assert refusal(trader.login(**headers)) == (400, "INVALID_SIGNATURE_EXPIRATION")


def test_a_key_that_is_not_the_accounts_is_refused() -> None:
    trader = Trader(stage())
    assert refusal(trader.login("auth/0x5")) == (400, "INVALID_SUBKEY")


def test_onboarding_an_account_that_there_is_changes_nothing() -> None:
    trader = Trader(stage())
    assert read(trader.onboard()) == {"address": trader.member.account}
    assert refusal(trader.onboard(**{"paradex-ethereum-account": ""}))[1] == "VALIDATION_ERROR"


def test_the_address_of_a_public_key_can_be_asked() -> None:
    simulator = stage()
    member = simulator.members["main"]
    query = f"account_signer_type=starknet&public_key={member.main.public_key:#x}"
    assert read(public(simulator, "onboarding", query)) == {
        "address": member.account,
        "exists": True,
    }
    other = read(public(simulator, "onboarding", "public_key=0x5"))
    assert other["exists"] is False


def test_a_long_lived_token_may_only_read_and_can_be_deleted() -> None:
    trader = Trader(stage())
    wanted = {"name": "reader", "token_type": "read_only", "expiry_duration": 3600}
    made = read(trader.ask("POST", "account/tokens", "", wanted))
    assert trader.get("account/tokens")["results"][0]["lookup_id"] == made["lookup_id"]
    reader = Trader(trader.simulator)
    reader.token = made["token"]
    assert reader.get("account")
    assert refusal(reader.create()) == (403, "REQUEST_NOT_ALLOWED")
    assert trader.ask("DELETE", f"account/tokens/{made['lookup_id']}").status == 204
    assert reader.ask("GET", "account").status == 401
    assert refusal(trader.ask("DELETE", "account/tokens/x"))[1] == "INVALID_TOKEN"


@pytest.mark.parametrize("duration_s", [59, 365 * 86_400 + 1, None])
def test_a_long_lived_token_lasts_a_minute_to_a_year(duration_s: int | None) -> None:
    trader = Trader(stage())
    wanted = {"name": "reader", "token_type": "read_only", "expiry_duration": duration_s}
    answer = trader.ask("POST", "account/tokens", "", wanted)
    assert refusal(answer) == (400, "VALIDATION_ERROR")


def test_an_account_has_so_many_long_lived_tokens_and_no_more() -> None:
    trader = Trader(stage())
    wanted = {"name": "reader", "token_type": "read_only", "expiry_duration": 3600}
    for _ in range(20):
        read(trader.ask("POST", "account/tokens", "", wanted))
    answer = trader.ask("POST", "account/tokens", "", wanted)
    assert refusal(answer) == (400, "TOKEN_LIMIT_REACHED")


def test_an_interactive_token_slows_orders_down_unless_they_only_make() -> None:
    simulator = stage()
    trader = Trader(simulator, usage="interactive")
    taking, making = (
        read(trader.create(), 201),
        read(trader.create(instruction="POST_ONLY", price="148"), 201),
    )
    passes(simulator, 0.1)
    assert trader.look_up(taking["id"])["status"] == "NEW"
    assert trader.look_up(making["id"])["status"] == "OPEN"
    passes(simulator, 0.3)
    assert trader.look_up(taking["id"])["status"] == "OPEN"
    assert trader.look_up(taking["id"])["flags"] == ["INTERACTIVE"]


def test_an_unknown_usage_of_a_token_is_refused() -> None:
    trader = Trader(stage())
    assert refusal(trader.login(query="token_usage=fast"))[1] == "INVALID_REQUEST_PARAMETER"


def test_a_socket_outlives_the_token_it_was_opened_with() -> None:
    simulator = stage()
    wire = Wire(simulator, Trader(simulator))
    passes(simulator, 600)
    wire.frames.clear()
    assert wire.call("order.cancel_all")["result"] == {"status": "ok"}


def test_a_socket_refuses_bearers_that_do_not_stand() -> None:
    simulator = stage()
    trader, wire = Trader(simulator), Wire(simulator)
    assert wire.call("auth", bearer="x")["error"]["code"] == 40110
    assert wire.call("auth", bearer="a.b.c")["error"]["code"] == 40111
    passes(simulator, 301)
    wire.frames.clear()
    stale = wire.call("auth", bearer=trader.token)
    assert stale["error"]["code"] == 40111
    assert "expired" in stale["error"]["data"]


def test_testnet_is_signed_for_another_chain() -> None:
    simulator = stage(terms=quick(environment="testnet"))
    config = read(public(simulator, "system/config"))
    assert config["starknet_chain_id"] == "PRIVATE_SN_POTC_SEPOLIA"
    assert Trader(simulator).token


def test_the_clock_of_the_venue_counts_not_the_tokens() -> None:
    simulator = stage(terms=quick(token_lifetime_ns=10 * NS))
    trader = Trader(simulator)
    passes(simulator, 11)
    assert trader.ask("GET", "account").status == 401
