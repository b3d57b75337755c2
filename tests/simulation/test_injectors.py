"""What befalls a run beyond the network: books that are shown otherwise, and rows that come due."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import cast

from msgspec.structs import replace

from exchange_clients.base_models import NS, ContractId, OrderType, Side
from exchange_clients.shared.clock import Rng
from tests.simulation.combined import flap, swizzle
from tests.simulation.plan import OVERFILL, Trouble
from tests.simulation.whole.beyond import BELATED, BEYOND, UNANSWERED, belated, unpaid
from tests.simulation.whole.disturbed import BOOKS
from tests.simulation.whole.injectors import INJECTORS
from tests.simulation.whole.rates import RateTruth
from tests.simulation.whole.scenario import Faults, Strategy
from tests.simulation.whole.scenes import TAKING, draw_scenario
from tests.simulation.whole.truth import MarketBook, WholeTruth
from tests.simulation.whole.venues import BEGIN_NS, WorldVenue
from tests.support.wire_orders import ACCOUNT
from venue_simulators.venue_deeds import LateRows
from venue_simulators.world import Wanted

D = Decimal
BEGINS_S, LASTS_S = 30.4, 4.0


def marks(trouble: Trouble) -> list[tuple[Decimal, bool]]:
    """Return the mark before, during and after a trouble, and whether both sides were there."""
    scenario = draw_scenario(3, Faults.NONE)
    venue = WorldVenue(scenario.venues[0], 0, replace(scenario, troubles=(trouble,)))
    (contract_id,) = venue.traded
    begin_ns, told = venue.world.now_ns, []
    for at_s in (30, 32, 60):
        venue.venue.advance(begin_ns + at_s * NS)
        book = venue.world._exchange.markets[contract_id].liquidity
        sides = book.best_bid() is not None and book.best_ask() is not None
        told.append((venue.world.mark(contract_id), sides))
    assert bool(venue.books_shown[trouble.kind])
    return told


def test_a_clock_that_is_set_while_its_quartz_drifts_is_off_by_both() -> None:
    drift = Trouble("clk.drift", "*", 100.0, 1000.0, "fast", strength=21.0)
    step = Trouble("clk.step", "*", 900.0, 26.0, seconds=0.944)
    scenario = replace(draw_scenario(3, Faults.NONE), troubles=(drift, step))
    truth = RateTruth(scenario, {}, cast(WholeTruth, SimpleNamespace(now_ns=None, found=None)))
    off = [truth._off_ns(BEGIN_NS + at_s * NS) / NS for at_s in (50, 500, 910)]
    assert off == [0.0, 0.021, 0.965]


def test_a_price_that_runs_off_comes_back_and_the_book_stays_sound() -> None:
    jump = Trouble("jump", "backpack", BEGINS_S, LASTS_S, "down", strength=100.0)
    (before, _), (during, _), (after, sound) = marks(jump)
    assert D("0.985") < during / before < D("0.995")
    assert D("0.997") < after / before < D("1.003")
    assert sound


def test_a_trouble_of_a_book_ends_at_its_own_instant() -> None:
    # In floats this one's end lies behind itself.
    short = Trouble("jump", "backpack", 31.647, 1.23, "up", strength=100.0)
    (before, _), (during, _), (after, sound) = marks(short)
    assert during / before > D("1.005")
    assert D("0.997") < after / before < D("1.003")
    assert sound


def test_a_book_that_is_gone_is_there_again() -> None:
    gone = Trouble("gone", "backpack", BEGINS_S, LASTS_S, "both", strength=0.0)
    assert [sides for _, sides in marks(gone)] == [True, False, True]


def test_what_is_put_off_shows_so_much_later_and_all_at_last() -> None:
    late = LateRows()
    late.put_off(240, 100)
    late.put_off(0, 200)
    assert [late.shown_ns(at_ns) for at_ns in (99, 100, 199, 200)] == [99, 340, 439, 200]
    late.show(300)
    assert [late.shown_ns(at_ns) for at_ns in (100, 199, 400)] == [300, 300, 400]


def test_questions_for_payments_fail_within_the_trouble_of_a_run() -> None:
    rows = [row for seed in range(30) for row in unpaid(Rng(seed), ("okx",), 60.0, 300.0, 5)]
    assert {row.kind for row in rows} == set(UNANSWERED)
    assert {row.target for row in rows} == {"payments"}
    assert all(row.at_s >= 60.0 and row.at_s + row.for_s <= 300.0 for row in rows)


def test_what_comes_minutes_late_comes_before_the_trouble_of_a_run_ends() -> None:
    rows = [row for seed in range(60) for row in belated(Rng(seed), ("okx",), 60.0, 900.0, 5)]
    assert {row.kind for row in rows} == set(BELATED)
    assert all(row.at_s + row.for_s + (row.seconds or 0.0) < 900.0 for row in rows)
    assert all(20.0 <= (row.seconds or 0.0) <= 200.0 for row in rows)


def test_what_others_take_is_taken_of_the_user_first() -> None:
    scenario = draw_scenario(3, Faults.NONE)
    venue = WorldVenue(scenario.venues[0], 0, scenario)
    (market,) = venue.traded.values()
    book = MarketBook(venue, market, net=D(3), own=D(2))
    book.on_theirs(D(-1))
    assert (book.own, book.past, book.held) == (D(1), D(0), D(3))
    book.on_theirs(D(-2))
    assert (book.own, book.past, book.held, book.gone) == (D(0), D(-1), D(2), D(1))
    assert book.disturbed


def test_a_grid_stands_beside_the_user_on_either_side() -> None:
    scenarios = [draw_scenario(seed, chaos_s=300.0) for seed in range(1, 400)]
    grids = [each for each in scenarios if each.held and each.strategy is Strategy.GRID]
    pairs = [each for each in scenarios if each.held and each.strategy is Strategy.ARBITRAGE]
    assert len(grids) > 5
    assert {each.held[0].usd > 0 for each in pairs} == {True, False}
    assert {each.held[0].usd > 0 for each in grids} == {True, False}
    assert not any(row.kind in TAKING for each in grids for row in each.troubles)


def test_a_person_lets_entries_go_on_before_the_trouble_of_a_run_ends() -> None:
    commands = [row for seed in range(1, 200) for row in draw_scenario(seed).commands]
    assert {bool(each.symbol) for each in commands} == {True, False}
    assert all(each.at_s + each.for_s <= 3600.001 for each in commands)


def overfilling(**changes: object) -> Trouble:
    """Return a row that fills an order on by a twentieth, half a second after its end."""
    row = Trouble(OVERFILL, "backpack", 0.0, 60.0, seconds=0.5, strength=0.05)
    return replace(row, **changes)


def filled_on(
    size: str, *rows: Trouble, venue: str = "backpack"
) -> tuple[WorldVenue, MarketBook, WholeTruth]:
    """Return a venue at which an order of the bot's was filled, a second ago, and its book."""
    drawn = draw_scenario(3, Faults.NONE)
    assert drawn.venues == ("backpack",)
    scenario = replace(drawn, venues=(venue,), troubles=rows, held=(), rests=0)
    there = WorldVenue(venue, 0, scenario)
    truth = WholeTruth(scenario, {venue: there}, lambda: there.world.now_ns)
    (contract_id,) = there.traded
    buy(there, contract_id, size)
    return there, truth.books[venue, contract_id], truth


def buy(venue: WorldVenue, contract_id: ContractId, size: str, side: Side = Side.BUY) -> None:
    """Let the bot trade at market, and a second pass."""
    closes = side is Side.SELL
    wanted = Wanted(contract_id, side, D(size), None, OrderType.MARKET, reduce_only=closes)
    assert venue.world.place(ACCOUNT, wanted).reason is None
    venue.venue.advance(venue.world.now_ns + NS)


def test_an_order_is_filled_on_by_a_part_of_its_size_once_for_each_row() -> None:
    venue, book, _ = filled_on("0.4", overfilling())
    assert (book.held, book.extra, venue.overfills.count) == (D("0.42"), D("0.02"), 1)
    *asked_for, extra = venue.world.fills(ACCOUNT)
    assert not any(venue.overfills.of_fill(each) for each in asked_for)
    assert venue.overfills.of_fill(extra) == extra.size == D("0.02")
    assert (extra.price, extra.venue_ns) == (asked_for[-1].price, asked_for[-1].venue_ns + NS // 2)
    buy(venue, book.market.contract_id, "0.1")
    assert (book.held, venue.overfills.count) == (D("0.52"), 1)


def test_an_order_is_filled_on_by_a_step_at_least_and_none_of_the_next_ones_soon() -> None:
    rows = (overfilling(strength=0.001), overfilling(strength=0.001))
    venue, book, _ = filled_on("0.01", *rows)
    assert book.extra == book.market.step
    buy(venue, book.market.contract_id, "0.1")
    assert venue.overfills.count == 1
    venue.venue.advance(venue.world.now_ns + 31 * NS)
    buy(venue, book.market.contract_id, "0.1")
    assert venue.overfills.count == 2


def test_what_was_filled_on_is_allowed_for_until_nothing_is_held() -> None:
    venue, book, truth = filled_on("0.4", overfilling())
    mark = venue.world.mark(book.market.contract_id)
    assert truth._extra_usd(str(book.market.symbol)) == D("0.02") * mark
    buy(venue, book.market.contract_id, "0.42", Side.SELL)
    assert (book.held, book.extra) == (D(0), D(0))


def test_no_order_is_filled_on_where_orders_tell_what_remains() -> None:
    venue, book, _ = filled_on("0.4", overfilling(venue="paradex"), venue="paradex")
    assert (book.held, venue.overfills.count) == (D("0.4"), 0)


def test_a_fraction_of_runs_fills_orders_on() -> None:
    drawn = [draw_scenario(seed, chaos_s=300.0) for seed in range(1, 300)]
    rows = [[row for row in each.troubles if row.kind == OVERFILL] for each in drawn]
    assert 0.1 < sum(map(bool, rows)) / len(rows) < 0.2
    assert all(0 < (row.strength or 0) <= 0.05 for each in rows for row in each)


def test_every_kind_beyond_the_network_is_carried_out() -> None:
    assert set(BEYOND) == {*INJECTORS, *BOOKS, OVERFILL}


def test_a_venue_that_flaps_is_back_between_its_absences() -> None:
    rows = flap(Rng(1), "okx", 10.0, 90.0)
    ends = [row.at_s + row.for_s for row in rows[::2]]
    assert all(row.at_s > end for row, end in zip(rows[2::2], ends, strict=False))
    assert {row.kind for row in rows} == {"ws.cut", "rq.drop"}


def test_clogged_pipes_are_free_again_in_another_order() -> None:
    rows = swizzle(Rng(1), ("okx", "grvt"), 10.0, 60.0)
    freed = sorted(rows, key=lambda row: row.at_s + row.for_s)
    assert freed != rows == sorted(rows, key=lambda row: row.at_s)
    assert max(row.at_s for row in rows) < min(row.at_s + row.for_s for row in rows)
