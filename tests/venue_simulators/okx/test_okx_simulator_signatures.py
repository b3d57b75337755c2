"""Who is let in by a simulated OKX: every header, the window, the passphrase, the signature."""

from __future__ import annotations

import base64
import hashlib

import pytest

from tests.venue_simulators.okx.okx_stage import refusal, rows, signed, stage
from venue_simulators.okx.signatures import signature_of
from venue_simulators.okx.terms import OkxTerms
from venue_simulators.options import SignatureDepth


def test_the_recorded_vector_is_reproduced() -> None:
    secret = "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO"
    text = "2020-12-08T09:08:57.715ZGET/api/v5/account/balance"
    assert signature_of(secret, text) == "PJ61e1nb2F2Qd7D8SPiaIcx2gjdELc+o0ygzre9z33k="


def test_a_signed_question_with_a_query_is_answered() -> None:
    (config,) = stage().caller().rows("account/config", ccy="USDT")
    assert (config["acctLv"], config["posMode"]) == ("2", "net_mode")


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("ok-access-key", "", "50103"),
        ("ok-access-passphrase", "", "50104"),
        ("ok-access-sign", "", "50106"),
        ("ok-access-timestamp", "", "50107"),
        ("ok-access-key", "someone-elses", "50111"),
        ("ok-access-passphrase", "guessed", "50105"),
        ("ok-access-sign", "AAAA", "50113"),
        ("ok-access-sign", "schön", "50113"),
        ("ok-access-timestamp", "1767225600100", "50112"),
        ("ok-access-timestamp", "2026-01-01T00:00:31.000Z", "50102"),
        ("ok-access-timestamp", "2025-12-31T23:59:29.000Z", "50102"),
        ("x-simulated-trading", "1", "50101"),
    ],
)
def test_a_request_is_refused_for_a_wrong_header(header: str, value: str, code: str) -> None:
    caller = stage().caller()
    caller.headers = {header: value}
    assert refusal(caller.get("account/balance")) == (401, code)


def test_a_query_is_part_of_what_is_signed() -> None:
    caller = stage().caller()
    timestamp = "2026-01-01T00:00:00.100Z"
    caller.headers = {
        "ok-access-timestamp": timestamp,
        "ok-access-sign": signed(caller.keys.secret, f"{timestamp}GET/api/v5/account/balance"),
    }
    assert len(caller.rows("account/balance")) == 1
    assert refusal(caller.get("account/balance", ccy="USDT")) == (401, "50113")


@pytest.mark.parametrize(
    "timestamp", ["2026-01-01T00:00:30.000Z", "2025-12-31T23:59:31.000Z", "2026-01-01T00:00:00.5Z"]
)
def test_half_a_minute_either_way_is_in_time(timestamp: str) -> None:
    caller = stage().caller()
    caller.headers = {"ok-access-timestamp": timestamp}
    assert len(caller.rows("account/balance")) == 1


def test_keys_of_demo_trading_need_its_header() -> None:
    caller = stage(terms=OkxTerms(demo=True)).caller()
    assert refusal(caller.get("account/balance")) == (401, "50101")
    caller.headers = {"x-simulated-trading": "1"}
    assert len(caller.rows("account/balance")) == 1


def test_a_tag_stands_for_a_signature_only_where_digests_are_enough() -> None:
    text = "2026-01-01T00:00:00.100ZGET/api/v5/account/balance"
    tag = hashlib.sha512(b"simulated signature" + text.encode()).digest()
    header = {"ok-access-sign": base64.b64encode(tag).decode()}
    for depth, status in ((SignatureDepth.DIGEST, 200), (SignatureDepth.FULL, 401)):
        caller = stage(signatures=depth).caller()
        caller.headers = header
        assert caller.get("account/balance").status == status


def test_accounts_do_not_see_each_other() -> None:
    made = stage(accounts=("main", "other"))
    made.caller("main").place()
    assert made.caller("other").rows("trade/orders-pending") == []
    assert len(made.caller("main").rows("trade/orders-pending")) == 1


def test_a_body_is_part_of_what_is_signed() -> None:
    caller = stage().caller()
    first = caller.post("account/set-position-mode", {"posMode": "net_mode"})
    assert rows(first) == [{"posMode": "net_mode"}]
    caller.headers = {"ok-access-sign": "A" * 44}
    assert refusal(caller.post("trade/order", {})) == (401, "50113")


@pytest.mark.parametrize(("body", "code"), [("", "50000"), ("{", "50002"), ("[]", "50002")])
def test_a_body_that_cannot_be_read_is_refused(body: str, code: str) -> None:
    caller = stage().caller()
    request = caller.request("POST", "account/set-leverage", body=body.encode())
    assert refusal(caller.simulator.handle(request)) == (400, code)
