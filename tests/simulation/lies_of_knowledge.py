"""Lies about what an order goes by: what was asked, how old it is, and which pauses were kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from decimal import Decimal
from unittest.mock import patch

from exchange_clients.base_models import NS, OrderStatus
from strategies.implementations.funding_arbitrage.state import PairStatus
from tests.simulation.lies import GRIDS, PAIRS, Lie, order_of, told
from tests.simulation.whole import wire_rules
from tests.simulation.whole.churn import ORDERS_MAX, Churn
from tests.simulation.whole.going_by import GoingBy
from tests.simulation.whole.knowing import Heard
from tests.simulation.whole.pauses import READS, Asked, kind_of
from tests.support.wire_orders import ACCOUNT
from venue_simulators.wire import HttpRequest, Reply

D = Decimal

# What was asked -----------------------------------------------------------------------------------


def heard_of(lie: Lie) -> Heard:
    """Return what the venue of an entry was asked since it began to tell of the account."""
    return lie.run.knowing._heard[lie.entry.venue]


@told("I33 unread")
def _(lie: Lie) -> None:
    with patch.object(heard_of(lie), "asked_ns", {}):
        lie.intend(lie.entry)


@told("I33 orders")
def _(lie: Lie) -> None:
    """An order rested as the account began to be told, and nobody has asked for it."""
    heard, world = heard_of(lie), lie.run.venues[lie.entry.venue].world
    live = replace(world.orders(ACCOUNT)[-1], status=OrderStatus.OPEN)
    asked = {deed: at_ns for deed, at_ns in heard.asked_ns.items() if deed in heard.asks}
    nobody = patch.multiple(heard, owed={live.order_id: None}, found=0, asked_ns=asked)
    with nobody, patch.object(world, "order", lambda *_: live):
        lie.intend(lie.entry)


@told("I33 missed")
def _(lie: Lie) -> None:
    with patch.object(heard_of(lie), "asked_ns", {}):
        lie.last("what was missed", for_s=8.0)


# How old it is ------------------------------------------------------------------------------------


@told("I22 positions", PAIRS)
def _(lie: Lie) -> None:
    with _opening(lie, over_ns=lie.run.now_ns() - 6 * NS):
        lie.intend(lie.opened(lie.pair.long))


@told("I29 pair", PAIRS)
def _(lie: Lie) -> None:
    assert lie.run.rates is not None, "pairs live on rates"
    with _opening(lie), patch.object(lie.run.rates, "read_ns", {}):
        lie.intend(lie.opened(lie.pair.long))


@told("I35 pair", PAIRS)
def _(lie: Lie) -> None:
    with _opening(lie), patch.object(lie.run, "stopped_ns", lie.run.now_ns()):
        lie.intend(lie.opened(lie.pair.long))


@contextmanager
def _opening(lie: Lie, over_ns: int = -1) -> Iterator[None]:
    """Let a pair be about to be opened, where an order was over at an instant (epoch ns)."""
    leg = lie.pair.long
    with ExitStack() as doctored:
        for each, name, value in (
            (lie.run, "going_by", GoingBy()),
            (lie.pair, "status", PairStatus.OPENING),
            (lie.run.truth.books[leg.key], "over_ns", over_ns),
            (lie.run.knowing._heard[leg.venue], "positions_ns", 0),
        ):
            doctored.enter_context(patch.object(each, name, value))
        yield


@told("I15 hand", GRIDS)
def _(lie: Lie) -> None:
    with _taken(lie):
        lie.say(wire_rules._of_hand(lie.run, lie.venue, order_of(lie.entry)))


@told("I24 hand", GRIDS)
def _(lie: Lie) -> None:
    close = replace(order_of(lie.entry), size=abs(lie.held.net), reduce_only=True)
    with _taken(lie):
        lie.say(wire_rules._of_hand(lie.run, lie.venue, close))


@contextmanager
def _taken(lie: Lie) -> Iterator[None]:
    """Let another hand have closed half of what is held, long ago."""
    taken = patch.object(lie.held, "past", -lie.held.net / 2)
    with taken, patch.object(wire_rules, "HAND_S", -1000.0):
        yield


# Pauses and stops ---------------------------------------------------------------------------------


@told("I31 named")
def _(lie: Lie) -> None:
    venue, pauses, now_ns = lie.venue, lie.run.pauses, lie.run.now_ns()
    terms = venue.facts.deeds[READS[-1]]
    again = HttpRequest("rest", terms["method"], terms["path"])
    kind = kind_of(venue, again)
    assert kind is not None, "it is asked of the account"
    asked = Asked(closed={kind: (0, now_ns + NS)})
    pauses._answered(lambda request: Reply(None), venue, asked, again)


@told("I31 crossing", GRIDS)
def _(lie: Lie) -> None:
    asked = lie.run.pauses._asked[lie.entry.venue]
    with patch.object(asked, "crossing_ns", {None: [lie.run.now_ns()] * 3}):
        lie.intend(lie.entry)


@told("I35 rests", GRIDS)
def _(lie: Lie) -> None:
    orders = lie.venue.world.orders(ACCOUNT)
    entry = next(each for each in orders if not each.reduce_only)
    resting = patch.object(lie.held, "open", {entry.order_id: entry})
    with resting, patch.object(lie.run, "stopped_ns", lie.run.now_ns()):
        lie.last("rests after a stop", for_s=12.0)


@told("I31 churn")
def _(lie: Lie) -> None:
    lie.run.churn = Churn()
    for _ in range(ORDERS_MAX):
        lie.run.churn.exceeds(lie.entry.venue, lie.entry.contract_id, lie.run.now_ns())
    lie.intend(lie.entry)
    lie.run.churn = Churn()
