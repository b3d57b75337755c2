"""Client order ids fit the venue's space and never repeat."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import ClientIdSpace
from exchange_clients.errors import ClientConfigError
from exchange_clients.shared.client.client_order_ids import ClientOrderIds

HEX = "0123456789abcdef"
UINT32 = ClientIdSpace(length=10, alphabet="0123456789", bits=32)
BELOW_2_48 = ClientIdSpace(length=15, alphabet="0123456789", bits=48)
TEXT = ClientIdSpace(length=32, alphabet=HEX)
SPACES = [UINT32, BELOW_2_48, TEXT, ClientIdSpace(length=36, alphabet=HEX + "-")]


def minted(space: ClientIdSpace, tag: str, number: int) -> str:
    return ClientOrderIds(space, tag, lambda: number).mint()


def room(space: ClientIdSpace) -> int:
    return 1 << (space.bits - space.bits // 4) if space.bits else 1 << 40


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.sampled_from(SPACES), st.text(max_size=20), st.data())
def test_every_id_fits_the_space_and_ascends_with_its_number(
    space: ClientIdSpace, tag: str, data: st.DataObject
) -> None:
    number = data.draw(st.integers(1, room(space) - 2))
    first, second = minted(space, tag, number), minted(space, tag, number + 1)
    for each in (first, second):
        assert 0 < len(each) <= space.length
        assert set(each) <= set(space.alphabet)
        assert space.bits is None or int(each) < 1 << space.bits
    if space.bits is None:
        assert [space.alphabet.index(c) for c in first] < [space.alphabet.index(c) for c in second]
    else:
        assert int(second) == int(first) + 1


@pytest.mark.parametrize("space", SPACES)
def test_one_mint_spells_each_number_as_a_new_one_would(space: ClientIdSpace) -> None:
    numbers = [*range(1, 600, 7), 5, 70_000, 4]
    following = iter(numbers)
    mint = ClientOrderIds(space, "a", lambda: next(following))
    assert [mint.mint() for _ in numbers] == [minted(space, "a", each) for each in numbers]


def test_ids_of_two_instances_differ() -> None:
    numbers = range(1, 100)
    for space in SPACES:
        north = {minted(space, "north", number) for number in numbers}
        south = {minted(space, "south", number) for number in numbers}
        assert len(north | south) == 2 * len(numbers)


def test_the_same_instance_names_the_same_number_alike_after_a_restart() -> None:
    assert minted(TEXT, "north", 5) == minted(TEXT, "north", 5)


def test_the_counter_is_asked_once_for_each_id() -> None:
    numbers = count(1)
    ids = ClientOrderIds(UINT32, "north", lambda: next(numbers))
    first, second = ids.mint(), ids.mint()
    assert int(second) == int(first) + 1
    assert next(numbers) == 3


@pytest.mark.parametrize("space", [ClientIdSpace(5, "0123456789", bits=16), ClientIdSpace(4, HEX)])
def test_a_space_too_small_to_stay_unique_is_refused(space: ClientIdSpace) -> None:
    with pytest.raises(ClientConfigError, match="at least 1048576 are needed"):
        minted(space, "north", 1)


def test_a_counter_that_outgrows_the_space_never_wraps() -> None:
    with pytest.raises(ClientConfigError, match="does not fit the venue's id space"):
        minted(UINT32, "north", 1 << 24)
