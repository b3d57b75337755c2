"""The two sides' books, the venue's and ours, put beside each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import (
    ZERO,
    ContractId,
    Feature,
    Fill,
    OrderInfo,
    OrderStatus,
    Reason,
    VenueOrderId,
)
from exchange_clients.journal import Journal
from exchange_clients.ledger import is_dollars
from tests.support.venue_life import Life, VenueStage
from tests.support.wire_orders import ACCOUNT, names_of
from venue_simulators.world import World

MISSING = "unknown to us, resting at the venue:"
"""How it is told that an order of ours is not known to be open."""
ACCRUING = ("paradex",)
"""Venues whose funding accrues by the second and is paid when the position changes."""


@dataclass(frozen=True, slots=True)
class OrderBooks:
    """What both sides have written of our orders, at the end and with nothing open."""

    fills: Counter[tuple[object, ...]]
    own_fills: Counter[tuple[object, ...]]
    repeated_trades: tuple[str, ...]
    accepted: Counter[str]
    """How often the venue took each name."""
    rejected: tuple[str, ...]
    """Names that we hold for refused although the venue took them."""
    wrong_ends: tuple[str, ...]
    """Orders that we have other than the venue has them."""


@dataclass(frozen=True, slots=True)
class Books:
    """What both sides have written, at the end and with nothing open."""

    cash: Decimal
    """The venue's."""
    own_cash: Decimal
    """As our fills and fees, and the venue's payments, explain it."""
    payments: Counter[Decimal]
    """Funding, to the millionth of a dollar, as venues tell it."""
    own_payments: Counter[Decimal] | None
    """The same as the client is told; None where the venue lists none."""
    position: Decimal
    open_orders: int
    orders: OrderBooks


def differences(stage: VenueStage, life: Life) -> list[str]:
    """Return what the bot, its client and the venue do not agree on; nothing when all is well."""
    world = stage.simulator.world
    names = names_of(stage.simulator)
    resting = {names[info.order_id]: info for info in world.open_orders(ACCOUNT)}
    tracked = {
        str(info.client_order_id): info for info in life.client._manager._tracker.open_orders()
    }
    found = [f"{MISSING} {each}" for each in resting if each not in tracked]
    found += [f"we have {each}, not at the venue" for each in tracked if each not in resting]
    held = sum((each.size for each in world.positions(ACCOUNT)), ZERO)
    grid = life.grid
    if abs(held) != grid.held:
        found.append(f"venue holds {held}, the grid {grid.held}")
    covered = sum(
        (info.remaining_size for info in world.open_orders(ACCOUNT) if info.reduce_only), ZERO
    )
    waiting = sum((lot.size for lot in grid.residual), ZERO)
    if covered + waiting != abs(held):
        found.append(f"closes of {covered} and {waiting} waiting do not cover {held}")
    entries = [info for info in world.open_orders(ACCOUNT) if not info.reduce_only]
    if len(entries) > 1:
        found.append(f"{len(entries)} entries rest at once")
    if not life.bot.gate.known or life.bot.gate.reason:
        found.append(f"entries are off: {life.bot.gate.reason or 'not reconciled'}")
    return found


async def books_of(stage: VenueStage, life: Life) -> Books:
    """Return both sides' books once everything is closed."""
    world, name = stage.simulator.world, stage.name
    names = names_of(stage.simulator)
    own = life.journal.fills(name)
    orders = orders_of(world, name, life.journal, names)
    return Books(
        cash=world.funds(ACCOUNT).cash,
        own_cash=Decimal(10_000)
        + cash_of(own)
        + sum((each.amount for each in world.payments(ACCOUNT)), ZERO),
        payments=payments_told(name, [each.amount for each in world.payments(ACCOUNT)]),
        own_payments=await _payments(stage, life),
        position=sum((each.size for each in world.positions(ACCOUNT)), ZERO),
        open_orders=len(world.open_orders(ACCOUNT)),
        orders=orders,
    )


def voided_of(world: World) -> Sequence[Fill]:
    """Return what takes back the fills that a venue has voided, oldest first."""
    return world._accounts[ACCOUNT].voided


def changes_of(world: World) -> list[Fill]:
    """Return every fill and what takes voided ones back, by time."""
    return sorted([*world.fills(ACCOUNT), *voided_of(world)], key=lambda each: each.venue_ns)


def orders_of(
    world: World, name: str, journal: Journal, names: Mapping[VenueOrderId, str]
) -> OrderBooks:
    """Return both sides' books of the orders that we have named.

    Args:
        world: The venue's truth.
        name: The account's, in the journal.
        journal: Ours.
        names: Our names by the venue's numbers; of no other order.
    """
    own = journal.fills(name)
    trades = Counter(fill.identity for fill in own)
    # An order that the engine refused has no name: the venue never took it.
    accepted = {
        names[info.order_id]: info for info in world.orders(ACCOUNT) if info.order_id in names
    }
    outcomes = {str(info.client_order_id): info for info in journal.outcomes(name)}
    return OrderBooks(
        fills=Counter(
            _row(names[fill.order_id], fill) for fill in changes_of(world) if fill.order_id in names
        ),
        own_fills=Counter(_row(str(fill.client_order_id), fill) for fill in own),
        repeated_trades=tuple(
            f"{trade_id} of {contract_id}, {side}"
            for (contract_id, trade_id, side), count in trades.items()
            if count > 1
        ),
        accepted=Counter(names.values()),
        rejected=tuple(
            each
            for each in accepted
            if each in outcomes
            and outcomes[each].status.value == "rejected"
            and not _refused(accepted[each])
        ),
        wrong_ends=tuple(
            f"{each}: venue {info.status} {info.filled_size}, we "
            f"{outcomes[each].status if each in outcomes else None} "
            f"{outcomes[each].filled_size if each in outcomes else None}"
            for each, info in accepted.items()
            if each not in outcomes
            or (outcomes[each].status.terminal, outcomes[each].filled_size)
            != (info.status.terminal, info.filled_size)
        ),
    )


def breaches_of(books: OrderBooks) -> Iterator[str]:
    """Yield a sentence for everything that the two sides' books of orders do not agree on."""
    for name, count in books.accepted.items():
        if count > 1:
            yield f"order {name} was accepted {count} times"
    for name in books.rejected:
        yield f"order {name} is told as refused, the venue took it"
    for text in books.wrong_ends:
        yield f"order {text}"
    for row in books.fills - books.own_fills:
        yield f"fill {row} is missing"
    for row in books.own_fills - books.fills:
        yield f"fill {row} never was"
    for trade in books.repeated_trades:
        yield f"trade {trade} was booked twice"


def cash_of(fills: Iterable[Fill]) -> Decimal:
    """Return what fills have brought (USD), where they leave nothing open."""
    return sum(
        (-each.side.sign * each.price * each.size - dollars_of(each) for each in fills), ZERO
    )


def dollars_of(fill: Fill) -> Decimal:
    """Return what a fill's fee took of the dollars; one in another asset took none."""
    return fill.fee if is_dollars(fill.fee_asset) else ZERO


def explained_equity(world: World, begin: Decimal, fills: Iterable[Fill]) -> Decimal:
    """Return what an account that began with so much is worth (USD) if these are all its fills."""
    paid = sum((each.amount for each in world.payments(ACCOUNT)), ZERO)
    held = (each.size * world.mark(each.contract_id) for each in world.positions(ACCOUNT))
    return begin + cash_of(fills) + paid + sum(held, ZERO)


async def _payments(stage: VenueStage, life: Life) -> Counter[Decimal] | None:
    if not life.client.supports(Feature.FUNDING_HISTORY):
        return None
    symbol, now_ns = stage.market.symbol, life.clock.now_ns()
    told = await life.client.get_funding_payments(symbol, stage.plan.start_ns, now_ns)
    return payments_told(stage.name, [each.amount for each in told])


DIGITS = {"aster": 8, "binance": 8}
"""Behind the point of a payment that a venue tells, where they are more than six: what was rounded
once is not rounded again."""


def payments_told(venue: str, amounts: Sequence[Decimal]) -> Counter[Decimal]:
    """Return payments as they can be compared: what accrues is paid in other portions."""
    if venue in ACCRUING:
        return Counter([round(sum(amounts, ZERO), 4)])
    return Counter(round(each, DIGITS.get(venue, 6)) for each in amounts)


def payments_of(world: World, venue: str, contract_id: ContractId) -> Counter[Decimal]:
    """Return what one market has paid; what accrues is paid once the position has changed."""
    paid = [each for each in world.payments(ACCOUNT) if each.contract_id == contract_id]
    if venue in ACCRUING:
        fills = [each.venue_ns for each in changes_of(world) if each.contract_id == contract_id]
        changed_ns = max(fills, default=0)
        paid = [each for each in paid if each.venue_ns <= changed_ns]
    return payments_told(venue, [each.amount for each in paid])


TAKEN_FIRST = (Reason.POST_ONLY_WOULD_CROSS, Reason.SELF_TRADE)
"""Why some venues refuse an order that they have taken, once it meets the book."""


def _refused(info: OrderInfo) -> bool:
    """Say whether the venue refused an order, before or after it had taken it."""
    return info.status is OrderStatus.REJECTED or (
        info.reason in TAKEN_FIRST and not info.filled_size
    )


def _row(name: str, fill: Fill) -> tuple[object, ...]:
    paid = fill.fee, "USD" if is_dollars(fill.fee_asset) else fill.fee_asset
    return (name, fill.side, fill.price, fill.size, *paid, fill.liquidity)
