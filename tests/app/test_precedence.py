"""Which of several values of a key counts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.arguments import Given
from app.precedence import merge, variables_layer

QUANTITY, NOTIONAL = "strategy.quantity", "strategy.order_notional_usd"


def layer(origin: str, **values: str) -> dict[str, Given]:
    return {name.replace("__", "."): Given(value, origin) for name, value in values.items()}


def test_a_flag_beats_a_variable_and_a_variable_beats_a_file() -> None:
    flags = layer("flag", run__ticker="A")
    variables = layer("variable", run__ticker="B", run__seed="2")
    file = layer("file", run__ticker="C", run__seed="3", run__speed="4")
    assert merge([flags, variables, file]) == {
        "run.ticker": Given("A", "flag"),
        "run.seed": Given("2", "variable"),
        "run.speed": Given("4", "file"),
    }


def test_a_flag_replaces_what_a_file_says_in_other_words() -> None:
    merged = merge([{QUANTITY: Given("1", "flag")}, {NOTIONAL: Given("100", "file")}])
    assert merged == {QUANTITY: Given("1", "flag")}


def test_two_words_for_the_same_in_one_place_are_both_kept_to_be_refused() -> None:
    both = {QUANTITY: Given("1", "--quantity"), NOTIONAL: Given("100", "--notional")}
    assert merge([both]) == both


def test_variables_name_section_and_key() -> None:
    process = {
        "PERP__STRATEGY__TAKE_PROFIT": Given("0.1", "v"),
        "PERP_MARKETDATA": Given("/x", "v"),
    }
    file = {
        "PERP__STRATEGY__TAKE_PROFIT": Given("9", ".env:1"),
        "PERP__RUN__SEED": Given("5", ".env:2"),
    }
    assert variables_layer(process, file) == {
        "strategy.take_profit": Given("0.1", "v"),
        "run.seed": Given("5", ".env:2"),
    }


def test_a_variable_that_is_set_to_nothing_is_not_set() -> None:
    assert variables_layer({"PERP__RUN__SEED": Given("", "v")}) == {}


KEYS = st.sampled_from(["run.ticker", "run.seed", QUANTITY, NOTIONAL])
LAYERS = st.lists(
    st.dictionaries(KEYS, st.builds(Given, st.text(max_size=2), st.text(max_size=2))), max_size=4
)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(LAYERS)
def test_every_value_comes_from_the_strongest_layer_that_has_its_key(
    layers: list[dict[str, Given]],
) -> None:
    merged = merge(layers)
    for key, item in merged.items():
        assert item == next(layer for layer in layers if key in layer)[key]
    for key in {key for layer in layers for key in layer} - merged.keys():
        other = NOTIONAL if key == QUANTITY else QUANTITY
        assert other in merged, f"{key} may be missing only because {other} decided"
