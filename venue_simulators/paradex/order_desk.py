"""The life of orders: acknowledged at once, judged a little later, ended by trade or wish.

A create is answered NEW and meets the book after a delay; cancels and changes are acknowledged and
act after a delay. What the world reports is told to listeners.

A resting reduce-only order that a fill has made larger than the position is closed, not cut. A
take-profit or stop-loss of size zero takes the size that the position has when it is taken in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import (
    ZERO,
    ContractId,
    OrderInfo,
    Reason,
    Side,
    TimeInForce,
    VenueOrderId,
)
from venue_simulators.agenda import Agenda
from venue_simulators.paradex.errors import CLIENT_ID_MISSING, ORDER_MISSING, Refusal, cancel_reason
from venue_simulators.paradex.members import Member
from venue_simulators.paradex.order_admission import REDUCE_ONLY, closing_reason, held_size
from venue_simulators.paradex.order_form import INSTRUCTIONS, OrderForm
from venue_simulators.paradex.order_record import (
    CLOSED,
    NEW,
    OPEN,
    ChangeRequest,
    OrderRecord,
)
from venue_simulators.paradex.terms import MS, ParadexTerms
from venue_simulators.world import Wanted, World

RecordListener: TypeAlias = Callable[[OrderRecord], None]
USER_CANCELED = "USER_CANCELED"
SELF_TRADE = "EXPIRED_BY_STP"


@dataclass(frozen=True, slots=True)
class Change:
    """What a change asks for; ``size`` is the whole size, what has filled included."""

    size: Decimal
    price: Decimal
    trigger_price: Decimal | None


class OrderDesk:
    """All orders of all accounts.

    Args:
        world: Where they trade.
        agenda: Where what comes later is planned.
        terms: How much later.
        judges_at_once: Whether the answer to a create tells the verdict, unlike the real venue's.
    """

    def __init__(
        self, world: World, agenda: Agenda, terms: ParadexTerms, *, judges_at_once: bool = False
    ) -> None:
        self._world = world
        self._agenda = agenda
        self._terms = terms
        self._judges_at_once = judges_at_once
        self._records: list[OrderRecord] = []
        self._by_name: dict[str, list[OrderRecord]] = {}
        self._active: dict[str, dict[int, OrderRecord]] = {}
        self._by_order_id: dict[tuple[str, str], OrderRecord] = {}
        self._by_client_id: dict[tuple[str, str], OrderRecord] = {}
        self._moves = 0
        self._requests = 0
        self._changing: OrderRecord | None = None
        self.listeners: list[RecordListener] = []

    # Looking up -----------------------------------------------------------------------------------

    def records(self, name: str) -> Sequence[OrderRecord]:
        """Return every order of an account, oldest first."""
        return self._by_name.get(name, ())

    def active(self, name: str, contract_id: str | None = None) -> list[OrderRecord]:
        """Return the orders that can still trade, oldest first."""
        live = self._active.get(name, {}).values()
        return [each for each in live if contract_id in (None, each.form.contract_id)]

    def everybodys(self) -> list[OrderRecord]:
        """Return the orders of all accounts that can still trade."""
        return [record for live in self._active.values() for record in live.values()]

    def by_order_id(self, name: str, order_id: str) -> OrderRecord:
        """Return the order of that id, or refuse."""
        record = self._by_order_id.get((name, order_id))
        if record is None:
            raise Refusal(ORDER_MISSING, f"order {order_id} is not found")
        return record

    def by_client_id(self, name: str, client_id: str, market: str | None = None) -> OrderRecord:
        """Return the latest order of that client id, or refuse."""
        record = self._by_client_id.get((name, client_id))
        if record is None or market not in (None, record.form.contract_id):
            raise Refusal(CLIENT_ID_MISSING, f"client order id {client_id} is not found")
        return record

    def has_live(self, name: str, client_id: str) -> bool:
        """Say whether a client id is taken by an order that can still trade."""
        record = self._by_client_id.get((name, client_id))
        return record is not None and record.active

    def of_world(self, name: str, world_id: VenueOrderId) -> OrderRecord | None:
        """Return the order behind a number of the world; its liquidations have none."""
        wanted = self._world.wanted(name, world_id)
        return self._records[int(wanted.tag)] if wanted.tag else None

    # Creating -------------------------------------------------------------------------------------

    def create(self, member: Member, form: OrderForm, *, interactive: bool) -> OrderRecord:
        """Take an order in; its verdict follows."""
        now_ns = self._world.now_ns
        number = len(self._records)
        order_id = str(now_ns // MS * 1_000_000 + number % 1_000_000)
        record = OrderRecord(
            number, order_id, member.name, member.address, form, now_ns, interactive
        )
        self._records.append(record)
        self._by_name.setdefault(member.name, []).append(record)
        self._by_order_id[member.name, order_id] = record
        if form.client_id:
            self._by_client_id[member.name, form.client_id] = record
        self._active.setdefault(member.name, {})[number] = record
        self._move(record)
        if self._judges_at_once:
            self._judge(record)
            return record
        bumped = interactive and form.instruction != "POST_ONLY"
        bump_ns = self._terms.speed_bump_ns if bumped else 0
        self._agenda.plan(
            now_ns + self._terms.verdict_delay_ns + bump_ns, lambda: self._judge(record)
        )
        return record

    def _judge(self, record: OrderRecord) -> None:
        if record.status != NEW:
            return
        reason = closing_reason(self._world, record.name, record.form, self._terms)
        size = self._size_of(record)
        if reason is not None or size == 0:
            self._close(record, reason or REDUCE_ONLY)
            return
        if record.form.stp == "EXPIRE_MAKER":
            self._expire_makers(record)
        self._place(record, size)
        both = record.form.stp == "EXPIRE_BOTH" and record.reason == SELF_TRADE
        if both:
            self._expire_makers(record)

    def _place(self, record: OrderRecord, size: Decimal) -> None:
        form = record.form
        wanted = Wanted(
            form.contract_id,
            form.side,
            size,
            record.price if form.priced else None,
            form.order_type,
            INSTRUCTIONS[form.instruction] if form.priced else TimeInForce.IOC,
            reduce_only=form.reduce_only,
            trigger_price=record.trigger_price,
            tag=str(record.number),
        )
        outcome = self._world.place(record.name, wanted)
        if outcome.reason is not None and record.active:
            # The world tells no listener of an order that it did not let in.
            self._close(record, cancel_reason(outcome.reason))

    def _size_of(self, record: OrderRecord) -> Decimal:
        form = record.form
        return form.size or abs(held_size(self._world, record.name, form))

    def _expire_makers(self, taker: OrderRecord) -> None:
        """Cancel the own orders that an order would meet."""
        form = taker.form
        for record in self.active(taker.name, form.contract_id):
            if record is taker or record.status != OPEN or record.form.side is form.side:
                continue
            ahead = (taker.price - record.price) * form.side.sign
            if not form.priced or ahead >= 0:
                self._end(record, SELF_TRADE)

    # Cancelling -----------------------------------------------------------------------------------

    def cancel(self, records: Iterable[OrderRecord]) -> None:
        """Cancel orders once the cancel has arrived."""
        chosen = [record for record in records if record.active]
        at_ns = self._world.now_ns + self._terms.cancel_delay_ns
        self._agenda.plan(at_ns, lambda: self._cancel_now(chosen))

    def _cancel_now(self, records: Sequence[OrderRecord]) -> None:
        for record in records:
            if record.active:
                self._end(record, USER_CANCELED)

    def expel(self, records: Iterable[OrderRecord], reason: str) -> None:
        """End orders at once, by the venue's own wish."""
        for record in records:
            self._end(record, reason)

    def roll_back(self, name: str, then_ns: int, undone: Mapping[VenueOrderId, Decimal]) -> None:
        """Forget the orders of an account since an instant, and what filled of those before it.

        Args:
            name: The account's.
            then_ns: The instant (epoch ns).
            undone: How much of which orders of the world was filled since then.
        """
        kept = [each for each in self.records(name) if each.created_ns < then_ns]
        self._by_name[name] = kept
        for index in (self._by_order_id, self._by_client_id):
            for key, record in list(index.items()):
                if record.name == name and record.created_ns >= then_ns:
                    del index[key]
        for record in kept:
            if record.world_id is not None:
                record.remaining += undone.get(record.world_id, ZERO)

    def _end(self, record: OrderRecord, reason: str) -> None:
        if record.world_id is None:
            self._close(record, reason)
            return
        record.reason = reason
        self._world.cancel(record.name, record.world_id)

    def _close(self, record: OrderRecord, reason: str) -> None:
        record.status, record.reason = CLOSED, reason
        self._move(record)

    def on_fill(self, name: str, contract_id: ContractId) -> None:
        """Look once more at what may only reduce, as soon as the engine is done."""
        self._agenda.plan(self._world.now_ns, lambda: self._sweep(name, contract_id))

    def _sweep(self, name: str, contract_id: ContractId) -> None:
        for record in self.active(name, contract_id):
            form = record.form
            if not form.reduce_only or record.status != OPEN or form.protective:
                continue
            held = held_size(self._world, name, form)
            reduces = held != 0 and (held > 0) is (form.side is Side.SELL)
            if not reduces or record.remaining > abs(held):
                self._end(record, REDUCE_ONLY)

    # Changing -------------------------------------------------------------------------------------

    def change(self, record: OrderRecord, wanted: Change) -> None:
        """Take a change in; its verdict follows."""
        self._requests += 1
        request_id = f"{record.order_id}{self._requests:06}"
        record.request = ChangeRequest(request_id, "PENDING")
        self._move(record)
        at_ns = self._world.now_ns + self._terms.verdict_delay_ns
        self._agenda.plan(at_ns, lambda: self._change_now(record, wanted, request_id))

    def _change_now(self, record: OrderRecord, wanted: Change, request_id: str) -> None:
        self._changing = record
        reason = self._applied(record, wanted)
        self._changing = None
        if reason is None:
            record.request = ChangeRequest(request_id, "PROCESSED")
        else:
            record.request = ChangeRequest(request_id, "REJECTED", cancel_reason(reason))
        self._move(record)

    def _applied(self, record: OrderRecord, wanted: Change) -> Reason | None:
        if not record.active or record.world_id is None:
            return Reason.ALREADY_TERMINAL
        if record.waits and wanted.trigger_price not in (None, record.trigger_price):
            return self._replaced(record, wanted, record.world_id)
        price = wanted.price if record.form.priced else None
        size = wanted.size or None
        outcome = self._world.amend(record.name, record.world_id, price=price, size=size)
        if outcome.reason is None and outcome.order is not None and record.active:
            record.take(outcome.order, changed=True)
        return outcome.reason

    def _replaced(
        self, record: OrderRecord, wanted: Change, world_id: VenueOrderId
    ) -> Reason | None:
        """Give an order that waits another trigger; the engine knows only new orders."""
        record.retired.append(world_id)
        self._world.cancel(record.name, world_id)
        record.world_id = None
        record.trigger_price, record.price = wanted.trigger_price, wanted.price
        self._place(record, wanted.size or record.size)
        return None

    # What the world reports -----------------------------------------------------------------------

    def on_info(self, name: str, info: OrderInfo) -> None:
        """Take in a report of the world about one of its orders."""
        record = self.of_world(name, info.order_id)
        if record is None or not record.active or info.order_id in record.retired:
            return
        changing = record is self._changing
        if record.take(info, changed=changing) and not changing:
            self._move(record)

    def _move(self, record: OrderRecord) -> None:
        self._moves += 1
        record.moves = self._moves
        record.updated_ns = self._world.now_ns
        if not record.active:
            self._active[record.name].pop(record.number, None)
        for listener in self.listeners:
            listener(record)
