from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_models import NS, OrderStatus, Reason, TimeInForce
from exchange_clients.events import FundingPayment, PositionUpdate, Signal, StreamSignal
from exchange_clients.paper.config import Acknowledge, PaperConfig
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.funding import ConstantFunding, FundingTerms
from exchange_clients.paper.latency import Latency
from exchange_clients.paper.sources.base import Liquidity, SourceEvent
from exchange_clients.paper.timeline import NEVER_NS
from tests.exchange_clients.paper.venue_stage import (
    BTC,
    BUY,
    INSTANT,
    SELL,
    START_NS,
    ListSource,
    Stage,
    delta,
    market,
    order,
    quote,
    snapshot,
    trade,
)

ENDED = StreamSignal(Signal.ENDED, None, START_NS + 500 * NS)


def stage(
    *events: SourceEvent,
    config: PaperConfig = INSTANT,
    liquidity: Liquidity = Liquidity.QUOTES,
    taker_fee: str = "0",
    maker_fee: str = "0",
) -> Stage:
    spec = market(taker_fee=taker_fee, maker_fee=maker_fee)
    source = ListSource([*events, ENDED], spec, liquidity=liquidity)
    return Stage(PaperExchange(source, config))


def test_a_market_order_takes_the_quote_and_pays_the_taker_fee() -> None:
    venue = stage(quote(1, 100.0, 100.1), quote(2, 100.0, 100.1), taker_fee="0.0005")
    venue.run_to(1)
    venue.place(order("a", BUY, "2"))
    venue.run_to(1)
    assert venue.status("a") is OrderStatus.FILLED
    [fill] = venue.fills()
    assert (fill.price, fill.size, fill.fee) == (Decimal("100.1"), Decimal(2), Decimal("0.1001"))
    assert venue.position() == 2
    assert venue.replies[0].info == venue.info("a")


def test_a_resting_order_fills_when_the_market_comes_to_it() -> None:
    venue = stage(
        quote(1, 100.0, 100.1), quote(2, 99.9, 100.0), quote(3, 99.4, 99.5), maker_fee="-0.0001"
    )
    venue.run_to(1)
    venue.place(order("a", BUY, "1", "99.5", time_in_force=TimeInForce.GTX))
    venue.run_to(2)
    assert venue.status("a") is OrderStatus.OPEN
    venue.run_to(3)
    [fill] = venue.fills()
    assert (fill.price, fill.fee) == (Decimal("99.5"), Decimal("-0.00995"))


def test_a_fill_is_told_before_the_change_of_its_order() -> None:
    venue = stage(quote(1, 100.0, 100.1))
    venue.run_to(1)
    venue.place(order("a", BUY, "1"))
    venue.run_to(1)
    kinds = [type(event).__name__ for event in venue.heard]
    assert kinds == ["OrderInfo", "Fill", "PositionUpdate", "OrderInfo"]
    assert len(venue.replies) == 1


def test_a_command_travels_up_and_what_comes_of_it_down() -> None:
    latency = Latency(up_ns=2 * NS, down_ns=3 * NS)
    events = [quote(second, 100.0 + second, 100.5 + second) for second in range(1, 10)]
    venue = stage(*events, config=replace(INSTANT, latency=latency))
    venue.run_to(1)
    venue.place(order("a", BUY, "1"))
    venue.run_to(5.9)
    assert venue.replies == []
    venue.run_to(6)
    [fill] = venue.fills()
    assert (fill.price, fill.venue_ns) == (Decimal("103.5"), START_NS + 3 * NS)
    assert len(venue.replies) == 1


def test_latency_depends_on_seed_and_number_alone() -> None:
    latency = Latency(up_ns=10, down_ns=20, jitter_ns=1000)
    draws = [latency.up(7, number) for number in range(100)]
    assert draws == [latency.up(7, number) for number in range(100)]
    assert min(draws) >= 10
    assert max(draws) <= 1010
    assert draws != [latency.up(8, number) for number in range(100)]


def test_at_one_instant_the_market_moves_before_a_command_acts() -> None:
    venue = stage(
        quote(1, 100.0, 100.1),
        quote(2, 101.0, 101.1),
        config=replace(INSTANT, latency=Latency(up_ns=NS, down_ns=0)),
    )
    venue.run_to(1)
    venue.place(order("a", BUY, "1"))
    venue.run_to(2)
    assert [fill.price for fill in venue.fills()] == [Decimal("101.1")]


def test_an_acknowledging_venue_tells_the_verdict_as_an_order_report() -> None:
    venue = stage(
        quote(1, 100.0, 100.1), config=replace(INSTANT, acknowledge=Acknowledge.ASYNCHRONOUS)
    )
    venue.run_to(1)
    venue.place(order("a", BUY, "1", "100.1", time_in_force=TimeInForce.GTX))
    venue.run_to(1)
    [reply] = venue.replies
    assert reply.info is not None
    assert reply.info.status is OrderStatus.PENDING
    assert venue.heard == [venue.info("a")]
    assert venue.info("a").status is OrderStatus.REJECTED
    assert venue.info("a").reason is Reason.POST_ONLY_WOULD_CROSS


def test_a_refusal_is_told_by_the_answer_alone_when_answers_are_immediate() -> None:
    venue = stage(quote(1, 100.0, 100.1))
    venue.run_to(1)
    venue.place(order("a", BUY, "1", "100.1", time_in_force=TimeInForce.GTX))
    venue.run_to(1)
    assert [reply.reason for reply in venue.replies] == [Reason.POST_ONLY_WOULD_CROSS]
    assert venue.heard == []


def test_an_order_beyond_the_margin_is_refused_and_one_that_reduces_is_not() -> None:
    venue = stage(quote(1, 100.0, 100.1, size=5000.0))
    venue.run_to(1)
    venue.place(order("all", BUY, "990"))
    venue.run_to(1)
    venue.place(order("more", BUY, "100"))
    venue.place(order("less", SELL, "100", "200"))
    venue.run_to(1)
    assert venue.status("all") is OrderStatus.FILLED
    assert venue.info("more").reason is Reason.INSUFFICIENT_MARGIN
    assert venue.status("less") is OrderStatus.OPEN


def test_funding_is_paid_by_longs_once_per_settlement_and_named() -> None:
    terms = FundingTerms(interval_ns=60 * NS, rule=ConstantFunding(Decimal("0.0001")))
    events = [quote(second, 100.0, 100.2) for second in range(1, 500, 10)]
    venue = stage(*events, config=replace(INSTANT, funding=terms))
    venue.run_to(1)
    venue.place(order("a", BUY, "3"))
    venue.run_to(500)
    payments = [event for event in venue.heard if isinstance(event, FundingPayment)]
    assert [payment.amount for payment in payments] == [Decimal("-0.03003")] * 8
    assert len({payment.payment_id for payment in payments}) == 8
    assert venue.exchange.next_ns() == NEVER_NS


def test_an_unsound_quote_closes_the_market_until_the_next_sound_one() -> None:
    venue = stage(quote(1, 100.0, 100.1), quote(2, 101.0, 100.0), quote(3, 99.0, 99.1))
    signals: list[StreamSignal] = []
    venue.exchange.add_signal_listener(signals.append)
    told: list[float] = []
    venue.exchange.markets[BTC].quote_listeners.append(lambda event: told.append(event.bid))
    venue.run_to(1)
    venue.place(order("rests", BUY, "1", "99.5"))
    venue.run_to(2)
    venue.place(order("takes", BUY, "1"))
    venue.run_to(2.5)
    assert venue.info("takes").reason is Reason.MARKET_UNAVAILABLE
    assert venue.status("rests") is OrderStatus.OPEN
    venue.run_to(500)
    assert venue.status("rests") is OrderStatus.FILLED
    assert told == [100.0, 99.0]
    states = [Signal.READY, Signal.GAP, Signal.READY, Signal.ENDED]
    assert [each.signal for each in signals] == states
    assert venue.exchange.markets[BTC].gaps == 1


def test_a_gap_in_depth_closes_the_market_until_a_snapshot() -> None:
    venue = stage(
        snapshot(1, [(100.0, 1.0)], [(100.1, 2.0)], last=10),
        delta(2, [(100.0, 3.0)], [], last=11),
        delta(3, [(99.0, 3.0)], [], last=13),
        snapshot(4, [(100.0, 4.0)], [(100.1, 2.0)], last=20),
        liquidity=Liquidity.DEPTH,
    )
    told: list[tuple[float, float]] = []
    venue.exchange.markets[BTC].quote_listeners.append(
        lambda event: told.append((event.bid, event.bid_size))
    )
    venue.run_to(3)
    assert not venue.exchange.markets[BTC].ready
    venue.run_to(4)
    assert told == [(100.0, 1.0), (100.0, 3.0), (100.0, 4.0)]
    assert venue.exchange.markets[BTC].gaps == 1


def test_best_bid_offer_frames_check_a_book_of_depth() -> None:
    venue = stage(
        snapshot(1, [(100.0, 1.0)], [(100.1, 1.0)], last=10),
        quote(2, 100.0, 100.1, size=1.0, sequence=10),
        quote(3, 100.0, 100.1, size=1.5, sequence=10),
        quote(4, 100.0, 100.1, size=1.5, sequence=11),
        liquidity=Liquidity.DEPTH,
    )
    venue.run_to(9)
    check = venue.exchange.markets[BTC].top_check
    assert check is not None
    assert (check.checked, check.mismatched) == (2, 1)


def test_a_public_trade_reaches_an_order_behind_its_queue() -> None:
    venue = stage(
        quote(1, 100.0, 100.1, size=5.0),
        trade(2, 100.0, 5.0, SELL),
        trade(3, 100.0, 1.0, SELL),
    )
    venue.run_to(1)
    venue.place(order("a", BUY, "1", "100.0"))
    venue.run_to(2)
    assert venue.status("a") is OrderStatus.OPEN
    venue.run_to(3)
    assert venue.status("a") is OrderStatus.FILLED


def test_liquidity_that_was_taken_is_back_with_the_next_quote() -> None:
    venue = stage(quote(1, 100.0, 100.1, size=3.0), quote(2, 100.0, 100.1, size=3.0))
    venue.run_to(1)
    venue.place(order("a", BUY, "3"))
    venue.place(order("b", BUY, "3"))
    venue.run_to(1)
    assert venue.status("b") is not OrderStatus.FILLED
    venue.run_to(2)
    venue.place(order("c", BUY, "3"))
    venue.run_to(2)
    assert venue.status("c") is OrderStatus.FILLED


def test_position_updates_carry_the_average_entry() -> None:
    venue = stage(quote(1, 100.0, 100.1), quote(2, 100.0, 100.3))
    venue.run_to(1)
    venue.place(order("a", BUY, "1"))
    venue.run_to(2)
    venue.place(order("b", BUY, "1"))
    venue.run_to(2)
    updates = [event for event in venue.heard if isinstance(event, PositionUpdate)]
    assert updates[-1].quantity == 2
    assert updates[-1].entry_price == Decimal("100.2")
