"""What must agree once all is quiet: the venues' truth, the journal, and what was reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Protocol

import msgspec

from exchange_clients.base_models import ZERO, VenueOrderId
from exchange_clients.errors import ExchangeError
from execution.legs.record import PREFIX
from execution.legs.report import LegsReport
from execution.legs.state import Execution, Outcome
from tests.simulation.incarnation import Incarnation
from tests.simulation.overfills import Overfills
from tests.simulation.plan import Plan
from tests.simulation.sites import Site
from tests.simulation.told_orders import off_their_fills
from tests.simulation.truth import Book, Truth
from tests.support.venue_books import breaches_of, orders_of
from tests.support.venue_verdicts import unexplained_numbers
from tests.support.wire_orders import ACCOUNT, names_of
from venue_simulators.misbehaviour import Misbehaving
from venue_simulators.world import World

D = Decimal
EXPLAINED = (
    "event=connect_failed",
    "event=connection_lost",
    "event=outcome_unknown",
    "event=fills_missing",
)
"""Errors that a venue out of reach does cause."""
CENT = D("1e-9")
"""What an average entry price leaves behind the last digit (USD)."""


class Judged(Protocol):
    """A venue by whose books is judged."""

    world: World
    overfills: Overfills

    @property
    def venue(self) -> Misbehaving:
        """Around its simulator."""

    def is_ours(self, order_id: VenueOrderId) -> bool:
        """Tell whether an order came through the venue's interface, from the bot."""


def our_names(site: Judged) -> dict[VenueOrderId, str]:
    """Return our names of the orders at a venue, by its numbers."""
    return {
        number: name
        for number, name in names_of(site.venue.simulator).items()
        if name and site.is_ours(number)
    }


def unproven(sites: Mapping[str, Judged], report: LegsReport) -> Iterator[str]:
    """Yield which orders a report takes for over and done although their venue does not."""
    if report.outcome in (None, Outcome.STRANDED):
        return
    for leg in report.legs:
        site = sites[leg.venue]
        taken = {
            name: site.world.order(ACCOUNT, number) for number, name in our_names(site).items()
        }
        for each in leg.orders:
            name = each.order.client_order_id
            info = taken.get(str(name))
            if info is None:
                if each.order.filled:
                    yield f"I8: {name} is told as filled, {leg.venue} never took it"
                continue
            extra = site.overfills.extra(info.order_id)
            known_to_be = (info.filled_size, info.filled_size - extra)  # it may come after the end
            if not info.status.terminal or each.order.filled not in known_to_be:
                yield (
                    f"I8: the report has {name} over with {each.order.filled}, "
                    f"{leg.venue} has {info.status} with {info.filled_size}"
                )


async def differences(me: Incarnation, truth: Truth, plan: Plan) -> list[str]:
    """Return a sentence for everything that does not agree; nothing when all is well."""
    recorded = [
        msgspec.json.decode(text, type=Execution)
        for text in me.journal.load_states(PREFIX).values()
    ]
    found: list[str] = []
    for name, site in me.sites.items():
        told = _recorded_net(recorded, name)
        found += [f"{text} at {name}" for text in _of_site(site, truth.books[name], me, told)]
        found += [f"{text} at {name}" for text in _of_money(site, me, D(plan.balance))]
        try:
            known = await me.clients[name].get_position(site.traded.symbol)
        except ExchangeError as error:
            found.append(f"I15: the position at {name} is not known: {error!r}")
            continue
        if known != site.position():
            found.append(f"I15: {name} holds {site.position()}, the client says {known}")
    if truth.unhedged() > truth.tolerance and not truth.seized:
        found.append(f"I16: {truth.unhedged()} tokens are uneven in the end")
    return found


def _recorded_net(recorded: Iterable[Execution], venue: str) -> Decimal:
    """Return what all executions have changed at a venue, signed, as their records say."""
    return sum(
        (
            leg.side.sign * state.net
            for execution in recorded
            for leg, state in zip(execution.plan.legs, execution.legs, strict=True)
            if leg.venue == venue
        ),
        ZERO,
    )


def _of_site(site: Site, book: Book, me: Incarnation, told: Decimal) -> Iterator[str]:
    world, log = site.world, site.venue.log
    for at_ns in unexplained_numbers(log, site.evidence.refused_numbers_ns, me.number):
        yield f"I30: a number was refused at {at_ns} ns, and none was in doubt"
    if book.open:
        yield f"I3: orders {list(book.open)} are open"
    for order in site.evidence.unannounced:
        yield f"I2: {order} went out with no intent in the journal"
    books = orders_of(world, site.name, me.journal, our_names(site))
    yield from (f"I1-I7: {text}" for text in breaches_of(books))
    tracked = [each.info for each in me.clients[site.name]._manager._tracker._entries.values()]
    for text in off_their_fills(
        world, our_names(site), [*me.journal.outcomes(site.name), *tracked]
    ):
        yield f"I6: {text}"
    if abs(told - book.net) > abs(book.seized):
        yield f"I6: our orders have traded {book.net}, the records say {told}"
    resting = {info.order_id: info.remaining_size for info in world.open_orders(ACCOUNT)}
    left = {number: resting.get(number) for number in site.own_orders}
    if left != site.own_orders:
        yield f"I18: of the user's orders {site.own_orders} there is {left}"
    if site.position() != site.own_held + book.net + book.seized:
        yield f"I18: {site.position()} is held, of which {site.own_held} is the user's"
    if site.eth_position() != site.own_eth:
        yield f"I18: {site.eth_position()} of another market is held, it was {site.own_eth}"


def _of_money(site: Site, me: Incarnation, balance: Decimal) -> Iterator[str]:
    """Explain every cent at the venue by our fills, the user's, the venue's own and its funding."""
    world = site.world
    names = our_names(site)
    strangers = [fill for fill in world.fills(ACCOUNT) if fill.order_id not in names]
    equity, value = balance, ZERO
    for fill in (*strangers, *me.journal.fills(site.name)):
        equity -= fill.side.sign * fill.price * fill.size + fill.fee
    equity += sum((each.amount for each in world.payments(ACCOUNT)), ZERO)
    for held in world.positions(ACCOUNT):
        value += held.size * world.mark(held.contract_id)
    funds = world.funds(ACCOUNT)
    if not funds.equity and equity + value < 0:
        return  # the account was liquidated, and the venue's insurance has paid what it lacked
    if abs(funds.equity - equity - value) > CENT:
        yield f"I19: the account is worth {funds.equity}, its fills explain {equity + value}"
