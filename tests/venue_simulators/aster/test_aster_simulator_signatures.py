"""Who a request is from: agents' signatures and nonces, and the older API keys."""

from urllib.parse import urlencode

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.aster.aster_stage import Trader, stage
from tests.venue_simulators.fapi.fapi_stage import SOL, limit, refusal, row, rows
from venue_simulators.aster.authentication import Nonces
from venue_simulators.aster.signatures import (
    decoded,
    domain_separator,
    message_digest,
    verified,
)
from venue_simulators.aster.terms import AsterTerms
from venue_simulators.evm.signatures import address_of
from venue_simulators.fapi.authentication import ApiKey, HmacGate, Sent, split_signature
from venue_simulators.fapi.errors import FapiError
from venue_simulators.fapi.parameters import read_pairs
from venue_simulators.options import SignatureDepth
from venue_simulators.wire import HttpRequest

DEMO_KEY = "0x4fd0a42218f3eae43a6ce26d22544e986139a01e5b34a62db53757ffca81bae1"
DEMO_SIGNER = "0x21cF8Ae13Bb72632562c6Fff438652Ba1a151bb0"
ORDER_TEXT = (
    "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=60000"
    "&nonce=1750793021519000&user=0x63DD5aCC6b1aa0f563956C0e534DD30B6dcF7C4e"
    f"&signer={DEMO_SIGNER}"
)
ORDER_SIGNATURE = (
    "0x9f9c0625c36e5ce12f43fe84b2730281c3d6dc6d2f55a39f8d78d64e869f929b"
    "6b5532bb5e4a0154bbc045a3d28008c422bbb7f192c46be46b3664d2107e5abf1c"
)
BARE_TEXT = f"nonce=1748310859508867&signer={DEMO_SIGNER}"
BARE_SIGNATURE = (
    "0xcd0ea4d53d67b3aa39bb62a85fbd4b819f83f745a6eb30c6dfd31991b7b9f00a"
    "359d9be3656c8c0860e71e2416f0c06b89d7f64e291f0d7ebe71f7fb76a144c11b"
)
LEGACY_SECRET = "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9"
LEGACY_TEXT = (
    "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC"
    "&recvWindow=5000&timestamp=1591702613943"
)
LEGACY_SIGNATURE = "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"


# Vectors ------------------------------------------------------------------------------------------


def test_domain_separators_are_those_of_the_two_chains() -> None:
    assert [domain_separator(chain).hex() for chain in (1666, 714)] == [
        "a95d0a7a6f3f17fcebb0c2336645385ce79cde7523f71ab147fdb7f15e9f37f9",
        "fad01b07bed5729a04dbb977fd86da612eba71d668660bf12cf10b3d65b74d94",
    ]


def test_digest_of_an_order_is_that_of_the_vector() -> None:
    assert message_digest(ORDER_TEXT, 1666).hex() == (
        "288365ea7741c08cb3f199b61d85f640fd0eec356bab262cfe059de776cd42dd"
    )


def test_the_demo_key_has_the_address_of_the_documents() -> None:
    assert address_of(DEMO_KEY) == DEMO_SIGNER.lower()


@pytest.mark.parametrize(
    ("text", "signature"), [(ORDER_TEXT, ORDER_SIGNATURE), (BARE_TEXT, BARE_SIGNATURE)]
)
def test_signatures_of_the_vectors_are_their_signers(text: str, signature: str) -> None:
    raw = decoded(signature)
    assert raw is not None
    assert verified(SignatureDepth.FULL, DEMO_SIGNER, text, raw, 1666)
    assert not verified(SignatureDepth.FULL, DEMO_SIGNER, text + " ", raw, 1666)
    assert not verified(SignatureDepth.FULL, DEMO_SIGNER, text, raw, 714)


@pytest.mark.parametrize(
    "signature", [ORDER_SIGNATURE[2:], "0x", "0xzz", ORDER_SIGNATURE + "00", ORDER_SIGNATURE[:-2]]
)
def test_what_is_not_65_bytes_in_hexadecimal_is_no_signature(signature: str) -> None:
    assert decoded(signature) is None


def test_the_older_signature_is_that_of_the_published_vector() -> None:
    gate = HmacGate({"akey1234": ApiKey("main", LEGACY_SECRET)})
    query = f"{LEGACY_TEXT}&signature={LEGACY_SIGNATURE}"
    request = HttpRequest("rest", "POST", "/", query, {"x-mbx-apikey": "akey1234"})
    sent = Sent(request, read_pairs(query))
    assert gate.of_signature(sent, 1_591_702_613_943 * 1_000_000) == "main"


def test_query_and_body_are_signed_without_anything_between_them() -> None:
    assert split_signature("a=1&b=2" + "c=3&signature=xyz") == ("a=1&b=2c=3", "xyz")


# Agents -------------------------------------------------------------------------------------------


def test_an_agents_curve_signature_opens_his_account() -> None:
    trader = Trader(stage(signatures=SignatureDepth.FULL), full=True)
    assert row(trader.place())["status"] == "NEW"
    assert len(rows(trader.ask("GET", "openOrders"))) == 1


def test_without_a_user_the_agent_alone_says_whose_account_it_is() -> None:
    trader = Trader(stage())
    text = trader.text({}, user="")
    assert "user" not in text
    assert rows(trader.send("GET", "balance", f"{text}&signature={trader.signature(text)}"))


def test_addresses_may_be_written_in_capitals() -> None:
    trader = Trader(stage())
    user = "0x" + trader.member.user[2:].upper()
    text = trader.text({}, user=user, signer="0x" + trader.member.signer[2:].upper())
    assert rows(trader.send("GET", "balance", f"{text}&signature={trader.signature(text)}"))


@pytest.mark.parametrize("name", ["nonce", "signer", "signature"])
def test_nothing_of_the_proof_may_be_missing(name: str) -> None:
    trader = Trader(stage())
    text = trader.text({})
    words = dict(part.split("=") for part in f"{text}&signature=0x00".split("&"))
    del words[name]
    assert refusal(trader.send("GET", "balance", urlencode(words))) == (400, -1102)


def test_a_parameter_changed_under_its_signature_is_noticed() -> None:
    trader = Trader(stage())
    text = trader.text(limit())
    signed = f"{text}&signature={trader.signature(text)}"
    changed = signed.replace("178.00", "178.01")
    assert refusal(trader.send("POST", "order", changed)) == (400, -1022)


def test_escapes_are_signed_as_they_travel() -> None:
    trader = Trader(stage())
    text = trader.text(limit(newClientOrderId="a:b/c"))
    assert "a%3Ab%2Fc" in text
    plain = text.replace("a%3Ab%2Fc", "a:b/c")
    wrong = f"{text}&signature={trader.signature(plain)}"
    assert refusal(trader.send("POST", "order", wrong)) == (400, -1022)
    right = f"{text}&signature={trader.signature(text)}"
    assert row(trader.send("POST", "order", right))["clientOrderId"] == "a:b/c"


def test_the_signature_must_come_last() -> None:
    trader = Trader(stage())
    text = trader.text({})
    early = f"signature={trader.signature(text)}&{text}"
    assert refusal(trader.send("GET", "balance", early)) == (400, -1022)


def test_a_signature_for_another_chain_is_none() -> None:
    trader = Trader(stage())
    text = trader.text({})
    signature = trader.signature(text, chain_id=714)
    assert refusal(trader.send("GET", "balance", f"{text}&signature={signature}")) == (400, -1022)


def test_the_testnet_has_a_chain_of_its_own() -> None:
    trader = Trader(stage(terms=AsterTerms(chain_id=714)))
    text = trader.text({})
    signature = trader.signature(text, chain_id=714)
    assert rows(trader.send("GET", "balance", f"{text}&signature={signature}"))


def test_an_unknown_agent_and_another_ones_user_are_not_authorised() -> None:
    trader = Trader(stage(accounts=("main", "other")))
    other = trader.simulator.members["other"]
    for identity in ({"signer": "0x" + "12" * 20}, {"user": other.user}):
        text = trader.text({}, **identity)
        answered = trader.send("GET", "balance", f"{text}&signature={trader.signature(text)}")
        assert refusal(answered) == (401, -1002)


def test_a_parameter_sent_twice_is_refused() -> None:
    trader = Trader(stage())
    text = trader.text({"symbol": SOL}) + "&symbol=SOLUSDT"
    answered = trader.send("GET", "openOrders", f"{text}&signature={trader.signature(text)}")
    assert refusal(answered) == (400, -1101)


def test_everything_may_travel_in_the_query_of_a_post() -> None:
    trader = Trader(stage())
    text = trader.text(limit())
    query = f"{text}&signature={trader.signature(text)}"
    answered = trader.simulator.handle(HttpRequest("rest", "POST", "/fapi/v3/order", query))
    assert row(answered)["symbol"] == SOL


# Nonces -------------------------------------------------------------------------------------------


def asked_with(trader: Trader, nonce: int) -> int:
    """Return 0, or the code with which a question under a nonce is refused."""
    text = trader.text({}, nonce=str(nonce))
    answered = trader.send("GET", "balance", f"{text}&signature={trader.signature(text)}")
    return 0 if answered.status == 200 else refusal(answered)[1]


def test_a_nonce_is_taken_once() -> None:
    trader = Trader(stage())
    now_us = trader.simulator.world.now_ns // 1000
    assert [asked_with(trader, now_us), asked_with(trader, now_us)] == [0, -4225]


def test_nonces_may_come_out_of_order() -> None:
    trader = Trader(stage())
    now_us = trader.simulator.world.now_ns // 1000
    assert [asked_with(trader, now_us + step) for step in (5, 1, 3, 2)] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("seconds", "code"), [(-10, 0), (10, 0), (-10.001, -4225), (10.001, -4225)]
)
def test_a_nonce_may_be_ten_seconds_from_the_clock(seconds: float, code: int) -> None:
    trader = Trader(stage())
    nonce = trader.simulator.world.now_ns // 1000 + round(seconds * 1_000_000)
    assert asked_with(trader, nonce) == code


def test_a_refused_signature_uses_up_no_nonce() -> None:
    trader = Trader(stage())
    nonce = trader.simulator.world.now_ns // 1000
    text = trader.text({}, nonce=str(nonce))
    forged = f"{text}&signature={trader.signature(text + ' ')}"
    assert refusal(trader.send("GET", "balance", forged)) == (400, -1022)
    assert asked_with(trader, nonce) == 0


def test_a_hundred_newer_nonces_make_an_older_one_expire() -> None:
    nonces = Nonces()
    for nonce in range(1000, 1100):
        nonces.take(nonce)
    with pytest.raises(FapiError) as expired:
        nonces.take(999)
    assert expired.value.code == -4225
    nonces.take(1100)
    with pytest.raises(FapiError):
        nonces.take(1000)


def test_agents_do_not_share_their_nonces() -> None:
    venue = stage(accounts=("main", "other"))
    now_us = venue.world.now_ns // 1000
    assert [asked_with(Trader(venue, name), now_us) for name in ("main", "other")] == [0, 0]


# API keys -----------------------------------------------------------------------------------------


def test_older_paths_take_the_api_key() -> None:
    trader = Trader(stage())
    assert row(trader.legacy("POST", "/fapi/v1/order", **limit()))["status"] == "NEW"
    for path in ("/fapi/v2/balance", "/fapi/v2/positionRisk", "/fapi/v1/openOrders"):
        assert rows(trader.legacy("GET", path))
    assert "assets" in row(trader.legacy("GET", "/fapi/v4/account"))


def test_an_api_key_opens_no_newer_path() -> None:
    trader = Trader(stage())
    assert refusal(trader.legacy("GET", "/fapi/v3/balance")) == (400, -1102)


def test_unknown_and_malformed_keys_are_told_apart() -> None:
    trader = Trader(stage())
    for key, code in (("", -2014), ("no key", -2014), ("a" * 64, -2015)):
        request = HttpRequest("rest", "GET", "/fapi/v2/balance", "", {"x-mbx-apikey": key})
        assert refusal(trader.simulator.handle(request)) == (401, code)


@pytest.mark.parametrize(
    ("off_ms", "window", "code"),
    [
        (999, None, 0),
        (1000, None, -1021),
        (-5000, None, 0),
        (-5001, None, -1021),
        (-20_000, 20_000, 0),
        (-101, 100, -1021),
        (0, 60_001, -1130),
    ],
)
def test_a_timestamp_must_lie_within_its_window(off_ms: int, window: int | None, code: int) -> None:
    trader = Trader(stage())
    passes(trader.simulator, 1)
    at_ms = trader.simulator.world.now_ns // 1_000_000 + off_ms
    params = {"timestamp": at_ms} | ({} if window is None else {"recvWindow": window})
    answered = trader.legacy("GET", "/fapi/v2/balance", **params)
    assert (0 if answered.status == 200 else refusal(answered)[1]) == code
