"""One spelling of queries, bodies and forms, for those who sign and those who send."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from exchange_clients.shared.encoding import json_of, path_of, plain_wire, query_of, text_of
from exchange_clients.shared.flow import Method, Request
from exchange_clients.words import Side


def test_values_are_spelt_plainly() -> None:
    values: list[object] = [True, False, Decimal("1E-7"), Decimal("1E+2"), 7, Side.BUY, "a"]
    assert [text_of(value) for value in values] == [
        "true",
        "false",
        "0.0000001",
        "100",
        "7",
        "buy",
        "a",
    ]


def test_none_is_left_out_and_the_order_is_kept() -> None:
    assert query_of({"b": 1, "a": None, "c": "x&y z"}) == "b=1&c=x%26y%20z"
    assert path_of(Request(Method.GET, "/p", params={"a": None})) == "/p"
    assert path_of(Request(Method.GET, "/p", params={"a": 1})) == "/p?a=1"


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_a_query_reads_back_as_it_was(params: dict[str, str]) -> None:
    assert parse_qsl(query_of(params), keep_blank_values=True) == list(params.items())


def test_json_spells_decimals_as_text() -> None:
    assert json_of({"size": Decimal("0.10"), "n": None}) == b'{"size":"0.10","n":null}'


def test_headers_of_a_signature_come_last() -> None:
    request = Request(Method.POST, "/p", body=[], headers={"x": "1", "y": "1"})
    wire = plain_wire(request, {"y": "2"})
    assert dict(wire.headers) == {"content-type": "application/json", "x": "1", "y": "2"}
    assert (wire.method, wire.path, wire.body) == ("POST", "/p", b"[]")
