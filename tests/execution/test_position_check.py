"""A position that our fills do not explain is told once it is sure, and never acted on."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import cast

import pytest

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    ZERO,
    ContractId,
    ExchangePositionSnapshot,
    Fill,
    Market,
)
from exchange_clients.errors import OutcomeUnknown
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.position_check import PAUSE_S, Difference, PositionCheck, difference
from tests.support.bot_stage import CONTRACT, MARKET, FakeStream, make_fill

D = Decimal
HERE = ("venue", CONTRACT)


class HeldClient:
    """A client with a position of the test's making; it can be asked and nothing else."""

    def __init__(self, clock: VirtualClock) -> None:
        self.stream = FakeStream(clock)
        self.held: list[Decimal | Exception] = []
        """What each look finds; the last one stays."""
        self.fills: list[Fill] = []
        self.looks = 0

    def market(self, contract_id: str) -> Market:
        return MARKET

    async def get_position_snapshot(self, symbol: str) -> ExchangePositionSnapshot | None:
        self.looks += 1
        held = self.held.pop(0) if len(self.held) > 1 else self.held[0]
        if isinstance(held, Exception):
            raise held
        return None if not held else ExchangePositionSnapshot(MARKET.symbol, CONTRACT, held)

    async def get_user_trade_history(self, symbol: str, start: int, end: int) -> list[Fill]:
        return self.fills


def told_of(
    prepare: Callable[[HeldClient], None],
    others: Decimal = ZERO,
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
            {"venue": CONTRACT},
            lambda market: others,
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


def holding(*held: Decimal | Exception, ours: str = "0") -> Callable[[HeldClient], None]:
    def prepare(client: HeldClient) -> None:
        client.held = list(held)
        client.fills = [make_fill("c1", ours)] if D(ours) else []

    return prepare


def test_what_our_fills_explain_is_not_told() -> None:
    assert told_of(holding(D(2), ours="2")) == []
    assert told_of(holding(D(0))) == []


def test_what_our_other_runs_hold_is_ours() -> None:
    assert told_of(holding(D(5), ours="2"), others=D(3)) == []


def test_a_stranger_is_told_once_and_again_when_it_is_gone() -> None:
    told = told_of(holding(D("2.5"), ours="2"), then=holding(D(2), ours="2"))
    assert told == [Difference(*HERE, held=D("2.5"), ours=D(2)), None]
    assert str(told[0]).endswith("our fills say 2: 0.5 is another's and is left alone")


def test_what_was_closed_by_hand_is_told_as_ours() -> None:
    (told,) = told_of(holding(D("0.5"), ours="2"))
    assert str(told).endswith("1.5 of ours was closed by another hand, or liquidated")


def test_a_fill_on_its_way_is_no_difference() -> None:
    assert told_of(holding(D(3), D(2), ours="2")) == []


def test_a_failed_read_says_nothing() -> None:
    lost = OutcomeUnknown("the venue does not answer")
    assert told_of(holding(D(3), lost, D(2), ours="2")) == []
    assert told_of(holding(lost, ours="2")) == []


@pytest.mark.parametrize(("held", "ours"), [("-1", "0"), ("0", "-1"), ("3", "-1")])
def test_signs_count(held: str, ours: str) -> None:
    found = difference(("venue", ContractId("X")), D(held), D(ours))
    assert found == Difference("venue", ContractId("X"), D(held), D(ours))
