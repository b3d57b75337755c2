"""The frames of OKX's streams as they are written."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import ContractId
from exchange_clients.events import (
    Event,
    LoginAccepted,
    LoginRefused,
    ServerClosing,
    SubscribeAck,
    SubscribeRefused,
)
from exchange_clients.okx.client.utils.converters import Fill
from exchange_clients.shared.amounts import Amount, Digits, Positive
from exchange_clients.shared.stream import PingRule, Topic, TopicKind

PING, PONG = PingRule("ping", every_s=20, silence_s=45), b"pong"


CHANNELS = MappingProxyType(
    {
        TopicKind.BOOK: ("books",),
        TopicKind.BEST: ("bbo-tbt",),
        TopicKind.TRADES: ("trades",),
        TopicKind.FUNDING: ("funding-rate",),
        TopicKind.LIQUIDATIONS: ("liquidation-orders",),
        TopicKind.ORDERS: ("orders",),
        TopicKind.FILLS: ("orders-algo", "algo-advance"),
        TopicKind.POSITIONS: ("positions",),
        TopicKind.BALANCES: ("account",),
    }
)
_KINDS = MappingProxyType({names[0]: kind for kind, names in CHANNELS.items()})
TOO_MANY = "channel-conn-count-error"
"""More connections than an account may have: this one was acknowledged, and hears nothing."""
CLOSING = "64008"
CLOSES_IN_S = 60.0


class Arg(msgspec.Struct, rename="camel", frozen=True):
    """What a frame is about."""

    channel: str = ""
    inst_id: str = ""


class Frame(msgspec.Struct, rename="camel", gc=False):
    """Any frame: data of a channel, or an answer to what was said, or to a call by its id."""

    id: str = ""
    arg: Arg = Arg()
    action: str = ""
    data: msgspec.Raw = msgspec.Raw()
    event: str = ""
    code: str = ""
    msg: str = ""


class Liquidated(msgspec.Struct, rename="camel"):
    """One forced order."""

    side: str
    bk_px: Positive
    sz: Positive
    ts: str


class Liquidation(msgspec.Struct, rename="camel"):
    """The forced orders of one market."""

    inst_id: ContractId
    details: list[Liquidated]


class Traded(Fill, rename="camel", kw_only=True):
    """What an order's row tells of its latest fill; the order's own fee is the sum of all."""

    trade_id: Digits
    fill_time: Digits
    fee: Amount = msgspec.field(name="fillFee")
    fee_ccy: str = msgspec.field(name="fillFeeCcy")
    ts: str = ""
    bill_id: str = ""
    category: str = ""


def control(message: Frame) -> Sequence[Event]:
    """Return what an answer tells of a login, of a topic or of the connection."""
    if message.event == "login":
        accepted = message.code == "0"
        return (LoginAccepted() if accepted else LoginRefused(message.code, message.msg),)
    if message.event == "subscribe":
        kind = _KINDS.get(message.arg.channel)
        contract_id = ContractId(message.arg.inst_id) if message.arg.inst_id else None
        return () if kind is None else (SubscribeAck(Topic(kind, contract_id).name),)
    if message.event == "notice":
        return (ServerClosing(CLOSES_IN_S),) if message.code == CLOSING else ()
    if message.event not in ("error", TOO_MANY):
        return ()
    if message.code.startswith("6000") or message.code in ("60011", "60024", "60032"):
        return (LoginRefused(message.code, message.msg),)
    return (SubscribeRefused(message.code, message.msg or message.event),)
