from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import ContractId
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import Unreadable
from exchange_clients.shared.rows import (
    as_is,
    by_contract,
    flattened,
    read_rows,
    readable,
    told_apart,
)


class Row(msgspec.Struct):
    id: str
    size: Decimal


def raw(text: bytes) -> list[msgspec.Raw]:
    return msgspec.json.decode(text, type=list[msgspec.Raw])


def test_readable_rows_stand_beside_those_that_are_not() -> None:
    rows = raw(b'[{"id":"a","size":"1"},{"id":"b","size":null,"ref":7},3,{"id":"c","size":"2"}]')
    first, second, third, fourth = read_rows(rows, Row, lambda row: row.size, ids=("id", "ref"))
    assert (first, fourth) == (Decimal(1), Decimal(2))
    assert isinstance(second, Unreadable)
    assert (second.ids, third) == (
        ("b", "7"),
        Unreadable((), "ValidationError: Expected `object`, got `int`"),
    )


@pytest.mark.parametrize("error", [KeyError("state"), ValueError("x"), ArithmeticError("x")])
def test_a_word_that_is_not_known_makes_its_row_unreadable(error: Exception) -> None:
    def read(row: Row) -> str:
        raise error

    (row,) = read_rows(raw(b'[{"id":"a","size":"1"}]'), Row, read, ids=("id",))
    assert row == Unreadable(("a",), f"{type(error).__name__}: {error}")


def test_a_mistake_of_the_program_is_not_taken_for_a_bad_row() -> None:
    def read(row: Row) -> str:
        raise AssertionError("ours")

    with pytest.raises(AssertionError):
        read_rows(raw(b'[{"id":"a","size":"1"}]'), Row, read)


def test_a_row_that_is_a_value_already_is_taken_as_it_is() -> None:
    assert read_rows(raw(b'[{"id":"a","size":"1"}]'), Row, as_is) == [Row("a", Decimal(1))]


def test_a_list_in_which_each_row_counts_is_read_whole_or_not_at_all() -> None:
    assert readable([1, 2]) == [1, 2]
    with pytest.raises(MalformedPayload, match=r"a fee cannot be read \(7\): no such word"):
        readable([1, Unreadable(("7",), "no such word")], "a fee")


def test_what_could_not_be_read_stays_in_its_place() -> None:
    broken = Unreadable(("BTC",), "no such word")
    several: list[Sequence[int] | Unreadable] = [(1, 2), broken, (), [3]]
    assert flattened(several) == [1, 2, broken, 3]
    assert told_apart([1, broken, 2]) == ([1, 2], [broken])
    rows: list[Row | Unreadable] = [broken, Row("ETH", Decimal(1))]
    assert by_contract(rows, lambda row: ContractId(row.id)) == {"BTC": broken, "ETH": rows[1]}


def test_of_a_contract_that_is_told_twice_no_row_is_taken() -> None:
    btc, eth, broken = Row("BTC", Decimal(1)), Row("ETH", Decimal(1)), Unreadable(("BTC",), "odd")
    twice = Unreadable(("BTC",), "told more than once")
    for other in (btc, broken):
        rows: list[Row | Unreadable] = [btc, eth, other, btc]
        assert by_contract(rows, lambda row: ContractId(row.id)) == {"BTC": twice, "ETH": eth}
