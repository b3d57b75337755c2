"""Whatever happens in a world, its published changes add up to its book."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import OrderType, Side, TimeInForce
from exchange_clients.paper.timeline import NEVER_NS
from tests.support.scripted_world import BTC, ME, OTHER, scripted_market, scripted_world
from venue_simulators.scripted_source import ScriptedMarket
from venue_simulators.world import BookChange, Wanted, World

D = Decimal

prices = st.integers(990, 1010).map(D)
sizes = st.integers(1, 300).map(lambda hundredths: D(hundredths) / 100)
sides = st.sampled_from(list(Side))
orders = st.tuples(
    st.just("place"), st.sampled_from([ME, OTHER]), sides, sizes, prices, st.booleans()
)
steps = st.one_of(
    orders,
    st.tuples(st.just("cancel"), st.integers(0, 5)),
    st.tuples(st.just("amend"), st.integers(0, 5), prices, sizes),
    st.tuples(st.just("book"), st.integers(992, 1008), sizes, sizes),
    st.tuples(st.just("print"), prices, sizes, sides),
    st.tuples(st.just("wait"), st.integers(0, 120_000_000)),
    st.tuples(st.just("break"), st.booleans()),
)


class Follower:
    """A client that knows the book only by its changes."""

    def __init__(self, world: World) -> None:
        depth, self.number = world.depth(BTC)
        self.bids, self.asks = dict(depth.bids), dict(depth.asks)
        world.listen_book(BTC, self.on_change)

    def on_change(self, change: BookChange) -> None:
        assert change.first == self.number + 1
        assert change.last >= change.first
        self.number = change.last
        for levels, rows in ((self.bids, change.bids), (self.asks, change.asks)):
            for price, size in rows:
                assert levels.get(price, D(0)) != size, "a level is told once it has changed"
                if size:
                    levels[price] = size
                else:
                    del levels[price]


def act(world: World, market: ScriptedMarket, step: tuple[object, ...]) -> None:
    """Do one step of a story."""
    match step:
        case ("place", str(owner), Side() as side, Decimal() as size, Decimal() as price, takes):
            kind = OrderType.MARKET if takes else OrderType.LIMIT
            lasts = TimeInForce.IOC if takes else TimeInForce.GTC
            world.place(owner, Wanted(BTC, side, size, None if takes else price, kind, lasts))
        case ("cancel", int(which)):
            for order in world.open_orders(ME)[which : which + 1]:
                world.cancel(ME, order.order_id)
        case ("amend", int(which), Decimal() as price, Decimal() as size):
            for order in world.open_orders(ME)[which : which + 1]:
                world.amend(ME, order.order_id, price=price, size=size)
        case ("book", int(bid), Decimal() as first, Decimal() as second):
            bids = [(D(bid), first), (D(bid - 2), second)]
            market.set_book(BTC, bids, [(D(bid + 1), second), (D(bid + 2), first)])
        case ("print", Decimal() as price, Decimal() as size, Side() as side):
            market.print_trade(BTC, price, size, side)
        case ("wait", int(span_ns)):
            world.advance(world.now_ns + span_ns)
        case ("break", bool(broken)):
            (market.break_off if broken else market.restore)(BTC)


@given(st.lists(steps, max_size=40), st.sampled_from([0, 50_000_000]))
@settings(deadline=None, derandomize=True, max_examples=150)
def test_changes_replayed_give_the_true_book(
    story: list[tuple[object, ...]], interval_ns: int
) -> None:
    market = scripted_market()
    world = scripted_world(market, book_interval_ns=interval_ns)
    follower = Follower(world)
    for step in story:
        act(world, market, step)
        depth, number = world.depth(BTC)
        assert (follower.bids, follower.asks) == (dict(depth.bids), dict(depth.asks))
        assert follower.number == number
        if depth.bids and depth.asks:
            assert depth.bids[0].price < depth.asks[0].price
    world.advance(world.now_ns + 60_000_000)
    told = follower.bids, follower.asks
    book = world._words[BTC].book
    book.touch_all(world.now_ns)
    world.advance(world.now_ns + 60_000_000)
    assert (follower.bids, follower.asks) == told, "noted prices are all that changed"
    assert book.due_ns == NEVER_NS


@given(st.lists(steps, max_size=40))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_fills_positions_and_public_trades_agree(story: list[tuple[object, ...]]) -> None:
    market = scripted_market()
    world = scripted_world(market)
    for step in story:
        act(world, market, step)
    numbers = [trade.number for trade in world.trades(BTC, 1000)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True
    for owner in (ME, OTHER):
        fills = world.fills(owner)
        held = sum((position.size for position in world.positions(owner)), D(0))
        assert held == sum(fill.side.sign * fill.size for fill in fills)
        assert {int(fill.trade_id) for fill in fills} <= set(numbers)
        by_order = {order.order_id: order.filled_size for order in world.orders(owner)}
        for order_id, filled in by_order.items():
            assert filled == sum(fill.size for fill in fills if fill.order_id == order_id)


def test_a_level_that_comes_back_trades_with_what_rests_across_it() -> None:
    market = scripted_market()
    world = scripted_world(market, book_interval_ns=0)
    cent = D(1) / 100
    act(world, market, ("book", 992, cent, cent))
    sold = world.place(ME, Wanted(BTC, Side.SELL, 2 * cent, D(991)))
    act(world, market, ("book", 992, cent, cent))

    assert sold.order is not None
    assert [fill.size for fill in world.fills(ME)] == [cent, cent]
    assert world.open_orders(ME) == []
