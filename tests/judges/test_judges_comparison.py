"""A comparison is worth something if it notices what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from exchange_clients.lighter.client.utils.signing import VALID_MS
from exchange_clients.shared.signing import simulated_seal
from exchange_clients.shared.venue import PrivateWords
from judges import comparison
from judges.orders import SampleOrder, random_orders
from judges.ours import call_of, markets_of, request_of, venue_of, words_of
from judges.steps import Json
from venue_simulators.bybit.authentication import signature_of
from venue_simulators.catalogue import build
from venue_simulators.okx.signatures import signature_of as okx_signature

NOW_MS = 1_767_225_600_000


def stage(name: str) -> tuple[PrivateWords, SampleOrder]:
    """Return words without a curve and one order."""
    venue, simulator = venue_of(name), build(name)
    markets = markets_of(venue, simulator)
    urls = {service.name: "http://127.0.0.1:1" for service in simulator.services}
    words = words_of(venue, markets, simulator.environment(urls), simulated_seal)
    listed = [listing.market for listing in markets]
    sample = next(
        each
        for each in random_orders(venue, listed, 50, 1, NOW_MS)
        if each.order.price is not None and not each.order.reduce_only
    )
    return words, sample


def found(differences: Iterator[str]) -> list[str]:
    """Return what the differences are about."""
    return [each.partition(":")[0] for each in differences]


def backpack_request(words: PrivateWords, sample: SampleOrder) -> Json:
    wire = request_of(words, sample, NOW_MS)
    return {
        "headers": dict(wire.headers),
        "body": json.loads(wire.body),
        "url": f"http://127.0.0.1:1{wire.path}",
    }


def test_backpack_requests_alike_differ_in_nothing() -> None:
    words, sample = stage("backpack")
    theirs = backpack_request(words, sample)
    assert found(comparison.backpack(words, sample, theirs)) == []


def test_bybit_requests_are_alike_however_their_fields_are_ordered_and_signed() -> None:
    words, sample = stage("bybit")
    pair = build("bybit").environment({})
    secret = pair["BYBIT_API_SECRET"]
    wire = request_of(words, sample, NOW_MS)
    headers = dict(wire.headers)
    body = json.dumps(dict(reversed(json.loads(wire.body).items())))
    stamp = "".join(headers[f"X-BAPI-{name}"] for name in ("TIMESTAMP", "API-KEY", "RECV-WINDOW"))
    signed = headers | {"X-BAPI-SIGN": signature_of(secret, stamp + body)}
    # Without a curve our own words seal by a tag, which is no signature.
    told = found(comparison.bybit(words, secret, sample, {"headers": signed, "body": body}))
    assert told == ["our signature"]
    other = {"headers": headers, "body": body.replace("linear", "spot")}
    told = found(comparison.bybit(words, secret, sample, other))
    assert told == ["our signature", "their signature", "order"]


def binance_request(words: PrivateWords, sample: SampleOrder) -> Json:
    path, _, query = request_of(words, sample, NOW_MS).path.partition("?")
    body = request_of(words, sample, NOW_MS).body.decode() or query
    call = call_of(words, sample, NOW_MS, "1")
    key = call["params"]["apiKey"]
    return {"path": path, "body": body, "key": key, "timestamp": NOW_MS, "call": call}


def test_binance_requests_and_calls_alike_differ_in_nothing() -> None:
    words, variables, sample = signing_stage("binance")
    theirs = binance_request(words, sample)
    secret = variables["BINANCE_API_SECRET"]
    assert found(comparison.binance(words, secret, sample, theirs)) == []


def test_another_field_of_request_or_call_is_noticed_at_binance() -> None:
    words, variables, sample = signing_stage("binance")
    theirs = binance_request(words, sample)
    theirs["body"] = theirs["body"].replace("symbol=", "symbol=X")
    theirs["call"]["params"]["side"] = "HOLD"
    theirs["call"]["method"] = "order.modify"
    told = found(comparison.binance(words, variables["BINANCE_API_SECRET"], sample, theirs))
    assert told == [
        "their signature",
        "order",
        "method of the call",
        "their signature of the call",
        "call",
    ]


def test_okx_requests_are_alike_whatever_fields_without_a_value_come_with_them() -> None:
    words, sample = stage("okx")
    urls = dict.fromkeys(("rest", "ws_public", "ws_private", "ws_business"), "")
    variables = build("okx").environment(urls)
    wire = request_of(words, sample, NOW_MS)
    headers = dict(wire.headers)
    body = json.dumps({**json.loads(wire.body), "tgtCcy": "", "attachAlgoOrds": None})
    text = f"{headers['OK-ACCESS-TIMESTAMP']}POST{wire.path}{body}"
    theirs = {
        "path": wire.path,
        "body": body,
        "headers": headers | {"OK-ACCESS-SIGN": okx_signature(variables["OKX_API_SECRET"], text)},
    }
    # Without a curve our own words seal by a tag, which is no signature.
    told = found(comparison.okx(words, variables, sample, theirs))
    assert told == ["our signature does not verify"]
    other = theirs | {"body": body.replace("cross", "isolated"), "path": "/api/v5/trade/orders"}
    told = found(comparison.okx(words, variables, sample, other))
    assert told == [
        "path",
        "body",
        "our signature does not verify",
        "their signature does not verify",
    ]


def test_another_signature_field_or_path_is_noticed_at_backpack() -> None:
    words, sample = stage("backpack")
    theirs = backpack_request(words, sample)
    theirs["headers"]["X-Signature"] = "AA=="
    theirs["body"]["price"] = "1"
    theirs["url"] += "s"
    assert found(comparison.backpack(words, sample, theirs)) == ["headers", "body", "path"]


def edgex_request(words: PrivateWords, sample: SampleOrder) -> Json:
    theirs: Json = json.loads(request_of(words, sample, sample.now_ms).body)
    return {**theirs, "sourceKey": "", "openTp": None, "isSetOpenTp": False}


def test_edgex_orders_of_equal_value_are_alike() -> None:
    words, sample = stage("edgex")
    theirs = edgex_request(words, sample)
    theirs["l2Value"] += "0" if "." in theirs["l2Value"] else ".0"
    assert found(comparison.edgex(words, sample, theirs)) == []


@pytest.mark.parametrize("name", ["l2Signature", "l2Nonce", "expireTime", "clientOrderId"])
def test_another_signature_or_field_is_noticed_at_edgex(name: str) -> None:
    words, sample = stage("edgex")
    theirs = edgex_request(words, sample) | {name: "0"}
    assert found(comparison.edgex(words, sample, theirs)) == ["order"]


def test_what_is_sent_besides_is_noticed_at_edgex() -> None:
    words, sample = stage("edgex")
    theirs = edgex_request(words, sample) | {"sourceKey": "partner"}
    assert found(comparison.edgex(words, sample, theirs)) == ["fields besides"]


def grvt_request(words: PrivateWords, sample: SampleOrder) -> Json:
    theirs: Json = json.loads(request_of(words, sample, sample.now_ms).body)
    del theirs["order"]["signature"]["chain_id"]
    return theirs


def test_grvt_orders_of_equal_value_are_alike() -> None:
    words, sample = stage("grvt")
    theirs = grvt_request(words, sample)
    leg, signature = theirs["order"]["legs"][0], theirs["order"]["signature"]
    leg["size"] += "000" if "." in leg["size"] else ".000"
    signature["signer"] = "0x" + signature["signer"][2:].upper()
    assert found(comparison.grvt(words, sample, theirs)) == []


@pytest.mark.parametrize("name", ["r", "s", "v", "nonce", "expiration"])
def test_any_other_signature_is_noticed_at_grvt(name: str) -> None:
    words, sample = stage("grvt")
    theirs = grvt_request(words, sample)
    theirs["order"]["signature"][name] = "0x00"
    assert found(comparison.grvt(words, sample, theirs)) == ["order"]


def signing_stage(name: str) -> tuple[PrivateWords, dict[str, str], SampleOrder]:
    """Return words that truly sign, the account's variables and one order."""
    venue, simulator = venue_of(name), build(name)
    variables = simulator.environment({each.name: "ws://h" for each in simulator.services})
    markets = markets_of(venue, simulator)
    listed = [listing.market for listing in markets]
    (sample,) = random_orders(venue, listed, 1, 1, NOW_MS)
    return words_of(venue, markets, variables), variables, sample


def paradex_request(words: PrivateWords, sample: SampleOrder) -> Json:
    theirs: Json = json.loads(request_of(words, sample, sample.now_ms).body)
    return {**theirs, "stp": None, "size": theirs["size"] + ("" if "." in theirs["size"] else ".0")}


def test_paradex_orders_of_equal_value_are_alike() -> None:
    words, variables, sample = signing_stage("paradex")
    theirs = paradex_request(words, sample)
    assert found(comparison.paradex(words, variables, sample, theirs)) == []


def test_what_differs_of_an_order_is_noticed_at_paradex() -> None:
    words, variables, sample = signing_stage("paradex")
    theirs = paradex_request(words, sample)

    def differing(**changes: object) -> list[str]:
        changed = {**theirs, **changes}
        return [
            each.partition(":")[0] for each in comparison.paradex(words, variables, sample, changed)
        ]

    unsigned = "their signature does not verify"
    assert differing(client_id="other") == ["order"]
    assert differing(size="1") == ["order", unsigned]
    assert differing(signature='["1","2"]') == [unsigned]
    assert differing(stp="EXPIRE_MAKER") == ["fields besides"]


def lighter_request(words: PrivateWords, sample: SampleOrder) -> Json:
    wire = request_of(words, sample, NOW_MS)
    info = parse_qs(wire.body.decode())["tx_info"][0]
    return {"kind": comparison.CREATE_ORDER, "info": info, "hash": wire.reference}


def test_lighter_transactions_alike_differ_in_nothing_but_the_signature() -> None:
    words, sample = stage("lighter")
    theirs = lighter_request(words, sample)
    fields = json.loads(theirs["info"])
    assert fields["ExpiredAt"] == NOW_MS + VALID_MS
    theirs["info"] = json.dumps({**fields, "Sig": "another"})
    assert found(comparison.lighter_hash(words, sample, theirs)) == []
    assert comparison.lighter_digest(fields).hex() == theirs["hash"]


def test_another_hash_or_field_is_noticed_at_lighter() -> None:
    words, sample = stage("lighter")
    theirs = lighter_request(words, sample)
    fields = json.loads(theirs["info"])
    theirs["info"] = json.dumps({**fields, "Price": fields["Price"] + 1})
    theirs["hash"] = "00" * 40
    assert found(comparison.lighter_hash(words, sample, theirs)) == ["hash", "fields"]


def test_a_tag_in_place_of_a_signature_does_not_verify() -> None:
    words, sample = stage("lighter")
    theirs = lighter_request(words, sample)
    key = bytes.fromhex(
        "2db191eb16d3314974f8708363909aeee607d06fb743156b18d3b353a5d40fef70ae377dd68d06fe"
    )
    assert found(comparison.lighter_signature(words, key, sample, theirs)) == [
        "our signature does not verify",
        "their signature does not verify",
    ]


def test_orders_that_were_not_signed_are_noticed() -> None:
    venue, simulator = venue_of("backpack"), build("backpack")
    markets = markets_of(venue, simulator)
    urls = {service.name: "http://127.0.0.1:1" for service in simulator.services}
    variables = simulator.environment(urls)
    samples = random_orders(venue, [each.market for each in markets], 2, 1, NOW_MS)
    told = list(comparison.differences(venue, markets, variables, samples, []))
    assert told == ["0 of 2 orders were signed"]
