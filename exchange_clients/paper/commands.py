"""What a trader can tell the paper venue, and the text under which a journal keeps it.

A command carries its number and the instant it arrives. Both are drawn before it is journalled, so
that the journal's intents, in any order of reading, are the commands the venue accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import msgspec

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    NewOrder,
    OrderInfo,
    OrderStatus,
    Reason,
    VenueOrderId,
)
from exchange_clients.errors import (
    InsufficientMargin,
    InvalidOrder,
    MarketUnavailable,
    OrderNotFound,
    PostOnlyWouldCross,
    ReduceOnlyRejected,
    VenueRejected,
)
from exchange_clients.journal import IntentKind, JournalError


class Command(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request of one account; which fields are set follows from ``kind``."""

    number: int
    arrives_ns: int
    kind: IntentKind
    account: str
    contract_id: ContractId | None = None
    """None for CANCEL_ALL of every contract."""
    client_order_id: ClientOrderId = ClientOrderId("")
    order: NewOrder | None = None
    price: Decimal | None = None
    size: Decimal | None = None
    leverage: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CommandReply:
    """The answer to one command; ``reason`` is set when it was refused."""

    number: int
    info: OrderInfo | None = None
    reason: Reason | None = None
    message: str = ""
    leverage: Decimal | None = None


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Command)
_ERRORS: dict[Reason, type[VenueRejected]] = {
    error.reason: error
    for error in (
        InsufficientMargin,
        InvalidOrder,
        MarketUnavailable,
        OrderNotFound,
        PostOnlyWouldCross,
        ReduceOnlyRejected,
    )
}


def encode(command: Command) -> str:
    """Return a command as compact JSON."""
    return _ENCODER.encode(command).decode()


def decode(text: str) -> Command:
    """Read a command back.

    Raises:
        JournalError: the text is not a command of the paper venue.
    """
    try:
        return _DECODER.decode(text)
    except msgspec.MsgspecError as error:
        raise JournalError(
            f"the journal's reference {text[:80]!r} is not a paper command ({error}): "
            "start with a new state folder, or restore the journal from a copy"
        ) from error


def acknowledgement(command: Command, known: OrderInfo | None) -> CommandReply:
    """Return the answer that only says that a command was received.

    Args:
        command: What was received.
        known: The order as it was then, where the command names one.
    """
    order = command.order
    if order is not None:
        known = OrderInfo(
            order_id=VenueOrderId(""),
            client_order_id=order.client_order_id,
            contract_id=order.contract_id,
            side=order.side,
            size=order.size,
            price=order.price,
            status=OrderStatus.PENDING,
            order_type=order.order_type,
            reduce_only=order.reduce_only,
        )
    if known is None:
        return CommandReply(command.number)
    # Without a time, the acknowledgement is older than every report of the order.
    return CommandReply(command.number, replace(known, status=OrderStatus.PENDING, updated_ns=None))


def refusal(reply: CommandReply) -> VenueRejected:
    """Return the error that a refused command raises."""
    assert reply.reason is not None, "only a refusal is an error"
    error = _ERRORS.get(reply.reason, VenueRejected)
    return error(reply.message or reply.reason.value, reason=reply.reason)
