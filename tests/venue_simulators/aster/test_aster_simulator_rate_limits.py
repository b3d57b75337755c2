"""How much may be asked for in a minute, and what becomes of who asks for more."""

from exchange_clients.base_models import NS
from tests.support.quiet_markets import passes
from tests.venue_simulators.aster.aster_stage import START_NS, Trader, public, stage
from tests.venue_simulators.fapi.fapi_stage import SOL, at_market, refusal, row
from venue_simulators.aster.terms import AsterTerms
from venue_simulators.fapi.rate_limits import Limits

WEIGHT, ORDERS = "x-mbx-used-weight-1m", "x-mbx-order-count-1m"


def test_every_answer_tells_the_weight_of_the_minute() -> None:
    venue = stage()
    told = [
        public(venue, name, **params).headers[WEIGHT]
        for name, params in (
            ("time", {}),
            ("depth", {"symbol": SOL, "limit": 5}),
            ("depth", {"symbol": SOL, "limit": 100}),
            ("depth", {"symbol": SOL}),
            ("depth", {"symbol": SOL, "limit": 1000}),
            ("klines", {"symbol": SOL, "interval": "1m", "limit": 1500}),
            ("ticker/24hr", {}),
            ("ticker/24hr", {"symbol": SOL}),
            ("depth", {"symbol": "NO"}),
        )
    ]
    assert told == ["1", "3", "8", "18", "38", "48", "88", "89", "99"]
    passes(venue, 60)
    assert public(venue, "time").headers[WEIGHT] == "1"


def test_private_questions_weigh_as_the_documents_say() -> None:
    trader = Trader(stage())
    weights = []
    before = 0
    for method, name, params in (
        ("GET", "openOrders", {}),
        ("GET", "openOrders", {"symbol": SOL}),
        ("GET", "income", {}),
        ("GET", "commissionRate", {"symbol": SOL}),
        ("GET", "positionSide/dual", {}),
        ("GET", "userTrades", {"symbol": SOL}),
        ("POST", "countdownCancelAll", {"symbol": SOL, "countdownTime": 0}),
    ):
        used = int(trader.ask(method, name, **params).headers[WEIGHT])
        weights.append(used - before)
        before = used
    assert weights == [40, 1, 30, 20, 30, 5, 10]


def test_the_minute_begins_with_the_clocks() -> None:
    venue = stage(terms=AsterTerms(limits=Limits(weight_a_minute=3)))
    venue.advance(START_NS + 59 * NS)
    answers = [public(venue, "time").status for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    venue.advance(START_NS + 60 * NS)
    assert public(venue, "time").status == 200


def test_above_the_limit_comes_429_without_a_word_on_when_to_return() -> None:
    venue = stage(terms=AsterTerms(limits=Limits(weight_a_minute=1)))
    row(public(venue, "time"))
    answer = public(venue, "time")
    assert refusal(answer) == (429, -1003)
    assert "retry-after" not in answer.headers
    assert answer.headers[WEIGHT] == "2"


def test_who_goes_on_is_banned_for_longer_each_time() -> None:
    venue = stage(terms=AsterTerms(limits=Limits(weight_a_minute=1)))
    row(public(venue, "time"))
    answers = [public(venue, "time") for _ in range(21)]
    assert [one.status for one in answers] == [429] * 20 + [418]
    assert str(venue.world.now_ns // 1_000_000 + 120_000) in answers[-1].body.decode()
    passes(venue, 119.9)
    assert public(venue, "time").status == 418
    passes(venue, 0.2)
    row(public(venue, "time"))
    again = [public(venue, "time") for _ in range(21)][-1]
    assert str(venue.world.now_ns // 1_000_000 + 240_000) in again.body.decode()


def test_orders_are_counted_by_account() -> None:
    venue = stage(
        accounts=("main", "other"), terms=AsterTerms(limits=Limits(orders_in_ten_seconds=2))
    )
    trader, other = Trader(venue), Trader(venue, "other")
    told = [trader.place().headers[ORDERS] for _ in range(2)]
    assert told == ["1", "2"]
    refused = trader.place()
    assert refusal(refused) == (429, -1015)
    assert ORDERS not in refused.headers
    assert other.place().headers[ORDERS] == "1"
    passes(venue, 10)
    assert trader.place(**at_market("BUY", "1")).headers[ORDERS] == "3"


def test_a_minute_holds_so_many_orders_and_cancels_are_free() -> None:
    trader = Trader(stage(terms=AsterTerms(limits=Limits(orders_a_minute=2))))
    placed = [row(trader.place())["orderId"] for _ in range(2)]
    assert refusal(trader.place()) == (429, -1015)
    for order_id in placed:
        row(trader.cancel(orderId=order_id))
    passes(trader.simulator, 60)
    assert trader.place().status == 200
