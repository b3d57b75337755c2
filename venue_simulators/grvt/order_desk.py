"""The life of orders: acknowledged at once, judged a little later, ended by trade, wish or time.

A create is answered PENDING and meets the book after a delay; a cancel is acknowledged and acts
after a delay. What the world reports is put into GRVT's words and told to listeners.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from exchange_clients.base_models import OrderInfo, OrderStatus, Reason, VenueOrderId
from venue_simulators.agenda import Agenda
from venue_simulators.grvt.order_form import OrderForm
from venue_simulators.grvt.order_record import (
    OrderRecord,
    OrderState,
    ended,
    first_state,
    next_state,
    reject_reason,
)
from venue_simulators.grvt.terms import GrvtTerms
from venue_simulators.world import World

RecordListener: TypeAlias = Callable[[OrderRecord], None]


@dataclass(frozen=True, slots=True)
class WaitingCancel:
    """A cancel that outran its create; it tells its outcome if that never comes."""

    account: str
    client_order_id: str
    until_ns: int


CancelListener: TypeAlias = Callable[[WaitingCancel, str], None]


class OrderDesk:
    """All orders of all accounts.

    Args:
        world: Where they trade.
        agenda: Where what comes later is planned.
        terms: How much later.
        judges_at_once: Whether the answer to a create tells the verdict, unlike the real venue's.
    """

    def __init__(
        self, world: World, agenda: Agenda, terms: GrvtTerms, *, judges_at_once: bool = False
    ) -> None:
        self._judges_at_once = judges_at_once
        self._world = world
        self._agenda = agenda
        self._terms = terms
        self._records: list[OrderRecord] = []
        self._by_account: dict[str, list[OrderRecord]] = {}
        self._active: dict[str, dict[int, OrderRecord]] = {}
        self._by_client_id: dict[tuple[str, str], OrderRecord] = {}
        self._by_order_id: dict[tuple[str, str], OrderRecord] = {}
        self._by_digest: dict[bytes, OrderRecord] = {}
        self._waiting: dict[tuple[str, str], WaitingCancel] = {}
        self.record_listeners: list[RecordListener] = []
        self.cancel_listeners: list[CancelListener] = []

    # Looking up -----------------------------------------------------------------------------------

    def records(self, account: str) -> Sequence[OrderRecord]:
        """Return every order of an account, oldest first."""
        return self._by_account.get(account, ())

    def active(self, account: str) -> list[OrderRecord]:
        """Return the orders that can still trade, oldest first."""
        return list(self._active.get(account, {}).values())

    def by_client_order_id(self, account: str, client_order_id: str) -> OrderRecord | None:
        """Return the latest order of that name."""
        return self._by_client_id.get((account, client_order_id))

    def by_order_id(self, account: str, order_id: str) -> OrderRecord | None:
        """Return the order of that id, written with 0x or without, in any letter case."""
        return self._by_order_id.get((account, _plain(order_id)))

    def by_digest(self, digest: bytes) -> OrderRecord | None:
        """Return the order that was signed so before."""
        return self._by_digest.get(digest)

    def of_world(self, account: str, info_id: str) -> OrderRecord | None:
        """Return the order behind a number of the world; its liquidations have none."""
        wanted = self._world.wanted(account, VenueOrderId(info_id))
        return self._records[int(wanted.tag)] if wanted.tag else None

    # Creating -------------------------------------------------------------------------------------

    def create(self, account: str, form: OrderForm, digest: bytes) -> OrderRecord:
        """Take an order in; its verdict follows."""
        now_ns = self._world.now_ns
        record = OrderRecord(len(self._records), account, form, now_ns, [first_state(form, now_ns)])
        self._records.append(record)
        self._by_account.setdefault(account, []).append(record)
        self._by_client_id[account, record.client_order_id] = record
        self._by_order_id[account, _plain(record.order_id)] = record
        self._by_digest[digest] = record
        self._active.setdefault(account, {})[record.number] = record
        self._agenda.plan(form.signature.expiration_ns, lambda: self._expire(record))
        if self._judges_at_once:
            self._judge(record)
            return record
        bump_ns = 0 if form.waits_for_no_bump else self._terms.speed_bump_ns
        self._agenda.plan(
            now_ns + self._terms.verdict_delay_ns + bump_ns, lambda: self._judge(record)
        )
        return record

    def _judge(self, record: OrderRecord) -> None:
        now_ns = self._world.now_ns
        if not record.state.active:
            return
        if self._waiting.pop((record.account, record.client_order_id), None) is not None:
            self._move(record, ended(record, "CANCELLED", "CLIENT_CANCEL", now_ns))
            return
        if record.form.time_in_force == "ALL_OR_NONE":
            self._move(record, ended(record, "REJECTED", "UNSUPPORTED_TIME_IN_FORCE", now_ns))
            return
        outcome = self._world.place(record.account, record.form.wanted(str(record.number)))
        if outcome.order is not None:
            record.world_id = outcome.order.order_id
            self._on_info(record, outcome.order)
        elif outcome.reason is not None:
            self._refuse(record, outcome.reason)

    def _refuse(self, record: OrderRecord, reason: Reason) -> None:
        form = record.form
        info = OrderInfo(
            VenueOrderId(""),
            None,
            form.instrument.contract_id,
            form.side,
            form.size,
            form.price,
            OrderStatus.REJECTED,
            reason=reason,
        )
        word = reject_reason(record, info)
        self._move(record, ended(record, "REJECTED", word, self._world.now_ns))

    def _expire(self, record: OrderRecord) -> None:
        if record.state.active:
            self._end(record, "EXPIRED")

    # Cancelling -----------------------------------------------------------------------------------

    def cancel(self, account: str, record: OrderRecord | None) -> None:
        """Cancel a known order once the cancel has arrived; of an unknown one nothing comes."""
        if record is not None and record.account == account:
            self._later(lambda: self._cancel_now(record, ""))

    def cancel_named(self, account: str, client_order_id: str, ttl_ns: int) -> None:
        """Cancel by the client's name; before its create has come, wait for it ``ttl_ns``."""
        self._later(lambda: self._cancel_named_now(account, client_order_id, ttl_ns))

    def cancel_all(self, records: Sequence[OrderRecord], reason: str = "") -> None:
        """Cancel orders together; those still on their way to the book are missed."""

        def act() -> None:
            for record in records:
                if record.world_id is not None:
                    self._cancel_now(record, reason)

        self._later(act)

    def replace(self, record: OrderRecord | None) -> None:
        """Cancel an order in favour of another that comes with the same request."""
        if record is not None:
            self._later(lambda: self._cancel_now(record, "CLIENT_REPLACE"))

    def _later(self, deed: Callable[[], None]) -> None:
        self._agenda.plan(self._world.now_ns + self._terms.cancel_delay_ns, deed)

    def _cancel_now(self, record: OrderRecord, reason: str) -> None:
        if record.state.active and record.world_id is not None:
            self._end(record, reason or "CLIENT_CANCEL")

    def _cancel_named_now(self, account: str, client_order_id: str, ttl_ns: int) -> None:
        record = self.by_client_order_id(account, client_order_id)
        if record is not None and record.state.active and record.world_id is not None:
            self._end(record, "CLIENT_CANCEL")
            return
        waiting = WaitingCancel(account, client_order_id, self._world.now_ns + ttl_ns)
        if (account, client_order_id) in self._waiting:
            self._tell_cancel(waiting, "DROPPED_DUPLICATE")
            return
        self._waiting[account, client_order_id] = waiting
        self._agenda.plan(waiting.until_ns, lambda: self._give_up(waiting))

    def _give_up(self, waiting: WaitingCancel) -> None:
        key = (waiting.account, waiting.client_order_id)
        if self._waiting.get(key) is waiting:
            del self._waiting[key]
            self._tell_cancel(waiting, "EXPIRED")

    def _tell_cancel(self, waiting: WaitingCancel, status: str) -> None:
        for listener in self.cancel_listeners:
            listener(waiting, status)

    def _end(self, record: OrderRecord, reason: str) -> None:
        record.end_reason = reason
        if record.world_id is None:
            self._move(record, ended(record, "CANCELLED", reason, self._world.now_ns))
        else:
            self._world.cancel(record.account, record.world_id)

    # What the world reports -----------------------------------------------------------------------

    def on_info(self, account: str, info: OrderInfo) -> None:
        """Take in a report of the world about one of its orders."""
        record = self.of_world(account, info.order_id)
        if record is not None:
            record.world_id = info.order_id
            self._on_info(record, info)

    def _on_info(self, record: OrderRecord, info: OrderInfo) -> None:
        filled_on = info.filled_size > record.state.traded_size
        if record.state.active or filled_on:
            after = next_state(record, info, self._world.now_ns)
            if after is not None:
                self._move(record, after)

    def _move(self, record: OrderRecord, after: OrderState) -> None:
        record.states.append(after)
        if not after.active:
            self._active[record.account].pop(record.number, None)
        for listener in self.record_listeners:
            listener(record)


def _plain(order_id: str) -> str:
    return order_id.lower().removeprefix("0x")
