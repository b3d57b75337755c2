"""An API secret signs as the standard says, however long it is."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from exchange_clients.shared.signing import hmac_seal


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 200])
def test_a_text_is_signed_as_by_the_standard_library(length: int) -> None:
    secret = "s" * length
    seal = hmac_seal(secret)
    for text in (b"", b"symbol=BTCUSDT", b"x" * 1000, b"symbol=BTCUSDT"):
        assert seal(text) == hmac.digest(secret.encode(), text, hashlib.sha256)


def test_a_published_vector_is_met() -> None:
    """RFC 4231, test case 2."""
    tag = hmac_seal("Jefe")(b"what do ya want for nothing?")
    assert tag.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
