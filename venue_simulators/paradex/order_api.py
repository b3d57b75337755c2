"""Placing, changing and cancelling, the same over REST and WebSocket.

An answer says only that something was received. What is wrong with the form, the signature or the
time of an order is told at once; everything else is told by the order itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from venue_simulators.options import SignatureDepth
from venue_simulators.paradex.errors import VALIDATION, Refusal
from venue_simulators.paradex.fields import Fields
from venue_simulators.paradex.members import Member
from venue_simulators.paradex.order_desk import Change, OrderDesk
from venue_simulators.paradex.order_form import (
    SIDE_CODES,
    UNITS,
    OrderForm,
    Sealed,
    is_protective,
    read_market,
    read_order,
    read_price,
    read_sealed,
    read_size,
)
from venue_simulators.paradex.order_record import CLOSED, NEW, OrderRecord
from venue_simulators.paradex.public_desk import PublicDesk
from venue_simulators.paradex.signatures import Felt, modify_hash, order_hash, signed_by
from venue_simulators.paradex.terms import MS, ParadexTerms
from venue_simulators.paradex.tokens import Session
from venue_simulators.paradex.wording import Json, Words
from venue_simulators.world import World

BATCH_MAX = 10
DIGESTS_MAX = 100_000
"""Signatures that are remembered; the oldest are forgotten first."""
CANCEL_ONLY, POST_ONLY = "cancel_only", "post_only"


class OrderApi:
    """The venue's order entry.

    Args:
        world: Where orders trade.
        desk: Where they live.
        public: Knows the state of the venue.
        terms: The chain, and how far clocks may differ.
        depth: How closely signatures are looked at.
    """

    def __init__(
        self,
        world: World,
        desk: OrderDesk,
        public: PublicDesk,
        terms: ParadexTerms,
        depth: SignatureDepth,
    ) -> None:
        self._world = world
        self._desk = desk
        self._public = public
        self._terms = terms
        self._depth = depth
        self._digests: dict[int, None] = {}

    # Placing --------------------------------------------------------------------------------------

    def place(self, session: Session, body: Fields) -> OrderRecord:
        """Take one order."""
        return self._take(session, *self._checked(session, body))

    def place_many(self, session: Session, bodies: Sequence[Fields]) -> list[OrderRecord | Refusal]:
        """Take some orders; one that is malformed or signed wrongly takes all others with it."""
        if not 1 <= len(bodies) <= BATCH_MAX:
            raise Refusal("BATCH_SIZE_OUT_OF_RANGE", f"a batch holds from 1 to {BATCH_MAX} orders")
        checked = [self._checked(session, body) for body in bodies]
        outcomes: list[OrderRecord | Refusal] = []
        for form, digest in checked:
            try:
                outcomes.append(self._take(session, form, digest))
            except Refusal as refusal:
                outcomes.append(refusal)
        return outcomes

    def _checked(self, session: Session, body: Fields) -> tuple[OrderForm, int]:
        form = read_order(body, self._world.rules)
        member = session.member
        if form.on_behalf_of not in ("", member.account):
            raise Refusal("ISOLATED_MARKET_ACCOUNT_MISMATCH")
        self._check_status(form.instruction)
        digest = order_hash(self._terms.chain_id, member.address, form.signed_fields)
        self._check_seal(member, form.sealed, digest)
        return form, digest

    def _take(self, session: Session, form: OrderForm, digest: int) -> OrderRecord:
        member = session.member
        if not self._world.tradable(form.contract_id):
            raise Refusal("MARKET_NOT_OPEN", f"market {form.contract_id} is not open")
        if form.client_id and self._desk.has_live(member.name, form.client_id):
            raise Refusal("DUPLICATED_CLIENT_ID", f"client id {form.client_id} is live")
        if len(self._desk.active(member.name, form.contract_id)) >= self._terms.max_open_orders:
            raise Refusal(VALIDATION, "there are too many open orders in the market")
        self._remember(digest)
        return self._desk.create(member, form, interactive=session.interactive)

    def _check_status(self, instruction: str) -> None:
        if self._public.status == CANCEL_ONLY:
            raise Refusal("SYSTEM_STATUS_CANCEL_ONLY")
        if self._public.status == POST_ONLY and instruction != "POST_ONLY":
            raise Refusal("SYSTEM_STATUS_POST_ONLY")

    def _check_seal(self, member: Member, sealed: Sealed, digest: int) -> None:
        now_ns = self._world.now_ns
        early = sealed.timestamp_ms * MS > now_ns + self._terms.timestamp_ahead_ns
        late = now_ns > (sealed.timestamp_ms + sealed.recv_window_ms) * MS
        if early or late:
            raise Refusal("INVALID_TIMESTAMP", f"timestamp {sealed.timestamp_ms} is out of range")
        keys = member.public_keys
        if not any(signed_by(key, digest, sealed.signature, self._depth) for key in keys):
            raise Refusal("INVALID_ORDER_SIGNATURE", "order signature verification failed")

    def _remember(self, digest: int) -> None:
        """Refuse a message that was taken before: its timestamp is what tells two apart."""
        if digest in self._digests:
            raise Refusal("INVALID_TIMESTAMP", "the same message was signed before")
        self._digests[digest] = None
        if len(self._digests) > DIGESTS_MAX:
            del self._digests[next(iter(self._digests))]

    # Changing -------------------------------------------------------------------------------------

    def modify(self, session: Session, order_id: str, body: Fields) -> OrderRecord:
        """Take a change of an order that keeps its id."""
        member = session.member
        record = self._desk.by_order_id(member.name, order_id)
        if body.required("id") != order_id:
            raise body.fault("id", "is not the order's")
        self._check_status(record.form.instruction)
        kind = self._modifiable(record, body)
        market = read_market(body, self._world.rules)
        wanted = Change(
            read_size(body, market, kind),
            read_price(body, market, kind),
            body.decimal("trigger_price"),
        )
        if wanted.trigger_price and not record.waits:
            raise body.fault("trigger_price", "has been reached")
        sealed = read_sealed(body)
        fields: list[Felt] = [
            sealed.timestamp_ms,
            market.contract_id,
            SIDE_CODES[record.form.side.name],
            kind,
            int(wanted.size * UNITS),
            int(wanted.price * UNITS),
            int(order_id),
        ]
        digest = modify_hash(self._terms.chain_id, member.address, fields)
        self._check_seal(member, sealed, digest)
        self._remember(digest)
        self._desk.change(record, wanted)
        return record

    def _modifiable(self, record: OrderRecord, body: Fields) -> str:
        """Return the type of an order that can be changed, and whose body repeats what it is."""
        form = record.form
        if record.status == CLOSED:
            raise Refusal("ORDER_IS_CLOSED", f"order {record.order_id} is closed")
        if record.status == NEW:
            raise Refusal("ORDER_IS_NOT_OPEN_YET", f"order {record.order_id} is not open yet")
        if form.kind != "LIMIT" and not is_protective(form.kind):
            raise Refusal(VALIDATION, f"{form.kind} orders cannot be modified")
        same = {"market": form.contract_id, "side": form.side.name, "type": form.kind}
        for name, value in same.items():
            if body.required(name) != value:
                raise body.fault(name, f"must be {value}")
        return form.kind

    # Cancelling -----------------------------------------------------------------------------------

    def cancel(self, session: Session, order_id: str) -> OrderRecord:
        """Queue the cancel of one order."""
        return self._cancel(self._desk.by_order_id(session.member.name, order_id))

    def cancel_by_client_id(
        self, session: Session, client_id: str, market: str | None
    ) -> OrderRecord:
        """Queue the cancel of the latest order of a client id."""
        return self._cancel(self._desk.by_client_id(session.member.name, client_id, market))

    def _cancel(self, record: OrderRecord) -> OrderRecord:
        if not record.active:
            raise Refusal("ORDER_IS_CLOSED", f"order {record.order_id} is closed")
        self._desk.cancel([record])
        return record

    def cancel_all(self, session: Session, market: str | None) -> None:
        """Queue the cancel of everything, or of everything in one market."""
        if market is not None:
            read_market(Fields({"market": market}), self._world.markets)
        self._desk.cancel(self._desk.active(session.member.name, market))

    def cancel_many(self, session: Session, body: Fields) -> list[Json]:
        """Queue the cancels of some orders and say of each what becomes of it."""
        ids, client_ids = body.texts("order_ids"), body.texts("client_order_ids")
        if not ids and not client_ids:
            raise body.fault("order_ids", "is empty")
        name = session.member.name
        rows: list[Json] = []
        for each in ids:
            rows.append(self._cancel_row(session, each, "", _found(self._desk, name, each)))
        for each in client_ids:
            found = _found(self._desk, name, each, by_client_id=True)
            rows.append(self._cancel_row(session, "", each, found))
        return rows

    def _cancel_row(
        self, session: Session, order_id: str, client_id: str, record: OrderRecord | None
    ) -> Words:
        status = "NOT_FOUND" if record is None else "ALREADY_CLOSED"
        if record is not None and record.active:
            status = "QUEUED_FOR_CANCELLATION"
            self._desk.cancel([record])
        return {
            "id": record.order_id if record else order_id,
            "client_id": record.form.client_id if record else client_id,
            "account": session.member.account,
            "market": record.form.contract_id if record else "",
            "status": status,
        }

    def cancel_numbers(self, name: str, numbers: Iterable[int]) -> None:
        """Cancel those of an account's orders that one connection placed."""
        chosen = set(numbers)
        self._desk.cancel([each for each in self._desk.active(name) if each.number in chosen])


def _found(
    desk: OrderDesk, name: str, text: str, *, by_client_id: bool = False
) -> OrderRecord | None:
    try:
        return desk.by_client_id(name, text) if by_client_id else desk.by_order_id(name, text)
    except Refusal:
        return None
