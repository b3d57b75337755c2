"""The life of orders: answered with no more than an id, judged a little later.

A create meets the book after a delay, and a cancel acts after one; until then the order can trade.
Every report of the world changes a record and is told to whoever listens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import Fill, OrderInfo, OrderType, VenueOrderId
from venue_simulators.agenda import Agenda
from venue_simulators.edgex.authentication import Member
from venue_simulators.edgex.listing import Contract
from venue_simulators.edgex.order_form import GTC, IOC, LIMIT, MARKET, OrderForm
from venue_simulators.edgex.order_record import CANCEL_REASONS, ENDED, OrderRecord, status_of
from venue_simulators.edgex.terms import EdgexTerms
from venue_simulators.edgex.wording import MS
from venue_simulators.world import World

RecordListener: TypeAlias = Callable[[OrderRecord], None]
ORDERS_A_MS = 1000
"""More orders than come in a millisecond: ids begin with the one in which the world began."""


class OrderDesk:
    """All orders of all accounts.

    Args:
        world: Where they trade.
        agenda: Where what comes later is planned.
        terms: How much later.
        judges_at_once: Whether an order has met the book when its create is answered.
    """

    def __init__(
        self, world: World, agenda: Agenda, terms: EdgexTerms, *, judges_at_once: bool = False
    ) -> None:
        self._world = world
        self._agenda = agenda
        self._terms = terms
        self._judges_at_once = judges_at_once
        self._first_id = world.now_ns // MS * ORDERS_A_MS * 100
        self._records: list[OrderRecord] = []
        self._by_account: dict[str, list[OrderRecord]] = {}
        self._active: dict[str, dict[str, OrderRecord]] = {}
        self._by_id: dict[tuple[str, str], OrderRecord] = {}
        self._by_client_id: dict[tuple[str, str], OrderRecord] = {}
        self._by_world_id: dict[tuple[str, VenueOrderId], OrderRecord] = {}
        self.listeners: list[RecordListener] = []

    # Looking up -----------------------------------------------------------------------------------

    def records(self, account: str) -> Sequence[OrderRecord]:
        """Return every order of an account, oldest first."""
        return self._by_account.get(account, ())

    def active(self, account: str) -> list[OrderRecord]:
        """Return the orders that can still trade, oldest first."""
        return list(self._active.get(account, {}).values())

    def by_id(self, account: str, order_id: str) -> OrderRecord | None:
        """Return the order of the venue's id."""
        return self._by_id.get((account, order_id))

    def by_client_id(self, account: str, client_order_id: str) -> OrderRecord | None:
        """Return the order of the client's id."""
        return self._by_client_id.get((account, client_order_id))

    def found(self, record: OrderRecord | None) -> OrderRecord | None:
        """Return a record as reads by id show it: not for ever after its end."""
        if record is None or record.active:
            return record
        gone_ns = record.updated_ns + self._terms.ended_visible_ns
        return record if self._world.now_ns <= gone_ns else None

    def of_fill(self, member: Member, fill: Fill) -> OrderRecord:
        """Return the order that a fill belongs to."""
        record = self._by_world_id.get((member.name, fill.order_id))
        assert record is not None, f"order {fill.order_id} was told of before its fill"
        return record

    # Creating -------------------------------------------------------------------------------------

    def create(
        self, member: Member, form: OrderForm, worst_price: Decimal, leverage: Decimal
    ) -> OrderRecord:
        """Take an order in; its verdict follows."""
        record = self._keep(member, form, worst_price, leverage)
        self._by_client_id[member.name, form.client_order_id] = record
        self._tell(record)
        self._agenda.plan(form.expire_ms * MS, lambda: self._end(record, "EXPIRE_CANCELED"))
        if self._judges_at_once:
            self._judge(record)
        else:
            verdict_ns = self._world.now_ns + self._terms.verdict_delay_ns
            self._agenda.plan(verdict_ns, lambda: self._judge(record))
        return record

    def _keep(
        self, member: Member, form: OrderForm, worst_price: Decimal, leverage: Decimal
    ) -> OrderRecord:
        number, now_ns = len(self._records) + 1, self._world.now_ns
        record = OrderRecord(
            number,
            str(self._first_id + number),
            member.name,
            member.account_id,
            form,
            worst_price,
            now_ns,
            now_ns,
            leverage,
        )
        self._records.append(record)
        self._by_account.setdefault(member.name, []).append(record)
        self._active.setdefault(member.name, {})[record.order_id] = record
        self._by_id[member.name, record.order_id] = record
        return record

    def _judge(self, record: OrderRecord) -> None:
        if not record.active or record.world_id is not None:
            return
        wanted = record.form.wanted(record.worst_price, str(record.number))
        outcome = self._world.place(record.account, wanted)
        if record.world_id is None:
            # The engine made no order of it, so nothing was reported.
            assert outcome.reason is not None, "an order is made or refused with a reason"
            reason = CANCEL_REASONS.get(outcome.reason, "INTERNAL_FAILED")
            self._move(record, "CANCELED", reason)

    # Cancelling -----------------------------------------------------------------------------------

    def cancel(self, records: Sequence[OrderRecord]) -> None:
        """Accept to cancel orders that can still trade; it is done a little later."""
        for record in records:
            if not record.canceling:
                record.canceling = True
                record.updated_ns = self._world.now_ns
                self._tell(record)

        def act() -> None:
            for record in records:
                self._end(record, "USER_CANCELED")

        self._agenda.plan(self._world.now_ns + self._terms.cancel_delay_ns, act)

    def _end(self, record: OrderRecord, reason: str) -> None:
        if not record.active:
            return
        record.end_reason = reason
        if record.world_id is None:
            self._move(record, "CANCELED", reason)
        else:
            self._world.cancel(record.account, record.world_id)

    # What the world reports -----------------------------------------------------------------------

    def on_info(self, member: Member, info: OrderInfo, contract: Contract) -> None:
        """Take in a report of the world about one of its orders."""
        record = self._by_world_id.get((member.name, info.order_id))
        if record is None:
            record = self._first_report(member, info, contract)
        if not record.active:
            return
        reason = ""
        status = status_of(info.status, record)
        if status == "CANCELED":
            worded = CANCEL_REASONS.get(info.reason, "INTERNAL_FAILED") if info.reason else ""
            reason = record.end_reason or worded or "USER_CANCELED"
        self._move(record, status, reason)
        if status in ENDED and info.filled_size:
            self._arm(member, record, info.filled_size)

    def _arm(self, member: Member, record: OrderRecord, size: Decimal) -> None:
        """Let the exits of an order wait, for what it has traded.

        What becomes of one when the other has closed the position is not documented: here it waits
        on, and would find nothing to reduce.
        """
        exits, record.exits = record.exits, []
        for form, worst_price in exits:
            exit_ = self.create(member, replace(form, size=size), worst_price, record.leverage)
            exit_.parent = record

    def _first_report(self, member: Member, info: OrderInfo, contract: Contract) -> OrderRecord:
        tag = self._world.wanted(member.name, info.order_id).tag
        record = self._records[int(tag) - 1] if tag else self._foreign(member, info, contract)
        record.world_id = info.order_id
        self._by_world_id[member.name, info.order_id] = record
        return record

    def _foreign(self, member: Member, info: OrderInfo, contract: Contract) -> OrderRecord:
        """Return the record of an order that the venue itself has made: a liquidation's."""
        market = info.order_type is OrderType.MARKET or info.price is None
        form = OrderForm(
            contract,
            info.side,
            info.size,
            info.price or Decimal(0),
            "",
            MARKET if market else LIMIT,
            IOC if market else GTC,
            info.reduce_only,
        )
        leverage = self._world.leverage(member.name, info.contract_id)
        record = self._keep(member, form, info.price or Decimal(0), leverage)
        record.liquidation = True
        return record

    def _move(self, record: OrderRecord, status: str, reason: str) -> None:
        record.status, record.cancel_reason = status, reason
        record.updated_ns = self._world.now_ns
        if not record.active:
            self._active[record.account].pop(record.order_id, None)
        self._tell(record)

    def _tell(self, record: OrderRecord) -> None:
        for listener in self.listeners:
            listener(record)
