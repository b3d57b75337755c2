"""Messages of Stark keys: what is hashed of words, and what a message is made of."""

from __future__ import annotations

import pytest

from exchange_clients.errors import InvalidOrder
from exchange_clients.shared.starknet import StarkMessages, complain_of_felt, felt


def told(left: int, right: int) -> int:
    """Return a number by which the order of folding shows."""
    return 31 * left + right


def test_a_word_is_its_bytes_and_a_long_one_is_refused() -> None:
    assert felt("BUY") == 0x425559
    assert felt("") == 0
    with pytest.raises(InvalidOrder, match="31 letters"):
        felt("X" * 32)


def test_a_message_folds_prefix_domain_account_and_struct_and_counts_each() -> None:
    def chain(*values: int) -> int:
        folded = 0
        for value in values:
            folded = told(folded, value)
        return told(folded, len(values))

    messages = StarkMessages(told, account=7, domain=(3, 4, 5, 1))
    expected = chain(felt("StarkNet Message"), chain(3, 4, 5, 1), 7, chain(11, 20, 30))
    assert messages.digest(messages.head(11), 20, 30) == expected


@pytest.mark.parametrize("value", ["0x1", "ab", "0X" + "f" * 64])
def test_a_number_of_the_field_is_no_cause_to_complain(value: str) -> None:
    assert complain_of_felt(value) is None


@pytest.mark.parametrize("value", ["", "0x", "0xg", "1" * 65])
def test_anything_else_is_complained_of_without_quoting_it(value: str) -> None:
    assert complain_of_felt(value) == "must be 0x and up to 64 hexadecimal digits"
