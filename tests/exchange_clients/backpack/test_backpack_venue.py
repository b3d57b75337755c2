from __future__ import annotations

import subprocess
import sys

from exchange_clients.backpack.client.core import VENUE
from exchange_clients.shared.account_words import LeverageWords, PaymentWords
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.signing import Seal, SigningContext, simulated_seal
from exchange_clients.shared.venue import (
    AmendWords,
    BatchWords,
    BookSource,
    CancelAllWords,
    DeadManWords,
    PrivateWords,
    TimeWords,
)
from tests.exchange_clients.backpack.backpack_samples import TABLE

PUBLIC = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
KEYS = {"public_key": PUBLIC, "secret_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}


def private(seal: Seal | None) -> PrivateWords:
    credentials = Credentials(VENUE.fields, KEYS)
    return VENUE.private(TABLE, VENUE.environments["prod"], credentials, seal)


def signature(words: PrivateWords) -> str:
    request = Request(Method.GET, "/api/v1/position", private=True)
    context = SigningContext(now_ms=1750793021519, nonce=None, entropy=0, session=None)
    return words.signer.prepare(request, context).headers["X-Signature"]


def test_an_account_signs_by_its_own_key() -> None:
    assert signature(private(None)) == (
        "qYjieNoyB6D9jh4a0z4h2Z1tVH5s+PLJ3MwtQGBDCGJ0RV+KUd9mFgC1MSo37r06lmKiOd183GcHDXtZBtJqDA=="
    )


def test_a_given_seal_takes_the_place_of_the_curve() -> None:
    assert signature(private(simulated_seal)) != signature(private(None))


def test_the_words_show_what_the_venue_can_do() -> None:
    words = private(simulated_seal)
    assert isinstance(words.orders, BatchWords)
    assert isinstance(words.orders, CancelAllWords)
    assert isinstance(words.account, LeverageWords)
    assert isinstance(words.account, PaymentWords)
    assert isinstance(VENUE.markets, TimeWords)
    assert not isinstance(words.orders, AmendWords | DeadManWords)
    assert VENUE.book_source is BookSource.REST


def test_the_curve_is_loaded_only_to_sign() -> None:
    script = "import sys, exchange_clients.backpack; print('cryptography' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
