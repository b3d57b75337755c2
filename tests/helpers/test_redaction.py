import base64
import json
import time
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpers.redaction import MASK, SECRET_MIN, Redactor

PRIVATE_KEY = "0x" + "4f" * 32
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"
SECRETS = st.text(min_size=SECRET_MIN, max_size=24)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(SECRETS, st.text(max_size=30), st.text(max_size=30))
@example("*ab*", "*a", "b*")
@example("ab**", "ab", "ab**ab****")
def test_a_registered_secret_never_stays_in_a_text(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.register(secret)
    assert secret not in redactor.redact(f"{before}{secret}{after}{secret}")


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.text("abcdefXYZ019/+='\"\\é ", min_size=8, max_size=24))
def test_a_registered_secret_is_known_in_every_usual_spelling(secret: str) -> None:
    redactor = Redactor()
    redactor.register(secret)
    raw = secret.encode()
    spellings = (
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        quote(secret, safe=""),
        base64.b64encode(raw).decode(),
    )
    for spelling in spellings:
        assert spelling not in redactor.redact(f"<{spelling}>")


def test_each_line_of_a_key_of_several_lines_is_hidden() -> None:
    redactor = Redactor()
    redactor.register("MIIEpAIBAAKC\nAQEAx7vJk2pQ\n")
    assert redactor.redact("read AQEAx7vJk2pQ") == f"read {MASK}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"key {PRIVATE_KEY} loaded", "key *** loaded"),
        (f"session {JWT}", "session ***"),
        ("Authorization: Bearer abcdef123456", "Authorization: ***"),
        ("sent bearer abcdef123456 now", "sent Bearer *** now"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: ***"),
        ("api_key=AbC123 side=buy", "api_key=*** side=buy"),
        ("LIGHTER_API_KEY=AbC123", "LIGHTER_API_KEY=***"),
        ("secret=s3cr3t&symbol=BTC", "secret=***&symbol=BTC"),
        ("password: 'two words' next", "password: *** next"),
        ('{"privateKey": "abc", "size": "1"}', '{"privateKey": ***, "size": "1"}'),
        ("X-MBX-APIKEY: abcdef", "X-MBX-APIKEY: ***"),
        ("?timestamp=1&signature=c8db56825ae71d6d", "?timestamp=1&signature=***"),
        ("token=abcdef0123456789", "token=***"),
        ("bot 123456789:AAE" + "x" * 32, "bot ***"),
        ("postgresql://bot:hunter2@db/x", "postgresql://***@db/x"),
        (
            "-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY----- end",
            "*** end",
        ),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, shown: str) -> None:
    assert Redactor().redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "event=order_placed client_order_id=8812 key=entry-12 price=62004.96",
        "token=BTC token imbalance: 5 %",
        "a basic grid with monkey=1 and keys: 3",
        "https://api.example.com/v1/orders?symbol=BTC",
        "order 0x" + "ab" * 20,
        "2026-11-21T02:14:28.123Z",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert Redactor().redact(text) == text


def test_a_field_with_a_telling_name_is_hidden_whatever_it_holds() -> None:
    shown = Redactor().value(
        {"api_key": 5, "nested": {"apiSecret": "x y"}, "list": [PRIVATE_KEY], "token": "BTC"}
    )
    assert shown == {"api_key": MASK, "nested": {"apiSecret": MASK}, "list": [MASK], "token": "BTC"}


def test_a_registered_number_is_hidden_as_a_number_too() -> None:
    redactor = Redactor()
    redactor.register("12345678")
    assert redactor.value({"a": 12345678, "b": 7}) == {"a": MASK, "b": 7}


def test_a_secret_too_short_to_hide_is_refused_without_telling_it() -> None:
    with pytest.raises(ValueError, match="3 characters") as caught:
        Redactor().register("xyz")
    assert "xyz" not in str(caught.value)
    Redactor().register("")


@pytest.mark.parametrize("piece", ["a", "secret", '"', "0x0", "eyJa.", "token=", "1", "\\", "://a"])
def test_a_long_frame_is_redacted_in_time_that_grows_with_its_length(piece: str) -> None:
    redactor = Redactor()

    def cost(length: int) -> float:
        text = (piece * length)[:length]
        start = time.process_time()
        redactor.redact(text)
        return time.process_time() - start

    cost(1000)
    assert cost(200_000) < 2.0
