"""One order as Paradex tells of it, from its acknowledgement to its end.

REST and the streams number the states of an order independently of each other; numbers ascend and
are not sequential.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import ZERO, OrderInfo, OrderStatus, VenueOrderId
from venue_simulators.paradex import sbe
from venue_simulators.paradex.errors import cancel_reason
from venue_simulators.paradex.order_form import OrderForm
from venue_simulators.paradex.sbe import scaled
from venue_simulators.paradex.terms import MS, US
from venue_simulators.paradex.wording import Json, Words, number, optional

NEW, UNTRIGGERED, OPEN, CLOSED = "NEW", "UNTRIGGERED", "OPEN", "CLOSED"
TEXT_VERSION = 2


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """How far a change of the order has come."""

    request_id: str
    status: str
    message: str = ""

    def words(self) -> Words:
        """Return the request as an order tells of it."""
        return {
            "id": self.request_id,
            "request_type": "MODIFY_ORDER",
            "status": self.status,
            "message": self.message,
        }


@dataclass(slots=True, eq=False)
class OrderRecord:
    """One order of one account; size and prices are the latest that were agreed on."""

    number: int
    order_id: str
    name: str
    """The account's, in the world."""
    address: int
    form: OrderForm
    created_ns: int
    interactive: bool
    status: str = NEW
    size: Decimal = ZERO
    remaining: Decimal = ZERO
    price: Decimal = ZERO
    trigger_price: Decimal | None = None
    average: Decimal | None = None
    reason: str = ""
    triggered: bool = False
    updated_ns: int = 0
    moves: int = 0
    """How many states of any order were told before, this one included."""
    request: ChangeRequest | None = None
    world_id: VenueOrderId | None = None
    """The world's number, once it has been judged."""
    retired: list[VenueOrderId] = field(default_factory=list)
    """World's numbers under which it stood before a new trigger price."""

    def __post_init__(self) -> None:
        self.size = self.remaining = self.form.size
        self.price = self.form.price
        self.trigger_price = self.form.trigger_price
        self.updated_ns = self.created_ns

    @property
    def active(self) -> bool:
        """Whether the order can still trade."""
        return self.status != CLOSED

    @property
    def waits(self) -> bool:
        """Whether the order is held back by its trigger."""
        return self.form.conditional and not self.triggered

    def take(self, info: OrderInfo, *, changed: bool = False) -> bool:
        """Take in the world's report; False where it says nothing new.

        Args:
            info: The report.
            changed: Whether it answers a change of ours.
        """
        before = (self.status, self.size, self.remaining, self.price, self.reason)
        if self.world_id is None:
            self.world_id = info.order_id
        elif not changed:
            # What is told of a waiting order once it was taken in is told of its trigger.
            self.triggered = True
        self.size = info.size
        if info.price is not None and self.form.priced:
            self.price = info.price
        self.remaining = info.size - info.filled_size
        self.average = info.average_price
        if info.status.terminal:
            self.status = CLOSED
            filled = info.status is OrderStatus.FILLED
            self.reason = self.reason or ("" if filled else cancel_reason(info.reason))
        else:
            self.status = UNTRIGGERED if self.waits else OPEN
        if self.status == OPEN and not self.form.rests:
            # What cannot rest is never shown open: it is new until it has ended.
            self.status = NEW
            return False
        return before != (self.status, self.size, self.remaining, self.price, self.reason)

    def words(self, *, streamed: bool = False) -> Words:
        """Return the order as it is; ``streamed`` numbers it as the streams do."""
        form = self.form
        flags: list[Json] = [*form.flags, *(["INTERACTIVE"] if self.interactive else [])]
        return {
            "id": self.order_id,
            "account": f"{self.address:#x}",
            "market": form.contract_id,
            "side": form.side.name,
            "type": form.kind,
            "size": number(self.size),
            "remaining_size": number(self.remaining),
            "price": number(self.price),
            "status": self.status,
            "instruction": form.instruction,
            "flags": flags,
            "client_id": form.client_id,
            "cancel_reason": self.reason,
            "avg_fill_price": optional(self.average),
            "created_at": self.created_ns // MS,
            "last_updated_at": self.updated_ns // MS,
            "received_at": self.created_ns // MS,
            "published_at": self.updated_ns // MS,
            "seq_no": self.stream_seq if streamed else self.rest_seq,
            "stp": form.stp,
            "timestamp": form.sealed.timestamp_ms,
            "trigger_price": optional(self.trigger_price),
            "request_info": self.request.words() if self.request else None,
        }

    @property
    def rest_seq(self) -> int:
        """The number of the state as REST tells it."""
        return 1_000_000 + 7 * self.moves

    @property
    def stream_seq(self) -> int:
        """The number of the state as the streams tell it."""
        return 3 * self.moves

    def frame(self, version: int) -> bytes:
        """Return the order as a binary frame."""
        form, request = self.form, self.request
        flags = sbe.REDUCE_ONLY_BIT * form.reduce_only + sbe.INTERACTIVE_BIT * self.interactive
        updated_us = self.updated_ns // US
        block = struct.pack(
            "<qqBBBBqqqqqqq32sqqBB",
            updated_us,
            self.stream_seq,
            sbe.ORDER_STATUSES[self.status],
            sbe.SIDES[form.side.name],
            sbe.ORDER_TYPES[form.kind],
            sbe.INSTRUCTIONS[form.instruction],
            scaled(self.price),
            scaled(self.trigger_price),
            scaled(self.size),
            scaled(self.remaining),
            scaled(self.average),
            self.created_ns // US,
            updated_us,
            sbe.account_bytes(self.address),
            self.created_ns // US,
            updated_us,
            sbe.SELF_TRADES[form.stp],
            flags,
        )
        texts = [self.order_id, form.client_id, str(form.contract_id), self.reason]
        if version >= TEXT_VERSION:
            status = sbe.REQUEST_STATUSES[request.status] if request else 0
            block += struct.pack("<BB", status, sbe.MODIFY_REQUEST if request else 0)
            texts += [request.request_id, request.message] if request else ["", ""]
        return sbe.frame(sbe.ORDER, version, block, texts)
