"""The book that a world publishes."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import (
    NS,
    Side,
)
from tests.support.scripted_world import (
    BTC,
    ETH,
    ME,
    limit,
    market_order,
    scripted_market,
    scripted_world,
)
from venue_simulators.scripted_source import START_NS
from venue_simulators.world import (
    BookChange,
)

D = Decimal


def test_the_published_book_holds_our_own_orders_too() -> None:
    world = scripted_world()
    world.place(ME, limit(Side.BUY, "0.5", "1000"))
    bid, ask, _ = world.best(BTC)
    assert (bid, ask) == ((D(1000), D("1.5")), (D(1001), D(1)))


def test_what_was_taken_is_gone_until_the_market_states_it_anew() -> None:
    market = scripted_market()
    world = scripted_world(market)
    world.place(ME, market_order(Side.BUY, "1.2"))
    assert world.best(BTC)[1] == (D(1002), D("1.8"))
    market.set_book(BTC, [(D(1000), D(1))], [(D(1001), D(1)), (D(1002), D(2))])
    assert world.best(BTC)[1] == (D(1001), D(1))


def test_changes_are_published_at_most_once_an_interval() -> None:
    interval_ns = 50_000_000
    market = scripted_market()
    world = scripted_world(market, book_interval_ns=interval_ns)
    heard: list[BookChange] = []
    world.listen_book(BTC, heard.append)
    for step in range(1, 11):
        market.set_quote(BTC, (D(1000 - step), D(1)), (D(1001), D(1)), START_NS + step * 20_000_000)
    world.advance(START_NS + NS)
    instants = [change.at_ns - START_NS for change in heard]
    assert instants == [50_000_000, 100_000_000, 150_000_000, 200_000_000]
    assert world.best(BTC)[0] == (D(990), D(1))


def test_next_instant_includes_the_publication_that_is_waited_for() -> None:
    market = scripted_market()
    world = scripted_world(market, book_interval_ns=50_000_000)
    world.advance(START_NS + 10_000_000)
    world.place(ME, limit(Side.BUY, "0.5", "990"))
    assert world.next_ns() == START_NS + 50_000_000


def test_a_broken_market_shows_only_our_own_orders_until_it_is_restored() -> None:
    market = scripted_market()
    world = scripted_world(market)
    world.place(ME, limit(Side.BUY, "0.5", "990"))
    market.break_off(BTC)
    depth, _ = world.depth(BTC)
    assert (depth.bids, depth.asks) == ([(D(990), D("0.5"))], [])
    market.restore(BTC)
    assert world.best(BTC)[:2] == ((D(1000), D(1)), (D(1001), D(1)))


def test_other_contracts_do_not_hear_of_it() -> None:
    market = scripted_market()
    world = scripted_world(market)
    heard: list[BookChange] = []
    world.listen_book(ETH, heard.append)
    market.set_quote(BTC, (D(990), D(1)), (D(991), D(1)))
    assert heard == []
