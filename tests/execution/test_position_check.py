"""A position that our fills do not explain is told once it is sure, and never acted on."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import cast

import pytest

from app.run_positions import Claim, explained_by
from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    ZERO,
    ContractId,
    ExchangePositionSnapshot,
    Fill,
    Market,
    Symbol,
)
from exchange_clients.errors import OutcomeUnknown
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.position_check import PAUSE_S, Difference, PositionCheck, differences
from tests.support.bot_stage import CONTRACT, MARKET, FakeStream, make_fill

D = Decimal
HERE = ("venue", CONTRACT)
ETHER = ContractId("ETH-TEST")


class HeldClient:
    """A client with a position of the test's making; it can be asked and nothing else."""

    def __init__(self, clock: VirtualClock) -> None:
        self.stream = FakeStream(clock)
        self.held: list[Decimal | Exception] = []
        """What each look finds; the last one stays."""
        self.beside = ZERO
        """What is held of another market."""
        self.ours = ZERO
        self.lacking = False
        """Whether a report is known whose fills are not."""

    def fills_lacking(self) -> list[ContractId]:
        return [CONTRACT] if self.lacking else []

    def market(self, contract_id: str) -> Market:
        return MARKET

    async def get_detailed_positions(self) -> list[ExchangePositionSnapshot]:
        held = self.held.pop(0) if len(self.held) > 1 else self.held[0]
        if isinstance(held, Exception):
            raise held
        rows = [
            ExchangePositionSnapshot(MARKET.symbol, CONTRACT, held),
            ExchangePositionSnapshot(Symbol("ETH"), ETHER, self.beside),
        ]
        return [each for each in rows if each.quantity]


def told_of(
    prepare: Callable[[HeldClient], None],
    symbols: tuple[str, ...] = ("BTC",),
    then: Callable[[HeldClient], None] = lambda client: None,
) -> list[Difference | None]:
    """Return what a check tells of a client, also after ``then`` and a reconnect."""
    told: list[Difference | None] = []

    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        client = HeldClient(clock)
        prepare(client)
        check = PositionCheck(
            {"venue": cast(BaseExchangeClient, client)},
            symbols,
            lambda venue: {CONTRACT: client.ours} if client.ours else {},
            lambda market, found: told.append(found),
            clock,
        )
        check.start()
        await clock.sleep(20 * PAUSE_S)
        then(client)
        client.stream.signal(StreamSignal(Signal.CONNECTED, None, 0))
        await clock.sleep(20 * PAUSE_S)
        await check.close()

    run_virtual(main)
    return told


def holding(
    *held: Decimal | Exception, ours: str = "0", beside: str = "0"
) -> Callable[[HeldClient], None]:
    def prepare(client: HeldClient) -> None:
        client.held = list(held)
        client.ours, client.beside = D(ours), D(beside)

    return prepare


def test_what_our_fills_explain_is_not_told() -> None:
    assert told_of(holding(D(2), ours="2")) == []
    assert told_of(holding(D(0))) == []


def test_what_has_traded_of_ours_is_nobody_elses_while_its_fills_are_on_their_way() -> None:
    def prepare(client: HeldClient) -> None:
        holding(D(0), ours="2")(client)
        client.lacking = True

    def arrive(client: HeldClient) -> None:
        client.lacking, client.ours = False, ZERO

    def stay_away(client: HeldClient) -> None:
        client.lacking = False

    assert told_of(prepare, then=arrive) == []
    assert told_of(prepare, then=stay_away) == [Difference("venue", CONTRACT, D(0), D(2))]


def test_every_market_that_is_traded_is_looked_at_and_no_other() -> None:
    found = Difference("venue", ETHER, held=D(4), ours=ZERO)
    assert told_of(holding(D(2), ours="2", beside="4")) == []
    assert told_of(holding(D(2), ours="2", beside="4"), symbols=("BTC", "ETH")) == [found]
    assert told_of(holding(D(2), ours="2", beside="4"), symbols=()) == [found]


def test_what_our_other_runs_hold_is_ours() -> None:
    claims = [
        Claim("this", "venue", CONTRACT, D(9)),
        Claim("other", "venue", CONTRACT, D(3)),
        Claim("other", "elsewhere", CONTRACT, D(7)),
    ]
    explained = explained_by(lambda venue, mark: ([make_fill("c1", "2")], 1), claims, "this")
    assert explained("venue") == {CONTRACT: D(5)}


def test_what_our_fills_add_up_to_is_read_once_and_then_what_is_new() -> None:
    fills = [make_fill("c1", "2")]
    asked: list[int] = []

    def read(venue: str, mark: int) -> tuple[list[Fill], int]:
        asked.append(mark)
        return fills[mark:], len(fills)

    explained = explained_by(read, [], "this")
    assert explained("venue") == explained("venue") == {CONTRACT: D(2)}
    fills.append(make_fill("c2", "3"))
    assert explained("venue") == {CONTRACT: D(5)}
    assert asked == [0, 1, 1]


def test_a_stranger_is_told_once_and_again_when_it_is_gone() -> None:
    told = told_of(holding(D("2.5"), ours="2"), then=holding(D(2), ours="2"))
    assert told == [Difference(*HERE, held=D("2.5"), ours=D(2)), None]
    assert str(told[0]).endswith("our fills say 2: 0.5 is another's and is left alone")


def test_what_was_closed_by_hand_is_told_as_ours() -> None:
    (told,) = told_of(holding(D("0.5"), ours="2"))
    assert "1.5 of ours was closed by another hand, or liquidated; restore it" in str(told)


def test_a_fill_on_its_way_is_no_difference() -> None:
    assert told_of(holding(D(3), D(2), ours="2")) == []


def test_a_failed_read_says_nothing() -> None:
    lost = OutcomeUnknown("the venue does not answer")
    assert told_of(holding(D(3), lost, D(2), ours="2")) == []
    assert told_of(holding(lost, ours="2")) == []


@pytest.mark.parametrize(("held", "ours"), [("-1", "0"), ("0", "-1"), ("3", "-1")])
def test_signs_count(held: str, ours: str) -> None:
    market = ContractId("X")
    found = differences("venue", {market: D(held)}, {market: D(ours)})
    assert found == {market: Difference("venue", market, D(held), D(ours))}


@pytest.mark.parametrize(
    ("held", "ours", "missing", "others"),
    [
        ("-5", "0", "0", "-5"),
        ("7", "2", "0", "5"),
        ("1", "2", "1", "0"),
        ("-5", "2", "2", "-5"),
        ("5", "-2", "2", "5"),
        ("-7", "-2", "0", "-5"),
    ],
)
def test_what_is_neither_ours_nor_gone_of_it_belongs_to_another_hand(
    held: str, ours: str, missing: str, others: str
) -> None:
    found = Difference("venue", CONTRACT, D(held), D(ours))
    assert (found.missing, found.others) == (D(missing), D(others))
