"""What is promised of funding arbitrage, through the whole bot, on the venues' own books."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from app.session import Session
from exchange_clients.base_models import (
    ContractId,
    LiquidationEvent,
    OrderStatus,
    Side,
    Symbol,
)
from exchange_clients.errors import InvalidOrder, OutcomeUnknown
from exchange_clients.paper.units import to_atoms
from strategies.implementations.funding_arbitrage.exits import ExitReason
from strategies.implementations.funding_arbitrage.scanner import Rule
from strategies.implementations.funding_arbitrage.state import PairStatus
from tests.support.arbitrage_run import (
    ONE,
    TURN_S,
    TWO,
    ArbitrageRun,
    VenueScript,
    at,
    exchange_of,
    interrupt,
    run_arbitrage,
    seconds_of,
    strategy_of,
)

D = Decimal
LOW, HIGH = "-0.0000625", "0.0000625"
"""Rates of an hour that are 0.001 of eight hours apart."""
SIZE = D("0.15")


def low(*later: tuple[float, str]) -> VenueScript:
    return VenueScript({"ETH": [(0, LOW), *later]})


def high(*later: tuple[float, str]) -> VenueScript:
    return VenueScript({"ETH": [(0, HIGH), *later]})


async def no_answer(*_: object) -> object:
    raise OutcomeUnknown("the venue does not answer")


def check_pair_is_held(run: ArbitrageRun) -> None:
    assert (run.held(ONE), run.held(TWO)) == (SIZE, -SIZE)
    assert [pair.status for pair in run.pairs] == [PairStatus.OPEN]
    assert all(order.status.terminal for order in (*run.orders(ONE), *run.orders(TWO)))


def test_the_lower_rate_is_bought_and_the_higher_sold_within_the_basis(tmp_path: Path) -> None:
    """Prices are chosen together: the long costs at most 0.05 % of mid more than the short."""
    run = run_arbitrage(tmp_path, low(), high())
    check_pair_is_held(run)
    (bought,), (sold,) = run.fills(ONE), run.fills(TWO)
    assert bought.price - sold.price <= D(2000) * D("0.0005")
    entries = [run.orders(ONE)[0], run.orders(TWO)[0]]
    assert [entry.side for entry in entries] == [Side.BUY, Side.SELL]
    assert run.session.ending.reason == "the recording is over" or run.session.ending.reason


def test_the_edge_is_the_funding_of_the_horizon_less_four_fees(tmp_path: Path) -> None:
    """F3: 3 x (0.0006 + 0.0001) - 2 x 0.00005 = 0.0020 in 24 h."""
    one = VenueScript({"ETH": [(0, "-0.0001")]}, hours=8)
    two = VenueScript(
        {"ETH": [(0, "0.0006")]}, markets={"ETH": {"maker_fee": D("0.00005")}}, hours=8
    )
    run = run_arbitrage(tmp_path, one, two, seconds=40, fee_basis="maker", max_positions=1)
    scan = strategy_of(run.session).machine.scan
    assert scan is not None
    (opportunity,) = scan.opportunities
    assert opportunity.pair == ("ETH", ONE, TWO)
    assert opportunity.divergence_8h == D("0.0007")
    assert opportunity.edge.costs.fees == D("0.0001")
    assert opportunity.edge.funding - opportunity.edge.costs.fees == D("0.0020")


def test_with_old_rates_nothing_is_opened_and_age_alone_closes(tmp_path: Path) -> None:
    """F4: rates that are not read any more: told as stale, whatever they have become."""

    def deaf(session: Session) -> None:
        for venue in session.venues.values():
            venue.funding.fetch_funding_rates = no_answer  # type: ignore[method-assign,assignment]  # a venue that does not answer

    run = run_arbitrage(
        tmp_path,
        low((1, HIGH)),
        high((1, LOW)),
        seconds=840,
        prepare=at(100, deaf),
        max_age_hours="0.2",
        exit_wait_minutes="1",
    )
    assert [pair.trigger and pair.trigger.reason for pair in run.pairs] == [ExitReason.MAX_AGE]
    closed_s = [seconds_of(order.created_ns) for order in run.closes(ONE)]
    assert len(closed_s) == 1
    assert 780 <= closed_s[0] < 820, "twelve minutes of age and one of waiting"
    assert (run.held(ONE), run.held(TWO)) == (D(0), D(0))
    assert {refusal.rule for refusal in strategy_of(run.session).machine.refusals} == {Rule.RATE}


def test_what_is_not_known_of_a_market_refuses_it(tmp_path: Path) -> None:
    """F5: nobody tells the open interest."""
    one = VenueScript({"ETH": [(0, LOW)]}, activity=None)
    run = run_arbitrage(tmp_path, one, high(), seconds=40, min_volume_usd="0")
    assert not run.orders(ONE)
    assert not run.orders(TWO)
    (refusal,) = strategy_of(run.session).machine.refusals
    assert refusal.rule is Rule.OPEN_INTEREST


@pytest.mark.parametrize(
    ("long", "short", "expected"),
    [
        ("0", "0.00005", ExitReason.PROFIT_EROSION),
        ("0.00001", "0.00001", ExitReason.SEVERE_EROSION),
        ("0.0000125", "0", ExitReason.DIVERGENCE_FLIPPED),
    ],
    ids=["0.0004", "0.0", "-0.0001"],
)
def test_a_pair_whose_rates_have_come_together_is_closed(
    tmp_path: Path, long: str, short: str, expected: ExitReason
) -> None:
    """F6: of 0.001 in eight hours so much is left."""
    run = run_arbitrage(
        tmp_path,
        low((1, long)),
        high((1, short)),
        seconds=TURN_S + 100,
        min_edge="0.2",
        exit_wait_minutes="0.5",
    )
    (pair,) = run.pairs
    assert pair.trigger is not None
    assert pair.trigger.reason is expected
    assert (run.held(ONE), run.held(TWO)) == (D(0), D(0))
    assert pair.status is PairStatus.CLOSED


def test_an_exit_at_a_loss_goes_ten_minutes_after_its_first_reason_over_a_restart(
    tmp_path: Path,
) -> None:
    """F7: flipped, 3 USD below water and 1 of fees, restarted at minute 4: closed at minute 10."""
    fee = {"ETH": {"maker_fee": D(1) / 600, "taker_fee": D(1) / 600}}
    one = VenueScript(
        {"ETH": [(0, "-0.001"), (1, "0.001")]},
        {"ETH": [(0, 1999.9, 2000.1), (TURN_S - 10, 1979.9, 1980.1)]},
        fee,
    )
    two = VenueScript({"ETH": [(0, "0.001"), (1, "-0.001")]}, markets=fee)
    begun_s = TURN_S + 15
    first = run_arbitrage(tmp_path, one, two, seconds=800, prepare=at(begun_s + 240, interrupt))
    assert not first.closes(ONE)
    (pair,) = first.pairs
    assert pair.trigger is not None
    assert pair.trigger.reason is ExitReason.DIVERGENCE_FLIPPED
    again = run_arbitrage(tmp_path, one, two, seconds=800)
    assert TURN_S <= seconds_of(pair.trigger.first_ns) <= begun_s
    for venue in (ONE, TWO):
        (close,) = again.closes(venue)
        waited_s = (close.created_ns or 0) / 1e9 - pair.trigger.first_ns / 1e9
        assert 600 <= waited_s < 620
        assert again.held(venue) == 0
    assert len(again.fills(ONE)) == 2, "nothing was sent twice"


def test_a_position_that_cannot_be_read_closes_nothing(tmp_path: Path) -> None:
    """F8: leg B's snapshot raises; the pair is unverified, which is told, and stays."""

    def blind(session: Session) -> None:
        session.clients[TWO].get_detailed_positions = no_answer  # type: ignore[method-assign,assignment]  # a venue that does not answer

    # The rates flip as well: even that is no reason while nobody knows what is held.
    run = run_arbitrage(
        tmp_path, low((1, HIGH)), high((1, LOW)), seconds=400, prepare=at(60, blind),
        exit_wait_minutes="1",
    )  # fmt: skip
    check_pair_is_held(run)
    assert "unverified" in str(run.session.strategy.report()["alerts"])


def test_the_other_leg_of_one_that_was_liquidated_is_closed_at_once(tmp_path: Path) -> None:
    """F9: a liquidation of another market says nothing; of the leg's own it closes the other."""
    other = LiquidationEvent(
        ContractId("ETHFI-PERP"), Symbol("ETHFI"), Side.SELL, D(9), D(1), 0, ours=True
    )

    def another(session: Session) -> None:
        session.clients[ONE].emit_liquidation_event(other)

    def prepare(session: Session) -> None:
        exchange_of(session, ONE).ledger.accounts[ONE].cash = to_atoms(D(10_000))
        at(60, another)(session)

    jump_s = 94  # between two surveys
    jumped = VenueScript(
        {"ETH": [(0, HIGH)]}, {"ETH": [(0, 1999.9, 2000.1), (jump_s, 2799.9, 2800.1)]}
    )
    run = run_arbitrage(
        tmp_path, low(), jumped, seconds=120, prepare=prepare,
        paper__starting_balance="110",
    )  # fmt: skip
    (close,) = run.closes(ONE)
    assert close.status is OrderStatus.FILLED
    assert (close.side, close.size) == (Side.SELL, SIZE)
    assert jump_s <= seconds_of(close.created_ns) < jump_s + 1
    assert (run.held(ONE), run.held(TWO)) == (D(0), D(0))
    (pair,) = run.pairs
    assert pair.trigger is not None
    assert pair.trigger.reason is ExitReason.LEG_GONE


LEVERAGE = ({"ETH": {"max_leverage": D(5)}}, {"ETH": {"max_leverage": D(3)}})


def leveraged() -> tuple[VenueScript, VenueScript]:
    return (
        VenueScript({"ETH": [(0, LOW)]}, markets=LEVERAGE[0]),
        VenueScript({"ETH": [(0, HIGH)]}, markets=LEVERAGE[1]),
    )


def test_both_legs_have_one_leverage_and_a_size_that_both_accounts_carry(tmp_path: Path) -> None:
    """F10: maxima 5 and 3, margin 100, balances 80 and 500: 3 on both, 240 / 1.05 = 228.57 USD."""

    def poor(session: Session) -> None:
        exchange_of(session, ONE).ledger.accounts[ONE].cash = to_atoms(D(80))

    run = run_arbitrage(
        tmp_path, *leveraged(), prepare=poor, max_leverage="5", paper__starting_balance="500"
    )
    (pair,) = run.pairs
    assert round(pair.notional, 2) == D("228.57")
    assert run.held(ONE) == -run.held(TWO) == D("0.114")
    for venue in (ONE, TWO):
        exchange = exchange_of(run.session, venue)
        account = exchange.ledger.accounts[venue]
        assert exchange.margin.leverage(account, ContractId("ETH-PERP")) == 3


@pytest.mark.parametrize(("seconds", "tries"), [(200, 1), (1_100, 2)])
def test_a_leverage_that_a_venue_refuses_is_asked_for_again_much_later(
    tmp_path: Path, seconds: int, tries: int
) -> None:
    """F10: a failed set_leverage: no trade, and no second try within a quarter of an hour."""
    asked: list[Sequence[object]] = []

    async def refuse(*given: object) -> D:
        asked.append(given)
        raise InvalidOrder("leverage is fixed")

    def prepare(session: Session) -> None:
        session.clients[TWO].set_leverage = refuse  # type: ignore[method-assign,assignment]  # a venue that refuses

    run = run_arbitrage(
        tmp_path, *leveraged(), seconds=seconds, prepare=prepare, cooldown_minutes="0.5"
    )
    assert len(asked) == tries
    assert len(run.pairs) > 2, "the chance was seen again and again"
    assert not run.orders(ONE)
    assert not run.orders(TWO)


def test_legs_of_a_thousand_tokens_and_of_one_hold_the_same(tmp_path: Path) -> None:
    """X8: 84 units of a x1000 contract meet 84,000 single ones."""
    one = VenueScript(
        {"PEPE": [(0, LOW)]},
        {"PEPE": [(0, 1.9998, 2.0002)]},
        {"PEPE": {"tick": D("0.0001"), "step": D(1), "multiplier": D(1000)}},
    )
    two = VenueScript(
        {"PEPE": [(0, HIGH)]},
        {"PEPE": [(0, 0.0019998, 0.0020002)]},
        {"PEPE": {"tick": D("0.0000001"), "step": D(1)}},
    )
    run = run_arbitrage(tmp_path, one, two, run__ticker="PEPE", max_position_usd="169")
    assert (run.held(ONE, "PEPE"), run.held(TWO, "PEPE")) == (D(84), D(-84_000))


def test_a_run_that_dies_between_its_legs_is_made_even_by_the_next(tmp_path: Path) -> None:
    """Killed at the first fill: the restart hedges or undoes it before anything else is sent."""

    def dies(session: Session) -> None:
        session.clients[ONE].setup_fill_handler(lambda fill: interrupt(session))
        session.clients[TWO].setup_fill_handler(lambda fill: interrupt(session))

    run_arbitrage(tmp_path, low(), high(), prepare=dies)
    again = run_arbitrage(tmp_path, low(), high(), prepare=at(100, lambda session: None))
    assert again.held(ONE) == -again.held(TWO)
    assert all(order.status.terminal for order in (*again.orders(ONE), *again.orders(TWO)))
    assert all(pair.status in (PairStatus.OPEN, PairStatus.CLOSED) for pair in again.pairs)
    told = sum((leg.ledger.quantity for pair in again.pairs for leg in (pair.long,)), D(0))
    assert told == again.held(ONE), "the strategy has heard of every fill"


def test_a_stop_opens_nothing_more_and_leaves_no_leg_alone(tmp_path: Path) -> None:
    """Asked to stop at the first fill: the execution under way is finished, then the run ends."""

    def stops(session: Session) -> None:
        for client in session.clients.values():
            client.setup_fill_handler(lambda fill: session.bot.request_stop("enough"))

    run = run_arbitrage(tmp_path, low(), high(), prepare=stops)
    assert run.session.ending.reason == "enough"
    assert run.held(ONE) == -run.held(TWO)
    assert all(order.status.terminal for order in (*run.orders(ONE), *run.orders(TWO)))
    assert len(run.pairs) == 1


def test_a_dry_run_sees_pairs_and_sends_nothing(tmp_path: Path) -> None:
    run = run_arbitrage(tmp_path, low(), high(), seconds=40, run__dry_run="true")
    assert run.pairs, "what would have been opened is told"
    assert not run.orders(ONE)
    assert not run.orders(TWO)


def test_our_books_and_both_venues_agree_to_the_last_digit(tmp_path: Path) -> None:
    """Fills, fees and payments of both accounts, over a restart and a closing."""
    fee = {"ETH": {"maker_fee": D("0.0002"), "taker_fee": D("0.0005")}}
    one = VenueScript({"ETH": [(0, "-0.001"), (1, "0.001")]}, markets=fee)
    two = VenueScript({"ETH": [(0, "0.001"), (1, "-0.001")]}, markets=fee)
    run_arbitrage(tmp_path, one, two, seconds=400, prepare=at(200, interrupt))
    run = run_arbitrage(tmp_path, one, two, seconds=900)
    assert len(run.fills(ONE)) == len(run.fills(TWO)) == 2
    assert run.report.result.funding > 0
    assert run.report.result.cash_check.exact
    (pair,) = run.pairs
    assert pair.split().total == run.report.result.net_pnl
