"""Endpoints about orders; an answer to a create or cancel says only that it was received."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exchange_clients.base_models import NS
from venue_simulators.agenda import Agenda
from venue_simulators.grvt.account_book import AccountBook
from venue_simulators.grvt.body import Body
from venue_simulators.grvt.errors import NOT_FOUND, GrvtError
from venue_simulators.grvt.examiner import Examiner, order_digest_of
from venue_simulators.grvt.instruments import Instruments
from venue_simulators.grvt.login import Member
from venue_simulators.grvt.order_admission import refusal
from venue_simulators.grvt.order_desk import OrderDesk
from venue_simulators.grvt.order_form import (
    OrderForm,
    check_form,
    checked_client_order_id,
    read_order,
)
from venue_simulators.grvt.order_record import OrderRecord
from venue_simulators.grvt.paging import page, span_of
from venue_simulators.grvt.terms import MS, GrvtTerms
from venue_simulators.grvt.wording import Words
from venue_simulators.world import World

BULK_MAX = 100
TIME_TO_LIVE_DEFAULT_MS = 100
TIME_TO_LIVE_MAX_MS = 5000
COUNTDOWN_OFF_MAX_MS = 1000
COUNTDOWN_MAX_MS = 300_000


@dataclass(frozen=True, slots=True)
class OrderApi:
    """Creates, cancels and looks up orders."""

    world: World
    agenda: Agenda
    desk: OrderDesk
    instruments: Instruments
    examiner: Examiner
    terms: GrvtTerms
    countdowns: dict[str, int]
    """When each account's orders are cancelled unless it is heard of (epoch ns)."""

    # Creating -------------------------------------------------------------------------------------

    def create_order(self, book: AccountBook, body: Body) -> Words:
        """Take one order."""
        record = self._create(book.member, body.part("order"))
        return {"result": record.words(record.state)}

    def bulk_orders(self, book: AccountBook, body: Body) -> Words:
        """Cancel some orders, then create others, all of one market."""
        orders = body.parts("orders")
        by_id, by_name = body.texts("order_i_ds"), body.texts("client_order_i_ds")
        self._check_bulk(orders, by_id, by_name)
        member = book.member
        checked = [self._checked(member, each) for each in orders]
        if len({form.instrument.contract_id for form, _ in checked}) > 1:
            raise GrvtError(2236)
        self._bulk_cancels(member.name, by_id, by_name, body, replacing=bool(orders))
        records = [self._taken(member, form, digest) for form, digest in checked]
        return {
            "orders": [each.words(each.state) for each in records],
            "cancel_acks": [{"ack": True} for _ in (*by_id, *by_name)],
        }

    def _check_bulk(
        self, orders: Sequence[Body], by_id: Sequence[str], by_name: Sequence[str]
    ) -> None:
        cancels = len(by_id) + len(by_name)
        if by_id and by_name:
            raise GrvtError(2233)
        if not orders and not cancels:
            raise GrvtError(2234)
        if len(orders) > BULK_MAX or cancels > BULK_MAX:
            raise GrvtError(2235)
        if orders and cancels and len(orders) != cancels:
            raise GrvtError(2413)

    def _bulk_cancels(
        self,
        account: str,
        by_id: Sequence[str],
        by_name: Sequence[str],
        body: Body,
        *,
        replacing: bool,
    ) -> None:
        ttl_ns = _time_to_live_ns(body)
        for name in by_name:
            record = self.desk.by_client_order_id(account, name)
            if replacing and record is not None:
                self.desk.replace(record)
            else:
                self.desk.cancel_named(account, name, ttl_ns)
        for order_id in by_id:
            record = self.desk.by_order_id(account, order_id)
            (self.desk.replace if replacing else self._cancel_known)(record)

    def _cancel_known(self, record: OrderRecord | None) -> None:
        if record is not None:
            self.desk.cancel(record.account, record)

    def _create(self, member: Member, body: Body) -> OrderRecord:
        form, digest = self._checked(member, body)
        return self._taken(member, form, digest)

    def _checked(self, member: Member, body: Body) -> tuple[OrderForm, bytes]:
        form = read_order(body, self.instruments)
        if form.sub_account_id != member.sub_account_id:
            raise GrvtError(2003)
        check_form(form)
        self.examiner.check_claims(form.signature, member, self.world.now_ns)
        digest = order_digest_of(form, self.examiner.chain_id)
        self.examiner.check_signer(form.signature, digest)
        return form, digest

    def _taken(self, member: Member, form: OrderForm, digest: bytes) -> OrderRecord:
        known = self.desk.by_digest(digest)
        if known is not None:
            # The same nonce over the same payload: it was heard the first time.
            return known
        named = self.desk.by_client_order_id(member.name, form.client_order_id)
        if named is not None and named.state.active:
            raise GrvtError(2012)
        if len(self.desk.active(member.name)) >= self.terms.max_open_orders:
            raise GrvtError(2090)
        code = refusal(self.world, member.name, form, self.terms.price_band)
        if code is not None:
            raise GrvtError(code)
        return self.desk.create(member.name, form, digest)

    # Cancelling -----------------------------------------------------------------------------------

    def cancel_order(self, book: AccountBook, body: Body) -> Words:
        """Acknowledge a cancel."""
        account = book.member.name
        ttl_ns = _time_to_live_ns(body)
        record = self._named(account, body)
        if record is None and not self.terms.unknown_cancels_acknowledged:
            raise GrvtError(NOT_FOUND)
        if body.has("order_id"):
            self._cancel_known(record)
        else:
            self.desk.cancel_named(account, body.text("client_order_id"), ttl_ns)
        return _ACK

    def cancel_all_orders(self, book: AccountBook, body: Body) -> Words:
        """Acknowledge a cancel of everything that the filters choose."""
        chosen = [each.contract_id for each in self.instruments.selected(body)]
        active = self.desk.active(book.member.name)
        self.desk.cancel_all(
            [each for each in active if each.form.instrument.contract_id in chosen]
        )
        return _ACK

    def cancel_on_disconnect(self, book: AccountBook, body: Body) -> Words:
        """Arm the switch that cancels everything unless it is armed anew in time."""
        countdown_ms = body.integer("countdown_time")
        if countdown_ms > COUNTDOWN_MAX_MS:
            raise GrvtError(6000)
        account = book.member.name
        if countdown_ms <= COUNTDOWN_OFF_MAX_MS:
            self.countdowns.pop(account, None)
            return _ACK
        at_ns = self.world.now_ns + countdown_ms // 1000 * NS
        self.countdowns[account] = at_ns
        self.agenda.plan(at_ns, lambda: self._count_out(account, at_ns))
        return _ACK

    def _count_out(self, account: str, at_ns: int) -> None:
        if self.countdowns.get(account) == at_ns:
            del self.countdowns[account]
            active = self.desk.active(account)
            self.desk.cancel_all(active, "CLIENT_CANCEL_ON_DISCONNECT_TRIGGERED")

    # Looking up -----------------------------------------------------------------------------------

    def order(self, book: AccountBook, body: Body) -> Words:
        """Return one order."""
        record = self._named(book.member.name, body)
        state = record.state_at(book.horizon_ns) if record else None
        if record is None or state is None:
            raise GrvtError(NOT_FOUND)
        return {"result": record.words(state)}

    def open_orders(self, book: AccountBook, body: Body) -> Words:
        """Return the orders that stand in the book or wait for their trigger, oldest first."""
        chosen = [each.contract_id for each in self.instruments.selected(body)]
        account = book.member.name
        rows = []
        # Where reads are late, what has ended since is still told to be open.
        for record in (
            self.desk.records(account) if book.read_delay_ns else self.desk.active(account)
        ):
            state = record.state_at(book.horizon_ns)
            listed = record.form.instrument.contract_id in chosen
            if listed and state is not None and state.status == "OPEN":
                rows.append(record.words(state))
        return {"result": rows}

    def order_history(self, book: AccountBook, body: Body) -> Words:
        """Return orders that have met the book, newest first."""
        start_ns, end_ns = span_of(body)
        chosen = [each.contract_id for each in self.instruments.selected(body)]
        rows = []
        for record in self.desk.records(book.member.name):
            state = record.state_at(book.horizon_ns)
            timely = start_ns <= record.created_ns <= end_ns
            listed = record.form.instrument.contract_id in chosen
            if timely and listed and state is not None and state.status != "PENDING":
                rows.append((record, state))
        shown, following = page(rows, body)
        words = [record.words(state, numbers_as_text=True) for record, state in shown]
        return {"result": words, "next": following}

    def _named(self, account: str, body: Body) -> OrderRecord | None:
        if body.has("order_id"):
            return self.desk.by_order_id(account, body.text("order_id"))
        if body.has("client_order_id"):
            name = checked_client_order_id(body.fields["client_order_id"])
            return self.desk.by_client_order_id(account, name)
        raise GrvtError(3021)


_ACK: Words = {"result": {"ack": True}}


def _time_to_live_ns(body: Body) -> int:
    """Return how long a cancel by the client's name waits, rounded down to 100 ms."""
    try:
        ttl_ms = body.integer("time_to_live_ms", TIME_TO_LIVE_DEFAULT_MS)
    except GrvtError:
        raise GrvtError(2300) from None
    if not 0 <= ttl_ms <= TIME_TO_LIVE_MAX_MS:
        raise GrvtError(2301)
    return ttl_ms // 100 * 100 * MS
