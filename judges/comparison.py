"""Our request for an order beside an SDK's: equal bytes where a scheme leaves no choice.

Each comparison returns what differs, as text, and nothing where all is alike. JSON is compared as
values, because every writer spaces it in its own way; whatever is signed is compared as it is.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import parse_qs, parse_qsl, urlencode

from exchange_clients.lighter.client.utils.signing import VALID_MS
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.signing import WireRequest, simulated_seal
from exchange_clients.shared.venue import PrivateWords, Venue
from judges.orders import SampleOrder
from judges.ours import call_of, request_of, words_of
from judges.steps import Json
from venue_simulators.bybit.authentication import signature_of
from venue_simulators.lighter.signatures import public_key, transaction_hash, verify
from venue_simulators.okx.signatures import signature_of as okx_signature
from venue_simulators.okx.wording import instant_of
from venue_simulators.options import SignatureDepth
from venue_simulators.paradex.signatures import Felt, order_hash, signed_by
from venue_simulators.paradex.signatures import public_key_of as stark_public_key

Comparison: TypeAlias = Callable[[PrivateWords, SampleOrder, Json], Iterator[str]]
LIGHTER_CHAIN = 304
LIGHTER_HEAD = ("AccountIndex", "ApiKeyIndex")
LIGHTER_BODY = (
    "MarketIndex",
    "ClientOrderIndex",
    "BaseAmount",
    "Price",
    "IsAsk",
    "Type",
    "TimeInForce",
    "ReduceOnly",
    "TriggerPrice",
    "OrderExpiry",
)
CREATE_ORDER = 14
BYBIT_USUAL = {"positionIdx": 0, "reduceOnly": False}
"""What a field that is not sent counts as."""
PARADEX_CHAIN = "PRIVATE_SN_PARACLEAR_MAINNET"


def differences(
    venue: Venue,
    markets: MarketTable,
    variables: Mapping[str, str],
    samples: Sequence[SampleOrder],
    signed: Sequence[Json],
) -> Iterator[str]:
    """Yield what differs, with the place of the order it is about."""
    if len(signed) != len(samples):
        yield f"{len(signed)} of {len(samples)} orders were signed"
    for compare in _comparisons(venue, markets, variables):
        for place, (sample, theirs) in enumerate(zip(samples, signed, strict=False)):
            for difference in compare(sample, theirs):
                yield f"order {place}: {difference}"


def _comparisons(
    venue: Venue, markets: MarketTable, variables: Mapping[str, str]
) -> list[Callable[[SampleOrder, Json], Iterator[str]]]:
    words = words_of(venue, markets, variables)
    alone: Mapping[str, Callable[[SampleOrder, Json], Iterator[str]]] = {
        "backpack": lambda sample, theirs: backpack(words, sample, theirs),
        "binance": lambda sample, theirs: binance(
            words, variables["BINANCE_API_SECRET"], sample, theirs
        ),
        "bybit": lambda sample, theirs: bybit(words, variables["BYBIT_API_SECRET"], sample, theirs),
        "edgex": lambda sample, theirs: edgex(words, sample, theirs),
        "grvt": lambda sample, theirs: grvt(words, sample, theirs),
        "okx": lambda sample, theirs: okx(words, variables, sample, theirs),
        "paradex": lambda sample, theirs: paradex(words, variables, sample, theirs),
    }
    if venue.name in alone:
        return [alone[venue.name]]
    sealed = words_of(venue, markets, variables, simulated_seal)
    key = public_key(bytes.fromhex(variables["API_KEY_PRIVATE_KEY"]))
    return [
        lambda sample, theirs: lighter_hash(sealed, sample, theirs),
        lambda sample, theirs: lighter_signature(words, key, sample, theirs),
    ]


def backpack(words: PrivateWords, sample: SampleOrder, theirs: Json) -> Iterator[str]:
    """Compare headers, signature and body; Ed25519 signs equal texts alike and no others."""
    headers = {name.lower(): value for name, value in theirs["headers"].items()}
    ours = request_of(words, sample, int(headers["x-timestamp"]))
    yield from unlike("headers", _lower(ours.headers), headers)
    yield from unlike("body", json.loads(ours.body), theirs["body"])
    yield from unlike("path", ours.path, "/" + theirs["url"].split("/", 3)[3])


def binance(words: PrivateWords, secret: str, sample: SampleOrder, theirs: Json) -> Iterator[str]:
    """Compare every field, and each signature with one over its own text.

    The order of the fields is free, and how long a request may travel is everyone's own choice.
    """
    ours = request_of(words, sample, theirs["timestamp"])
    path, _, query = ours.path.partition("?")
    texts = (query + ours.body.decode(), theirs["body"])
    yield from unlike("path", path, theirs["path"])
    yield from unlike("key", _lower(ours.headers)["x-mbx-apikey"], theirs["key"])
    for whose, text in zip(("our", "their"), texts, strict=True):
        signed, _, signature = text.rpartition("&signature=")
        made = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
        yield from unlike(f"{whose} signature", signature, made)
    yield from unlike("order", *(binance_values(parse_qsl(text)) for text in texts))
    if "call" in theirs:
        yield from binance_call(words, secret, sample, theirs["call"])


def binance_call(
    words: PrivateWords, secret: str, sample: SampleOrder, theirs: Json
) -> Iterator[str]:
    """Compare what goes over the order socket; its fields are signed in alphabetical order."""
    ours = call_of(words, sample, int(theirs["params"]["timestamp"]), theirs["id"])
    yield from unlike("method of the call", ours["method"], theirs["method"])
    for whose, call in (("our", ours), ("their", theirs)):
        fields = {name: value for name, value in call["params"].items() if name != "signature"}
        text = urlencode(sorted(fields.items()))
        made = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        yield from unlike(f"{whose} signature of the call", call["params"]["signature"], made)
    yield from unlike("call", *(binance_values(one["params"].items()) for one in (ours, theirs)))


def binance_values(fields: Iterable[tuple[str, object]]) -> Json:
    """Return the fields of an order, amounts as numbers."""
    left_out = ("signature", "recvWindow")
    return {
        name: Decimal(str(value)) if name in ("quantity", "price") else str(value)
        for name, value in fields
        if name not in left_out
    }


def bybit(words: PrivateWords, secret: str, sample: SampleOrder, theirs: Json) -> Iterator[str]:
    """Compare headers and fields, and each signature with one over its own bytes.

    The order of a body's fields is free, so the signatures themselves differ.
    """
    sent = _lower(theirs["headers"])
    ours = request_of(words, sample, int(sent["x-bapi-timestamp"]))
    pairs = (("our", _lower(ours.headers), ours.body.decode()), ("their", sent, theirs["body"]))
    for whose, headers, body in pairs:
        names = ("x-bapi-timestamp", "x-bapi-api-key", "x-bapi-recv-window")
        text = "".join(str(headers[name]) for name in names) + body
        yield from unlike(f"{whose} signature", headers["x-bapi-sign"], signature_of(secret, text))
    yield from unlike("order", *(BYBIT_USUAL | json.loads(body) for *_, body in pairs))


def grvt(words: PrivateWords, sample: SampleOrder, theirs: Json) -> Iterator[str]:
    """Compare r, s, v and every field; amounts by their value, the signer in any letter case."""
    ours = json.loads(request_of(words, sample, sample.now_ms).body)["order"]
    # The SDK leaves the chain's id to the environment that it is sent to.
    yield from unlike("chain", ours["signature"].pop("chain_id"), "325")
    yield from unlike("order", grvt_values(ours), grvt_values(theirs["order"]))


def grvt_values(order: Json) -> Json:
    """Return an order with amounts as numbers and the signer's address in lower case."""
    legs = [
        {**leg, "size": Decimal(leg["size"]), "limit_price": Decimal(leg["limit_price"])}
        for leg in order["legs"]
    ]
    signature = {**order["signature"], "signer": order["signature"]["signer"].lower()}
    return {**order, "legs": legs, "signature": signature}


def edgex(words: PrivateWords, sample: SampleOrder, theirs: Json) -> Iterator[str]:
    """Compare the signature and every field that we send; amounts by their value.

    What the SDK sends besides must be empty.
    """
    ours = json.loads(request_of(words, sample, sample.now_ms).body)
    told = {name: theirs.get(name) for name in ours}
    yield from unlike("order", edgex_values(ours), edgex_values(told))
    more = {name: value for name, value in theirs.items() if name not in ours and value}
    yield from unlike("fields besides", {}, more)


def edgex_values(order: Json) -> Json:
    """Return an order with its amounts as numbers."""
    amounts = ("price", "size", "l2Value", "l2Size", "l2LimitFee")
    return {**order, **{name: Decimal(order[name]) for name in amounts}}


def okx(
    words: PrivateWords, variables: Mapping[str, str], sample: SampleOrder, theirs: Json
) -> Iterator[str]:
    """Compare every field that has a value, and verify both signatures over what each has sent.

    The SDK sends the fields without a value as well, so the two texts are not the same.
    """
    headers = _lower(theirs["headers"])
    now_ns = instant_of(headers["ok-access-timestamp"]) or 0
    wire = request_of(words, sample, now_ns // 1_000_000)
    ours = _lower(wire.headers)
    for name in ("ok-access-key", "ok-access-passphrase", "ok-access-timestamp"):
        yield from unlike(name, ours[name], headers[name])
    yield from unlike("path", wire.path, theirs["path"])
    sent = wire.body.decode()
    yield from unlike("body", okx_values(json.loads(sent)), okx_values(json.loads(theirs["body"])))
    for whose, signed, body in (("our", ours, sent), ("their", headers, theirs["body"])):
        text = f"{signed['ok-access-timestamp']}POST{wire.path}{body}"
        if signed["ok-access-sign"] != okx_signature(variables["OKX_API_SECRET"], text):
            yield f"{whose} signature does not verify"


def okx_values(order: Json) -> Json:
    """Return the fields of an order that have a value, amounts as numbers."""
    given = {name: value for name, value in order.items() if value not in (None, "", False)}
    return {
        name: Decimal(value) if name in ("sz", "px") else value for name, value in given.items()
    }


def paradex(
    words: PrivateWords, variables: Mapping[str, str], sample: SampleOrder, theirs: Json
) -> Iterator[str]:
    """Compare every field that we send, and verify both signatures over a hash computed anew.

    The libraries draw another number for each signature; what they sign has one hash alone.
    """
    ours = json.loads(request_of(words, sample, theirs["signature_timestamp"]).body)
    told = {name: theirs.get(name) for name in ours}
    yield from unlike("order", paradex_values(ours), paradex_values(told))
    more = {name: value for name, value in theirs.items() if name not in ours and value}
    yield from unlike("fields besides", {}, more)
    key = stark_public_key(int(variables["PARADEX_L2_PRIVATE_KEY"], 16))
    account = int(variables["PARADEX_L2_ADDRESS"], 16)
    for whose, order in (("our", ours), ("their", theirs)):
        r, s = map(int, json.loads(order["signature"]))
        digest = order_hash(PARADEX_CHAIN, account, paradex_signed(order))
        if not signed_by(key, digest, (r, s), SignatureDepth.FULL):
            yield f"{whose} signature does not verify"


def paradex_values(order: Json) -> Json:
    """Return an order with its amounts as numbers and without its signature."""
    amounts = {name: Decimal(order.get(name) or "0") for name in ("size", "price")}
    return {**order, **amounts, "signature": ""}


def paradex_signed(order: Json) -> list[Felt]:
    """Return what of an order is signed, as the simulated venue reads it."""
    amounts = [int(Decimal(order.get(name) or "0") * 10**8) for name in ("size", "price")]
    side = {"BUY": 1, "SELL": 2}[order["side"]]
    return [order["signature_timestamp"], order["market"], side, order["type"], *amounts]


def lighter_hash(sealed: PrivateWords, sample: SampleOrder, theirs: Json) -> Iterator[str]:
    """Compare the hash and every field but the signature, which is random."""
    fields = json.loads(theirs["info"])
    wire = request_of(sealed, sample, fields["ExpiredAt"] - VALID_MS)
    yield from unlike("hash", wire.reference, theirs["hash"])
    ours = _transaction(wire)
    yield from unlike("fields", {**ours, "Sig": ""}, {**fields, "Sig": ""})


def lighter_signature(
    words: PrivateWords, key: bytes, sample: SampleOrder, theirs: Json
) -> Iterator[str]:
    """Verify both signatures by mathematics of a third origin, over a hash computed anew."""
    wire = request_of(words, sample, sample.now_ms)
    pairs = (
        ("our", _transaction(wire), wire.reference),
        ("their", json.loads(theirs["info"]), theirs["hash"]),
    )
    for whose, fields, told in pairs:
        digest = lighter_digest(fields)
        yield from unlike(f"{whose} hash", told, digest.hex())
        if not verify(key, digest, b64decode(fields["Sig"])):
            yield f"{whose} signature does not verify"


def lighter_digest(fields: Json) -> bytes:
    """Return the hash of a transaction's fields as the simulated venue computes it."""
    head = [LIGHTER_CHAIN, CREATE_ORDER, fields["Nonce"], fields["ExpiredAt"]]
    head += [fields[name] for name in LIGHTER_HEAD]
    return transaction_hash(head, [fields[name] for name in LIGHTER_BODY], {})


def _transaction(wire: WireRequest) -> Json:
    fields: Json = json.loads(parse_qs(wire.body.decode())["tx_info"][0])
    return fields


def _lower(headers: Mapping[str, str]) -> Json:
    return {name.lower(): value for name, value in headers.items()}


def unlike(what: str, ours: object, theirs: object) -> Iterator[str]:
    """Yield a text unless both are equal."""
    if ours != theirs:
        yield f"{what}: ours {ours!r}, theirs {theirs!r}"
