from __future__ import annotations

from decimal import Decimal

import pytest

import runbot
from app.arguments import parse_arguments
from app.errors import UsageError
from app.route_command import read_question
from exchange_clients.base_models import Side

LINE = "route --symbol ETH --side buy --notional 5000 --exchanges bybit,okx"


def test_a_question_is_read_from_flags() -> None:
    question = read_question(parse_arguments(LINE.split()).given, {})
    assert (question.order.symbol, question.order.side) == ("ETH", Side.BUY)
    assert (question.order.notional_usd, question.order.tokens) == (Decimal(5000), None)
    assert (question.exchanges, question.environment) == (["bybit", "okx"], "prod")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("route --symbol ETH --side up --notional 1 --exchanges okx", "--side: up is not allowed"),
        ("route --symbol ETH --side buy --exchanges okx", "give --notional or --size, one"),
        (f"{LINE} --size 1", "give --notional or --size, one"),
        ("route --side buy --notional 1 --exchanges okx", "--symbol is missing"),
        ("route --symbol ETH --side buy --notional 1", "--exchanges is missing"),
        ("route --symbol ETH --side buy --notional x --exchanges okx", "--notional: x is not"),
        ("route --symbol ETH --side buy --notional 1 --exchanges okex", "did you mean okx"),
        ("route --symbol ETH --side buy --notional 1 --exchanges paper", "no paper"),
    ],
)
def test_what_is_wrong_is_named(words: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        read_question(parse_arguments(words.split()).given, {})


@pytest.mark.slow
def test_simulated_venues_are_compared_without_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert runbot.main([*LINE.split(), "--environment", "simulator"], {}) == 0
    out = capsys.readouterr().out
    assert out.startswith("buy 5000 USD of ETH\n")
    assert all(f"\n{place}. " in out for place in (1, 2))
    assert "USD all in, " in out
    assert out.endswith("their prices need not be near each other.\n")


@pytest.mark.slow
def test_a_venue_without_the_market_is_told_and_nothing_to_compare_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = "route --symbol NOPE --side buy --size 1 --exchanges okx --environment simulator"
    assert runbot.main(words.split(), {}) == 1
    assert "-  okx: left out, " in capsys.readouterr().out
