"""Which word about a position is believed: of our fills, of the stream, of an answer by REST."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    NS,
    ContractId,
    Fill,
    Liquidity,
    Side,
    TradeId,
    VenueOrderId,
)
from exchange_clients.events import PositionUpdate
from exchange_clients.shared.client.managers.position_ledger import PositionLedger

BTC = ContractId("BTC-PERP")
VISIBILITY_S = 10


def fill(size: str, at_s: float, side: Side = Side.BUY) -> Fill:
    return Fill(
        TradeId(f"t{at_s}"),
        VenueOrderId("v1"),
        None,
        BTC,
        side,
        Decimal(100),
        Decimal(size),
        Decimal(0),
        "USD",
        Liquidity.MAKER,
        round(at_s * NS),
    )


def update(quantity: str, at_s: float) -> PositionUpdate:
    return PositionUpdate(BTC, Decimal(quantity), None, round(at_s * NS))


def ledger(known: str | None = None) -> PositionLedger:
    made = PositionLedger(VISIBILITY_S * NS)
    if known is not None:
        made.start({BTC: Decimal(known)})
    return made


def ask(made: PositionLedger, answer: str | None, at_s: float) -> Decimal | None:
    return made.judge(BTC, None if answer is None else Decimal(answer), round(at_s * NS))


def test_an_answer_that_agrees_is_believed_at_once() -> None:
    assert ask(ledger("2"), "2", 100) == 2
    assert ask(ledger("0"), None, 100) == 0


def test_a_position_of_which_nothing_is_known_is_believed_and_a_missing_one_the_second_time() -> (
    None
):
    assert ask(ledger(), "3", 100) == 3
    made = ledger()
    assert [ask(made, None, 100), ask(made, None, 101)] == [None, 0]


def test_an_answer_older_than_our_newest_fill_cannot_contradict_it() -> None:
    made = ledger("0")
    assert ask(made, None, 99) == 0
    made.on_fill(fill("1", 100))
    assert [ask(made, None, 101), ask(made, None, 109)] == [1, 1]
    assert ask(made, "1", 110) == 1


def test_i15_our_fills_alone_are_no_position_while_the_venue_says_another() -> None:
    """After a restart a person's part was missing from it, for as long as a fill was young."""
    made = ledger("0")
    made.on_fill(fill("1", 100))
    assert [ask(made, "11", 101), ask(made, "11", 109)] == [None, None]
    assert [ask(made, "11", 110), ask(made, "11", 111)] == [None, 11]


@pytest.mark.parametrize("answer", [None, "0"])
def test_no_position_against_what_is_known_needs_two_answers_a_visibility_time_apart(
    answer: str | None,
) -> None:
    made = ledger("1")
    assert [ask(made, answer, 100), ask(made, answer, 109.9), ask(made, answer, 110)] == [
        None,
        None,
        0,
    ]


def test_another_position_needs_two_answers_that_agree() -> None:
    made = ledger("1")
    assert [ask(made, "2", 100), ask(made, "3", 101), ask(made, "3", 102)] == [None, None, 3]


def test_an_answer_that_agrees_again_takes_the_doubt_away() -> None:
    made = ledger("1")
    assert [ask(made, "2", 100), ask(made, "1", 101), ask(made, "2", 102)] == [None, 1, None]


def test_the_streams_word_holds_the_fills_up_to_its_instant() -> None:
    made = ledger("0")
    made.on_update(update("1", 100))
    made.on_fill(fill("1", 100))
    assert made.quantity(BTC) == 1
    made.on_fill(fill("0.5", 101, Side.SELL))
    assert made.quantity(BTC) == Decimal("0.5")


def test_an_older_word_of_the_stream_changes_nothing() -> None:
    made = ledger("0")
    made.on_update(update("2", 100))
    made.on_update(update("1", 99))
    assert made.quantity(BTC) == 2


def test_the_stream_may_say_flat_by_itself() -> None:
    made = ledger("1")
    made.on_update(update("0", 100))
    assert ask(made, None, 100.1) == 0


def test_our_fills_of_earlier_days_do_not_replace_what_is_known() -> None:
    made = ledger("1")
    made.start({BTC: Decimal(5)})
    assert made.quantity(BTC) == 1
    assert made.contracts() == [BTC]


def test_the_first_fill_of_a_market_begins_from_nothing_once_every_position_was_read() -> None:
    made = ledger()
    made.on_fill(fill("1", 100))
    assert made.quantity(BTC) is None
    made.on_listed()
    made.on_fill(fill("0.5", 101))
    assert made.quantity(BTC) == Decimal("0.5")
    assert ask(made, None, 105) == Decimal("0.5")
