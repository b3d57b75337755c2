"""What only OKX does, on its simulator: its habits of other days, and its demo trading."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import NS, Side
from tests.conformance.cases import CASES
from tests.conformance.conforming import Conforming
from tests.conformance.okx_facts import OKX
from tests.conformance.rig import BTC, SIZE, Rig, play
from venue_simulators.okx import simulator
from venue_simulators.okx.terms import OkxTerms

HABITS = {
    "book without a beginning": (
        OkxTerms(book_snapshots=False),
        "test_live_book_is_the_venues_level_by_level",
        "test_live_book_follows_every_change",
        "test_lost_delta_closes_the_book_until_a_snapshot",
        "test_swapped_deltas_end_in_the_true_book",
    ),
    "named children": (
        OkxTerms(child_client_ids=True),
        "test_stop_waits_for_its_trigger_and_then_trades",
        "test_stop_that_is_cancelled_never_trades",
    ),
    "fills told again": (
        OkxTerms(replays_fills=True),
        "test_fill_that_is_told_twice_counts_once",
        "test_fill_is_heard_as_the_venue_booked_it",
    ),
    "money in pages": (OkxTerms(paged_account=True), "test_balance_is_what_can_be_used"),
    "changes that fail later": (
        OkxTerms(amends_fail_later=True),
        "test_amend_changes_the_order_in_place",
    ),
    "checksums": (OkxTerms(checksums=True), "test_live_book_follows_every_change"),
}


def with_terms(terms: OkxTerms) -> Conforming:
    return replace(OKX, build=lambda options, lag_s: simulator.build(options, terms))


@pytest.mark.parametrize(
    ("habit", "case"), [(name, case) for name, (_, *cases) in HABITS.items() for case in cases]
)
def test_other_habits_of_the_venue_change_nothing(habit: str, case: str) -> None:
    terms, *_ = HABITS[habit]
    assert isinstance(terms, OkxTerms)
    rig = play(with_terms(terms), CASES[case])
    assert rig.venue.log


def test_a_book_is_fetched_only_where_the_stream_does_not_begin_with_it() -> None:
    case = CASES["test_live_book_follows_every_change"]
    terms = (OkxTerms(), OkxTerms(book_snapshots=False))
    logs = [play(with_terms(each), case).venue.log for each in terms]
    asked = [sum(each.path == "/api/v5/market/books" for each in log) for log in logs]
    assert asked[0] == 0
    assert asked[1] >= 1


def test_what_is_traded_counts_in_contracts_on_the_wire_alone() -> None:
    async def case(rig: Rig) -> None:
        start_ns = rig.clock.now_ns() - NS
        await rig.buy_at_once()
        await rig.settle(2)
        history = await rig.client.get_user_trade_history(BTC, start_ns, rig.clock.now_ns() + 1)
        assert {(fill.side, fill.fee_asset) for fill in history} == {(Side.BUY, "USDT")}
        assert sum((fill.size for fill in history), Decimal(0)) == SIZE == rig.world_position()
        assert history == rig.fills

    play(OKX, case)
