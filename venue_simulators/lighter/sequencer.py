"""Executes accepted transactions when their time has come, in the order of each API key.

What fails here has consumed its nonce. The client learns of it by its streams: an order ends with
a word that begins with ``canceled``, anything else as a transaction whose status is failed.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec

from exchange_clients.base_models import ZERO, ContractId, Market, OrderInfo, VenueOrderId
from venue_simulators.lighter import wording
from venue_simulators.lighter.hearing import Hearing, order_index
from venue_simulators.lighter.listing import MARGIN_UNIT, contract
from venue_simulators.lighter.orders import OrderState, after
from venue_simulators.lighter.placing import arranged, wanted_of
from venue_simulators.lighter.state import EXECUTED, FAILED, AccountBook, Audience, State, TxRecord
from venue_simulators.lighter.terms import MS, ORDER_INDEX_BASE
from venue_simulators.lighter.transaction_bodies import (
    Attribute,
    CancelAll,
    CancelOrder,
    CreateOrder,
    GroupedOrders,
    ModifyOrder,
    OrderFields,
    Transaction,
    UpdateLeverage,
)
from venue_simulators.world import Outcome

_CHILDREN_BASE = ORDER_INDEX_BASE + (1 << 52)
"""Orders of a group have numbers before the world knows of them."""
_NO_MARKET = 255


class Sequencer:
    """The one writer of orders."""

    def __init__(self, state: State, audience: Audience, hearing: Hearing) -> None:
        self._state = state
        self._audience = audience
        self._hearing = hearing
        self._last_ns: dict[tuple[int, int], int] = {}
        self._children = 0
        self._switches: dict[int, int] = {}
        """How often each account has set or unset its scheduled cancel-all."""
        hearing.on_state = self._follow

    def schedule(self, record: TxRecord, *, takes: bool) -> int:
        """Plan the execution of an accepted transaction; return its instant (ns)."""
        transaction = record.transaction
        lane = (transaction.account, transaction.key)
        delay_ns = self._state.terms.delay_ns(takes=takes)
        # Nonces keep the order: what follows a delayed transaction of its key waits for it.
        at_ns = max(self._state.now_ns + delay_ns, self._last_ns.get(lane, 0))
        self._last_ns[lane] = at_ns
        self._state.agenda.plan(at_ns, lambda: self._execute(record))
        return at_ns

    def _execute(self, record: TxRecord) -> None:
        transaction, state = record.transaction, self._state
        book = state.books[transaction.account]
        match transaction.body:
            case CreateOrder(order):
                error = self._create(book, transaction, order)
            case CancelOrder(_, index):
                error = self._cancel_one(book, index)
            case CancelAll() as wanted:
                error = self._cancel_all(book, transaction, wanted)
            case ModifyOrder() as wanted:
                error = self._modify(book, wanted)
            case UpdateLeverage() as wanted:
                error = self._set_leverage(book, wanted)
            case GroupedOrders() as wanted:
                error = self._create_group(book, transaction, wanted)
        done = replace(
            record,
            status=FAILED if error else EXECUTED,
            executed_ns=state.now_ns,
            event_info=msgspec.json.encode({"ae": error} if error else {}).decode(),
        )
        state.keep_transaction(done)
        self._audience.on_transaction(done)

    # Orders ---------------------------------------------------------------------------------------

    def _create(self, book: AccountBook, transaction: Transaction, order: OrderFields) -> str:
        book.in_flight.pop(order.client_index, None)
        draft = self._draft(book, transaction, order)
        self._place(book, draft)
        return ""

    def _draft(self, book: AccountBook, transaction: Transaction, order: OrderFields) -> OrderState:
        market, now_ns = self._market(order.market), self._state.now_ns
        return OrderState(0, book.account.index, market, order, transaction.nonce, now_ns, now_ns)

    def _place(self, book: AccountBook, draft: OrderState) -> OrderState:
        """Bring an order to the world; ``draft`` has no number unless it was listed before."""
        wanted = wanted_of(self._state, draft)
        if wanted is None:
            return self._refused(book, draft, "canceled-reduce-only")
        outcome = self._state.world.place(book.account.name, wanted)
        if outcome.order is None:
            return self._refused(book, draft, wording.refused_status(outcome.reason))
        number = draft.order_index or order_index(outcome.order.order_id)
        state = replace(draft, order_index=number, remaining=wanted.size, trigger_status="")
        book.orders.name(number, outcome.order.order_id)
        book.orders.put(state)
        self._hearing.settle()
        self._take_verdict(book, number, outcome)
        self._plan_expiry(book, state)
        return book.orders.get(number) or state

    def _refused(self, book: AccountBook, draft: OrderState, status: str) -> OrderState:
        number = draft.order_index or self._child_number()
        state = replace(
            draft,
            order_index=number,
            status=status,
            trigger_status=draft.trigger_status or "na",
            updated_ns=self._state.now_ns,
        )
        self._hearing.put(book, state)
        return state

    def _take_verdict(self, book: AccountBook, number: int, outcome: Outcome) -> None:
        """Take the answer for the report where the world has told nobody of an order."""
        state = book.orders.get(number)
        assert state is not None, "a placed order is listed"
        assert outcome.order is not None, "a placed order is told of"
        if not state.trigger_status:
            self._hearing.put(book, after(state, outcome.order, self._state.now_ns))

    def _plan_expiry(self, book: AccountBook, state: OrderState) -> None:
        if state.fields.expiry_ms <= 0:
            return
        self._state.agenda.plan(
            state.fields.expiry_ms * MS,
            lambda: self._end(book, state.order_index, "canceled-expired"),
        )

    # Ends -----------------------------------------------------------------------------------------

    def _cancel_one(self, book: AccountBook, index: int) -> str:
        state = book.orders.find(index)
        if state is None or not state.live:
            return "order is not active"
        self._end(book, state.order_index, "canceled")
        return ""

    def _end(self, book: AccountBook, number: int, status: str) -> None:
        """Cancel an order for a reason; one that has ended is no matter."""
        state = book.orders.get(number)
        if state is None or not state.live:
            return
        world_id = book.orders.world_id(number)
        if world_id is None:
            ended = replace(state, status=status, remaining=ZERO, updated_ns=self._state.now_ns)
            self._hearing.put(book, ended)
            return
        self._hearing.verdicts[number] = status
        self._state.world.cancel(book.account.name, world_id)
        self._hearing.settle()

    def _cancel_all(self, book: AccountBook, transaction: Transaction, wanted: CancelAll) -> str:
        account = book.account.index
        if wanted.mode == 0:
            self._end_all(book, transaction.attributes.get(Attribute.CANCEL_ALL_MARKET, _NO_MARKET))
            return ""
        switch = self._switches[account] = self._switches.get(account, 0) + 1
        if wanted.mode == 1:
            self._state.agenda.plan(wanted.time_ms * MS, lambda: self._on_switch(book, switch))
        return ""

    def _on_switch(self, book: AccountBook, switch: int) -> None:
        """Cancel all orders unless the schedule was changed since."""
        if self._switches[book.account.index] == switch:
            self._end_all(book, _NO_MARKET)

    def _end_all(self, book: AccountBook, market: int) -> None:
        for number, state in list(book.orders.live.items()):
            if market in (_NO_MARKET, state.fields.market):
                self._end(book, number, "canceled")

    # Changes --------------------------------------------------------------------------------------

    def _modify(self, book: AccountBook, wanted: ModifyOrder) -> str:
        """Change price and total size in place."""
        state = book.orders.find(wanted.index)
        world_id = None if state is None else book.orders.world_id(state.order_index)
        if state is None or world_id is None or not state.live:
            return "order is not active"
        market, fields = state.market, state.fields
        changed = replace(fields, base_amount=wanted.base_amount, price=wanted.price)
        outcome = self._state.world.amend(
            book.account.name,
            world_id,
            price=wanted.price * market.tick,
            size=wanted.base_amount * market.step,
        )
        if outcome.reason is not None:
            self._hearing.settle()
            return f"modify refused: {outcome.reason.value}"
        book.orders.put(replace(state, fields=changed))
        self._hearing.settle()
        self._keep_waiting(book, state, self._told(book, world_id))
        return ""

    def _told(self, book: AccountBook, world_id: VenueOrderId) -> OrderInfo:
        info = self._state.world.order(book.account.name, world_id)
        assert info is not None, f"order {world_id} was just changed"
        return info

    def _keep_waiting(self, book: AccountBook, before: OrderState, info: OrderInfo) -> None:
        """Tell of a change; an order that waited for its trigger still does."""
        now = book.orders.get(before.order_index)
        assert now is not None, "a changed order is listed"
        if before.waits and now.live and not now.filled:
            waiting = replace(now, status="pending", trigger_status=before.trigger_status)
            self._hearing.put(book, replace(waiting, trigger_ns=0))
        elif now.updated_ns < self._state.now_ns:
            self._hearing.put(book, after(now, info, self._state.now_ns))

    def _set_leverage(self, book: AccountBook, wanted: UpdateLeverage) -> str:
        leverage = Decimal(MARGIN_UNIT) / wanted.fraction
        contract_id = contract(wanted.market)
        outcome = self._state.world.set_leverage(book.account.name, contract_id, leverage)
        if outcome.reason is None:
            book.markets[contract_id] = None  # what was set is shown without a position, too
        self._audience.on_position(book.account.index, ContractId(contract_id))
        return "" if outcome.reason is None else f"leverage refused: {outcome.reason.value}"

    # Groups ---------------------------------------------------------------------------------------

    def _create_group(
        self, book: AccountBook, transaction: Transaction, group: GroupedOrders
    ) -> str:
        """List the orders of a group; those that depend on the first wait for it to fill."""
        for order in group.orders:
            book.in_flight.pop(order.client_index, None)
        drafts = [
            replace(self._draft(book, transaction, order), order_index=self._child_number())
            for order in group.orders
        ]
        parents, children = arranged(group.grouping, drafts)
        for child in children if parents else ():
            waiting = replace(child, status="pending", trigger_status="parent-order")
            self._hearing.put(book, waiting)
        for draft in parents or children:
            self._place(book, draft)
        return ""

    def _follow(self, state: OrderState) -> None:
        """Do what an order's new state means for the others of its group."""
        if state.live:
            return
        book = self._state.books[state.account]
        if state.partner:
            self._end(book, state.partner, "canceled-oco")
        for child in list(book.orders.live.values()):
            if child.parent == state.order_index and child.trigger_status == "parent-order":
                self._follow_parent(book, state, child)

    def _follow_parent(self, book: AccountBook, parent: OrderState, child: OrderState) -> None:
        if not parent.filled:
            self._end(book, child.order_index, "canceled-child")
            return
        size = wording.scaled(parent.market, parent.filled)
        fields = replace(child.fields, base_amount=child.fields.base_amount or size)
        self._place(book, replace(child, fields=fields, updated_ns=self._state.now_ns))

    def _child_number(self) -> int:
        self._children += 1
        return _CHILDREN_BASE + self._children

    def _market(self, number: int) -> Market:
        market = self._state.market(number)
        assert market is not None, f"market {number} was checked at acceptance"
        return market
