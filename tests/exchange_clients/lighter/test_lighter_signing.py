"""Lighter's transactions are named and worded alike by its own library and by ours."""

from __future__ import annotations

import subprocess
import sys
import threading
import traceback
from base64 import b64decode
from dataclasses import replace
from urllib.parse import parse_qs

import msgspec
import pytest

from exchange_clients.errors import ClientConfigError, InvalidOrder
from exchange_clients.lighter.client.core import VENUE
from exchange_clients.lighter.client.utils import poseidon
from exchange_clients.lighter.client.utils.signing import (
    CANCEL,
    CANCEL_ALL,
    CREATE,
    LEVERAGE,
    MODIFY,
    VALID_MS,
    LighterSigner,
    NativeSealer,
    SimulatedSealer,
    TokenIntent,
    Transaction,
)
from exchange_clients.lighter.common import ENVIRONMENTS, FIELDS, ask_own, send
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.signing import SigningContext, simulated_seal
from tests.exchange_clients.lighter.lighter_samples import CREDENTIALS, KEY, sample, table

CHAIN = 304
LATER = 4_000_000_000_000
"""An instant in ms that stays in the future."""
ORDER = Transaction(
    CREATE,
    (
        ("MarketIndex", 1), ("ClientOrderIndex", 777), ("BaseAmount", 2500), ("Price", 1000500),
        ("IsAsk", 1), ("Type", 0), ("TimeInForce", 2), ("ReduceOnly", 1), ("TriggerPrice", 0),
        ("OrderExpiry", LATER),
    ),
)  # fmt: skip
STOP = Transaction(
    CREATE,
    (
        ("MarketIndex", 254), ("ClientOrderIndex", 2**48 - 1), ("BaseAmount", 2**48 - 1),
        ("Price", 2**32 - 1), ("IsAsk", 0), ("Type", 2), ("TimeInForce", 0), ("ReduceOnly", 0),
        ("TriggerPrice", 2**32 - 1), ("OrderExpiry", LATER),
    ),
)  # fmt: skip
EVERYTHING = Transaction(CANCEL_ALL, (("TimeInForce", 0), ("Time", 0)))
MODIFICATION = Transaction(
    MODIFY,
    (
        ("MarketIndex", 1), ("Index", 2**60 - 1), ("BaseAmount", 2500), ("Price", 2**32 - 1),
        ("TriggerPrice", 0),
    ),
)  # fmt: skip
TRANSACTIONS = {
    "an order": ORDER,
    "a stop with the greatest numbers": STOP,
    "a cancel by our id": Transaction(CANCEL, (("MarketIndex", 1), ("Index", 777))),
    "a cancel by the venue's id": Transaction(CANCEL, (("MarketIndex", 0), ("Index", 2**60 - 1))),
    "a cancel of everything": EVERYTHING,
    "a cancel of one market": replace(EVERYTHING, only_market=0),
    "a dead man's switch": Transaction(CANCEL_ALL, (("TimeInForce", 1), ("Time", LATER))),
    "a dead man's switch taken back": Transaction(CANCEL_ALL, (("TimeInForce", 2), ("Time", 0))),
    "a modification": MODIFICATION,
    "a leverage": Transaction(
        LEVERAGE, (("MarketIndex", 1), ("InitialMarginFraction", 500), ("MarginMode", 1))
    ),
}
CONTEXT = SigningContext(now_ms=1_795_200_000_000, nonce=8, entropy=7, session=None)
SIMULATED = SimulatedSealer(simulated_seal, CREDENTIALS.public, CHAIN)
SIGNER = LighterSigner(CREDENTIALS.public, SIMULATED, blocking=False)


@pytest.fixture(scope="module")
def native() -> NativeSealer:
    try:
        sealer = NativeSealer(CREDENTIALS, CHAIN)
    except ClientConfigError as missing:
        pytest.skip(str(missing))
    return sealer


class Vector(msgspec.Struct):
    chain_id: int
    nonce: int
    expired_at: int
    fields: dict[str, int]
    tx_hash: str


@pytest.mark.parametrize(
    "vector", msgspec.json.decode(sample("transaction_vectors"), type=list[Vector])
)
def test_published_transactions_have_their_published_names(vector: Vector) -> None:
    sealer = SimulatedSealer(simulated_seal, CREDENTIALS.public, vector.chain_id)
    order = Transaction(CREATE, tuple(vector.fields.items()))
    _, tx_hash = sealer.transaction(order, vector.nonce, vector.expired_at - VALID_MS)
    assert tx_hash == vector.tx_hash


@pytest.mark.parametrize("transaction", TRANSACTIONS.values(), ids=TRANSACTIONS.keys())
def test_ours_and_the_librarys_differ_in_the_signature_alone(
    native: NativeSealer, transaction: Transaction
) -> None:
    theirs, their_hash = native.transaction(transaction, 2**40, 0)
    told = msgspec.json.decode(theirs)
    ours, our_hash = SIMULATED.transaction(transaction, 2**40, told["ExpiredAt"] - VALID_MS)
    worded = msgspec.json.decode(ours)
    signatures = [b64decode(each.pop("Sig")) for each in (told, worded)]
    assert [len(each) for each in signatures] == [80, 80]
    assert (worded, list(worded), our_hash) == (told, list(told), their_hash)


def test_the_library_says_what_it_refuses_and_nothing_was_sent(native: NativeSealer) -> None:
    worthless = tuple((name, 0 if name == "Price" else value) for name, value in ORDER.fields)
    with pytest.raises(InvalidOrder, match=r"signer refuses the transaction: .*[Pp]rice"):
        native.transaction(Transaction(CREATE, worthless), 1, 0)


def test_a_token_names_its_end_the_account_and_the_key(native: NativeSealer) -> None:
    for token in (native.token(1795225200), SIMULATED.token(1795225200)):
        expires, account, key, signature = token.split(":")
        assert (expires, account, key) == ("1795225200", "12345", "5")
        assert len(bytes.fromhex(signature)) == 80


def test_a_key_that_is_refused_is_quoted_nowhere(native: NativeSealer) -> None:
    wrong = {"private_key": "0x" + "5ec7e7" * 13 + "zz", "account_index": "1", "api_key_index": "9"}
    sealer = NativeSealer(Credentials(FIELDS, wrong), CHAIN)
    with pytest.raises(ClientConfigError, match="API_KEY_PRIVATE_KEY") as refusal:
        sealer.token(1795225200)
    told = traceback.TracebackException.from_exception(refusal.value, capture_locals=True)
    raised_here = told.stack[0]
    assert raised_here.name == "test_a_key_that_is_refused_is_quoted_nowhere"
    del told.stack[0]  # this test's own variables hold it
    assert "5ec7e7" not in "".join(told.format()) + repr(sealer) + repr(vars(sealer))


def test_the_private_key_is_in_no_repr() -> None:
    words = VENUE.private(table(), ENVIRONMENTS["prod"], CREDENTIALS, simulated_seal)
    held = [words, words.signer, words.session, words.nonces, vars(words.signer), SIMULATED]
    assert not any(KEY[:16] in repr(each) for each in [*held, vars(SIMULATED), CREDENTIALS])


def test_words_can_be_read_and_simulated_without_the_native_library() -> None:
    # A Go runtime does not survive a fork, and seeds of simulations are forked.
    program = (
        "import ctypes\n"
        "def refuse(*arguments, **keywords): raise AssertionError('a library was loaded')\n"
        "ctypes.CDLL = refuse\n"
        "import exchange_clients.lighter\n"
        "from exchange_clients.lighter.client.utils.signing import NativeSealer\n"
        "from tests.exchange_clients.lighter.test_lighter_signing import *\n"
        "VENUE.private(table(), ENVIRONMENTS['prod'], CREDENTIALS, simulated_seal)\n"
        "SIMULATED.transaction(ORDER, 1, 1)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0


def test_making_the_native_sealer_loads_nothing(native: NativeSealer) -> None:
    program = (
        "import ctypes\n"
        "def refuse(*arguments, **keywords): raise AssertionError('a library was loaded')\n"
        "ctypes.CDLL = refuse\n"
        "from tests.exchange_clients.lighter.test_lighter_signing import *\n"
        "words = VENUE.private(table(), ENVIRONMENTS['prod'], CREDENTIALS, None)\n"
        "assert words.signer.blocking\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0


def test_another_thread_signs_as_well(native: NativeSealer) -> None:
    signed: list[tuple[str, str]] = []
    thread = threading.Thread(target=lambda: signed.append(native.transaction(ORDER, 1, 0)))
    thread.start()
    thread.join(30)
    assert len(signed) == 1


# The signer ---------------------------------------------------------------------------------------


def test_a_transaction_travels_as_a_form_with_its_name_known_beforehand() -> None:
    wire = SIGNER.prepare(send(ORDER), CONTEXT)
    form = parse_qs(wire.body.decode())
    info = msgspec.json.decode(form["tx_info"][0])
    assert (wire.method, wire.path) == ("POST", "/api/v1/sendTx")
    assert wire.headers["content-type"] == "application/x-www-form-urlencoded"
    assert form["tx_type"] == ["14"]
    assert (info["Nonce"], info["ExpiredAt"]) == (8, CONTEXT.now_ms + VALID_MS)
    assert wire.reference == SIMULATED.transaction(ORDER, 8, CONTEXT.now_ms)[1]
    assert b"+" not in wire.body.replace(b"%2B", b"")


def test_spans_become_instants_when_they_are_signed() -> None:
    resting = tuple((name, -60_000 if name == "OrderExpiry" else v) for name, v in ORDER.fields)
    wire = SIGNER.prepare(send(Transaction(CREATE, resting)), CONTEXT)
    info = msgspec.json.decode(parse_qs(wire.body.decode())["tx_info"][0])
    assert info["OrderExpiry"] == CONTEXT.now_ms + 60_000


def test_only_transactions_are_numbered() -> None:
    assert SIGNER.lane(send(ORDER)) == "12345/5"
    assert SIGNER.lane(ask_own("account")) is None


def test_a_token_goes_with_the_first_query_and_comes_back_as_its_reference() -> None:
    request = replace(ask_own("accountLimits", account_index="12345"), intent=TokenIntent(99))
    wire = SIGNER.prepare(request, CONTEXT)
    assert wire.path == "/api/v1/accountLimits?account_index=12345"
    assert wire.reference == wire.headers["authorization"] == SIMULATED.token(99)
    assert wire.reference not in repr(wire)


def test_queries_are_sent_as_they_are() -> None:
    wire = SIGNER.prepare(ask_own("account", by="index", value="12345"), CONTEXT)
    assert (wire.path, wire.body, wire.headers) == (
        "/api/v1/account?by=index&value=12345",
        b"",
        {},
    )


def test_the_hash_takes_any_number_of_elements() -> None:
    digests = [poseidon.digest(tuple(range(count))) for count in (1, 8, 9, 16, 17)]
    assert len(set(digests)) == 5
    assert all(len(poseidon.to_bytes(each)) == 40 for each in digests)
