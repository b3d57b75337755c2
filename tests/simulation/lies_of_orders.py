"""Lies about orders, fills, prices and money."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any
from unittest.mock import patch

import msgspec

from app import store_views
from app.past_runs import PastRun
from exchange_clients.base_models import NS, ZERO, ContractId, OrderInfo, OrderStatus, VenueOrderId
from exchange_clients.events import FundingPayment
from tests.simulation.lies import GRIDS, PAIRS, Lie, order_of, told
from tests.simulation.quiet import our_names
from tests.simulation.whole import ledgers, settled, watching, wire_rules
from tests.simulation.whole.venues import BALANCE, BEGIN_NS
from tests.support.wire_orders import ACCOUNT, WireOrder

D = Decimal

# Orders and fills ---------------------------------------------------------------------------------


@told("I1")
def _(lie: Lie) -> None:
    names = our_names(lie.venue)
    twice = {**names, VenueOrderId("1"): next(iter(names.values()))}
    with patch.object(settled, "our_names", lambda venue: twice if venue is lie.venue else {}):
        found = [text for text in settled.differences(lie.run, lie.session) if "times" in text]
    lie.run.truth.found(found[0])


@told("I2")
def _(lie: Lie) -> None:
    order = order_of(lie.entry)
    wire = WireOrder("nobody", order.side, order.size, order.price, reduce_only=False)
    with patch.object(lie.venue.evidence, "unannounced", [wire]):
        lie.end()


@told("I3", GRIDS)
def _(lie: Lie) -> None:
    tracker = lie.client._manager._tracker
    with patch.object(tracker, "open_orders", list):
        lie.last("I3:")


@told("I4")
def _(lie: Lie) -> None:
    info = lie.venue.world.orders(ACCOUNT)[-1]
    tracker = lie.client._manager._tracker
    known = [*tracker.open_orders(), replace(info, status=OrderStatus.OPEN)]
    with patch.object(tracker, "open_orders", lambda: known):
        lie.last("I4")


@told("I5")
def _(lie: Lie) -> None:
    heard: dict[tuple[str, str], tuple[bool, Decimal]] = {}
    info = next(each for each in lie.venue.world.orders(ACCOUNT) if each.filled_size)
    hear = partial(watching._on_order, lie.run, heard, lie.venue.name)
    hear(info)
    hear(replace(info, filled_size=ZERO))


@told("I6")
def _(lie: Lie) -> None:
    fills = lie.run.journal.fills

    def short(venue: str) -> list[Any]:
        return list(fills(venue))[1:] if venue == lie.venue.name else list(fills(venue))

    with patch.object(lie.run.journal, "fills", short):
        found = [text for text in settled.differences(lie.run, lie.session) if "missing" in text]
    lie.run.truth.found(found[0].replace("I1-I7", "I6"))


@told("I6 price")
def _(lie: Lie) -> None:
    outcomes = lie.run.journal.outcomes

    def dearer(venue: str) -> list[OrderInfo]:
        return [
            replace(each, average_price=each.average_price and each.average_price * 2)
            for each in outcomes(venue)
        ]

    with patch.object(lie.run.journal, "outcomes", dearer):
        lie.differ()


@told("I6 tracker")
def _(lie: Lie) -> None:
    entries = lie.client._manager._tracker._entries.values()
    entry = next(each for each in entries if each.info.filled_size)
    with patch.object(entry, "info", replace(entry.info, filled_size=ZERO)):
        lie.differ()


@told("I8")
def _(lie: Lie) -> None:
    name, world = lie.venue.name, lie.venue.world
    told = next(each for each in lie.run.journal.outcomes(name) if each.filled_size)
    numbers = {own: number for number, own in our_names(lie.venue).items()}
    true = world.order(ACCOUNT, numbers[str(told.client_order_id)])
    assert true is not None, "the venue has it"
    running = replace(true, status=OrderStatus.PARTIALLY_FILLED)
    with patch.object(world, "order", lambda *_: running):
        watching._on_order(lie.run, {}, name, told)


@told("I9")
def _(lie: Lie) -> None:
    info = next(each for each in lie.venue.world.orders(ACCOUNT) if not each.reduce_only)
    book, live = lie.held, replace(info, status=OrderStatus.OPEN)
    with patch.object(book, "open", {}):
        for number in ("1", "2"):
            book.open[VenueOrderId(number)] = live
        lie.run.truth._check_open(book)


@told("I13")
def _(lie: Lie) -> None:
    _fill_again(lie, reduce_only=True, grows=True)


@told("I14")
def _(lie: Lie) -> None:
    _fill_again(lie, reduce_only=False, grows=False)


def _fill_again(lie: Lie, *, reduce_only: bool, grows: bool) -> None:
    """Let what is held grow, or shrink, by a fill of an order of such a kind."""
    book, world = lie.held, lie.venue.world
    sample = next(each for each in world.fills(ACCOUNT) if lie.venue.is_ours(each.order_id))
    side = sample.side if (sample.side.sign * book.held > 0) is grows else sample.side.opposite
    wanted = replace(world.wanted(ACCOUNT, sample.order_id), reduce_only=reduce_only)
    net = book.net
    with patch.object(world, "wanted", lambda *_: wanted):
        lie.run.truth._on_our_fill(book, replace(sample, side=side))
    book.net = net


@told("I18")
def _(lie: Lie) -> None:
    info = lie.venue.world.orders(ACCOUNT)[-1]
    lie.run.truth._on_order(lie.venue, replace(info, contract_id=ContractId("another")))


@told("I18 beside")
def _(lie: Lie) -> None:
    with patch.object(lie.held, "own", -lie.held.held):
        _fill_again(lie, reduce_only=False, grows=True)


@told("I18 held", PAIRS)
def _(lie: Lie) -> None:
    orders = lie.venue.world.orders(ACCOUNT)
    info = next(each for each in orders if lie.venue.is_ours(each.order_id))
    book = lie.run.truth.books[lie.venue.name, info.contract_id]
    with patch.object(book, "own", D(1)), patch.object(book, "open", {}):
        lie.run.truth._on_order(lie.venue, replace(info, status=OrderStatus.OPEN))


# Prices, sizes and what was read ------------------------------------------------------------------


@told("I10")
def _(lie: Lie) -> None:
    with patch.object(lie.run.means._read[lie.entry.venue], "available", D(10**9)):
        lie.intend(lie.entry, size=order_of(lie.entry).size * 1000)


@told("I10 target", PAIRS)
def _(lie: Lie) -> None:
    market = lie.run.venues[lie.pair.long.venue].world.markets[lie.pair.long.contract_id]
    with patch.object(lie.pair.long, "target", market.min_size - 2 * market.step):
        lie.intend(lie.opened(lie.pair.long))


@told("I11")
def _(lie: Lie) -> None:
    order = order_of(lie.entry)
    price = lie.run.venues[lie.entry.venue].world.mark(order.contract_id)
    market = lie.run.venues[lie.entry.venue].world.markets[order.contract_id]
    far = price * (1 + order.side.sign * D("0.1")) // market.tick * market.tick
    lie.intend(lie.entry, price=far)


@told("I12")
def _(lie: Lie) -> None:
    market = lie.run.venues[lie.entry.venue].world.markets[lie.entry.contract_id]
    lie.intend(lie.entry, size=market.min_size + market.step / 2)


@told("I12 learned")
def _(lie: Lie) -> None:
    """An order goes on not to meet rules by which one was refused before."""
    rules, contract_id = lie.run.venues[lie.entry.venue].rules, lie.entry.contract_id
    before, price = rules.present(contract_id), order_of(lie.entry).price
    assert price is not None, "what opens has a price"
    times = next(each for each in range(2, 99) if price // before.tick % each)
    other = replace(before, tick=before.tick * times)
    past = {contract_id: [(0, before), (lie.run.now_ns(), other)]}
    long_ago = {contract_id: BEGIN_NS}
    changed = patch.multiple(rules, _past={**rules._past, **past}, _off_ns=long_ago)
    with changed, patch.object(wire_rules, "LEARNED_S", 1.0):
        lie.intend(lie.entry)


@told("I22 money")
def _(lie: Lie) -> None:
    with patch.object(lie.run.means._read[lie.entry.venue], "available", D(1)):
        lie.intend(lie.entry)


@told("I22 age")
def _(lie: Lie) -> None:
    with patch.object(lie.run.means._read[lie.entry.venue], "at_ns", 0):
        lie.intend(lie.entry)


@told("I22 leverage", PAIRS)
def _(lie: Lie) -> None:
    pair = lie.pair
    with patch.object(pair, "leverage", pair.leverage * D("0.9")):
        lie.intend(lie.opened(pair.long))


@told("I25 age")
def _(lie: Lie) -> None:
    with _quoted(lie, local_ns=0):
        lie.intend(lie.entry)


@told("I25 crossed")
def _(lie: Lie) -> None:
    with _quoted(lie, bid=10.0**9):
        lie.intend(lie.entry)


@told("I25 late")
def _(lie: Lie) -> None:
    states, over_ns = lie.run.books._states, lie.run.now_ns() - 60 * NS
    late = {key: dict.fromkeys(each, over_ns) for key, each in states.items()}
    with patch.dict(states, late):
        lie.intend(lie.entry)


@told("I26")
def _(lie: Lie) -> None:
    states = lie.run.books._states
    with patch.dict(states, {key: {(): 0} for key in states}):
        lie.intend(lie.entry)


@told("I28")
def _(lie: Lie) -> None:
    with _quoted(lie, local_ns=0):
        watching._look_closely(lie.run, lie.session)


@contextmanager
def _quoted(lie: Lie, **changes: Any) -> Iterator[None]:
    """Let a client show other prices where an entry was sent."""
    stream = lie.session.clients[lie.entry.venue].stream
    quote = stream.best_bid_offer(lie.entry.contract_id)
    assert quote is not None, "the book is sound"
    changed = msgspec.structs.replace(quote, **changes)
    with patch.object(stream, "best_bid_offer", lambda _: changed):
        yield


# Money --------------------------------------------------------------------------------------------


@told("I15")
async def _(lie: Lie) -> None:
    async def none(symbol: str) -> Decimal:
        del symbol
        return ZERO

    with patch.object(lie.client, "get_position", none):
        await lie.ask()


@told("I19")
def _(lie: Lie) -> None:
    with patch.object(settled, "BALANCE", BALANCE + 1):
        lie.differ()


@told("I20")
def _(lie: Lie) -> None:
    with patch.dict(lie.run.truth._equity, {lie.venue.name: ZERO}):
        lie.run.truth.conserve(lie.venue)


@told("I21")
async def _(lie: Lie) -> None:
    with patch.object(settled, "payments_of", lambda *_: {"never": 1}):
        await lie.ask()


@told("I21 journal")
def _(lie: Lie) -> None:
    with _paid(lie):
        lie.say(ledgers.unbooked(lie.run, lie.session))


@told("I21 pair missing", PAIRS)
def _(lie: Lie) -> None:
    with _paid(lie):
        lie.say(ledgers.unbooked_of_pairs(lie.run, lie.session))


@told("I21 pair never", PAIRS)
def _(lie: Lie) -> None:
    with patch.dict(lie.pair.long.ledger.payments, {"never": D(1)}):
        lie.differ()


@told("I21 pnl")
def _(lie: Lie) -> None:
    with _paid(lie):
        lie.say(ledgers.miscounted(lie.run))


@told("I19 pnl")
def _(lie: Lie) -> None:
    fills = lie.venue.world.fills
    dearer = [replace(each, fee=each.fee + 1) for each in fills(ACCOUNT)]
    with patch.object(lie.venue.world, "fills", lambda _: dearer):
        lie.say(ledgers.miscounted(lie.run))


@told("I19 views")
def _(lie: Lie) -> None:
    with _pnl(combined=D(10**6)):
        lie.say(ledgers.miscounted(lie.run))


@told("I19 cash")
def _(lie: Lie) -> None:
    name = lie.venue.name
    change = lie.venue.world.funds(ACCOUNT).cash - lie.run.truth.cash[name] + 1
    told = {name: {"total": ZERO, "difference": ZERO, "balance_change": change}}
    with _pnl(per_venue=told, combined=ZERO, realised={}):
        lie.say(ledgers.miscounted(lie.run))


@contextmanager
def _paid(lie: Lie) -> Iterator[None]:
    """Let the venue have paid just now for what is held there, and be told of it at once."""
    payment = FundingPayment(
        "now", lie.held.market.contract_id, D(1), "USD", None, None, lie.run.now_ns()
    )
    with (
        patch.object(lie.venue.world, "payments", lambda _: [payment]),
        patch.object(ledgers, "TOLD_S", -1.0),
    ):
        yield


@contextmanager
def _pnl(**changes: Any) -> Iterator[None]:
    """Let ``pnl`` say something else of the run."""
    rows = store_views.pnl_rows

    def doctored(runs: Sequence[PastRun]) -> list[dict[str, Any]]:
        return [{**row, **changes} for row in rows(runs)]

    with patch.object(store_views, "pnl_rows", doctored):
        yield


@told("I16", PAIRS)
def _(lie: Lie) -> None:
    with patch.object(lie.held, "past", lie.held.held):
        lie.last("I16")


@told("I16 bound", PAIRS)
def _(lie: Lie) -> None:
    with patch.object(lie.held, "past", lie.held.held * 100):
        lie.run.truth._check_bound()
