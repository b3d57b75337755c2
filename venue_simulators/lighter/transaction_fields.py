"""Transactions as clients spell them, read strictly, with the numbers of each that are hashed.

A field that is missing, of another type or out of its integer's range refuses the transaction, so
that no mistake of a client is read as a zero.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias

import msgspec

from venue_simulators.lighter import signatures
from venue_simulators.lighter.errors import Code, Refusal

_INTEGER_MAX = (1 << 63) - 1


class TxType(IntEnum):
    """The transactions that are simulated."""

    CREATE_ORDER = 14
    CANCEL_ORDER = 15
    CANCEL_ALL = 16
    MODIFY_ORDER = 17
    UPDATE_LEVERAGE = 20
    GROUPED_ORDERS = 28


class Attribute(IntEnum):
    """What may be attached to a transaction."""

    INTEGRATOR_ACCOUNT = 1
    INTEGRATOR_TAKER_FEE = 2
    INTEGRATOR_MAKER_FEE = 3
    SKIP_NONCE = 4
    CANCEL_ALL_MARKET = 5
    SELF_TRADE_BEHAVIOUR = 6
    SELF_TRADE_EQUALITY = 7
    ORDER_VERSION = 8


@dataclass(frozen=True, slots=True)
class OrderFields:
    """One order in the venue's integers: prices and amounts scaled, instants in ms."""

    market: int
    client_index: int
    base_amount: int
    price: int
    is_ask: int
    order_type: int
    time_in_force: int
    reduce_only: int
    trigger_price: int
    expiry_ms: int

    @property
    def numbers(self) -> tuple[int, ...]:
        """The ten fields in the order in which they are hashed."""
        return (
            self.market,
            self.client_index,
            self.base_amount,
            self.price,
            self.is_ask,
            self.order_type,
            self.time_in_force,
            self.reduce_only,
            self.trigger_price,
            self.expiry_ms,
        )


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """Type 14."""

    order: OrderFields

    @property
    def numbers(self) -> tuple[int, ...]:
        """What is hashed."""
        return self.order.numbers


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Type 15; ``index`` is the venue's number of the order or the client's."""

    market: int
    index: int

    @property
    def numbers(self) -> tuple[int, ...]:
        """What is hashed."""
        return (self.market, self.index)


@dataclass(frozen=True, slots=True)
class CancelAll:
    """Type 16: at once (0), at ``time_ms`` (1), or not any more (2)."""

    mode: int
    time_ms: int

    @property
    def numbers(self) -> tuple[int, ...]:
        """What is hashed."""
        return (self.mode, self.time_ms)


@dataclass(frozen=True, slots=True)
class ModifyOrder:
    """Type 17."""

    market: int
    index: int
    base_amount: int
    price: int
    trigger_price: int

    @property
    def numbers(self) -> tuple[int, ...]:
        """What is hashed."""
        return (self.market, self.index, self.base_amount, self.price, self.trigger_price)


@dataclass(frozen=True, slots=True)
class UpdateLeverage:
    """Type 20; the margin fraction in ten-thousandths, mode 0 cross and 1 isolated."""

    market: int
    fraction: int
    mode: int

    @property
    def numbers(self) -> tuple[int, ...]:
        """What is hashed."""
        return (self.market, self.fraction, self.mode)


@dataclass(frozen=True, slots=True)
class GroupedOrders:
    """Type 28: one triggers the other (1), one cancels the other (2), or both (3)."""

    grouping: int
    orders: tuple[OrderFields, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """What is hashed."""
        chain = signatures.order_chain([order.numbers for order in self.orders])
        return (self.grouping, *chain)


Body: TypeAlias = (
    CreateOrder | CancelOrder | CancelAll | ModifyOrder | UpdateLeverage | GroupedOrders
)


@dataclass(frozen=True, slots=True)
class Transaction:
    """What was sent, read."""

    tx_type: TxType
    account: int
    key: int
    nonce: int
    expired_at_ms: int
    signature: bytes
    attributes: Mapping[int, int]
    body: Body
    info: str
    """The JSON as it came."""

    @property
    def skips_nonce(self) -> bool:
        """Whether any larger nonce will do."""
        return self.attributes.get(Attribute.SKIP_NONCE) == 1

    def digest(self, chain_id: int) -> bytes:
        """Return the forty bytes that must be signed, which name the transaction."""
        head = (
            chain_id,
            self.tx_type,
            self.nonce,
            self.expired_at_ms,
            self.account,
            self.key,
        )
        return signatures.transaction_hash(head, self.body.numbers, self.attributes)


def read_transaction(tx_type: int, info: str) -> Transaction:
    """Read a transaction.

    Raises:
        Refusal: the type is not simulated, or the JSON is not what this type needs.
    """
    if tx_type not in list(TxType):
        raise Refusal(Code.INVALID_PARAMETER, f"tx_type {tx_type}")
    try:
        document = msgspec.json.decode(info)
    except msgspec.DecodeError as error:
        raise Refusal(Code.INVALID_PARAMETER, "tx_info is not JSON") from error
    if not isinstance(document, dict):
        raise Refusal(Code.INVALID_PARAMETER, "tx_info is not an object")
    fields = _Fields(document)
    kind = TxType(tx_type)
    return Transaction(
        kind,
        account=fields.number("AccountIndex"),
        key=fields.number("ApiKeyIndex"),
        nonce=fields.number("Nonce"),
        expired_at_ms=fields.number("ExpiredAt"),
        signature=_signature(document.get("Sig")),
        attributes=_attributes(document.get("L2TxAttributes")),
        body=_READERS[kind](fields),
        info=info,
    )


class _Fields:
    """The members of one JSON object."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def number(self, name: str) -> int:
        """Return an integer; minus one is read, because some fields refuse it themselves."""
        value = self._document.get(name)
        if type(value) is not int or not -1 <= value <= _INTEGER_MAX:
            raise Refusal(Code.INVALID_PARAMETER, name)
        return value

    def objects(self, name: str) -> Sequence[_Fields]:
        """Return a list of objects."""
        values = self._document.get(name)
        if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
            raise Refusal(Code.INVALID_PARAMETER, name)
        return [_Fields(value) for value in values]


def _order(fields: _Fields) -> OrderFields:
    return OrderFields(
        market=fields.number("MarketIndex"),
        client_index=fields.number("ClientOrderIndex"),
        base_amount=fields.number("BaseAmount"),
        price=fields.number("Price"),
        is_ask=fields.number("IsAsk"),
        order_type=fields.number("Type"),
        time_in_force=fields.number("TimeInForce"),
        reduce_only=fields.number("ReduceOnly"),
        trigger_price=fields.number("TriggerPrice"),
        expiry_ms=fields.number("OrderExpiry"),
    )


def _modify(fields: _Fields) -> ModifyOrder:
    return ModifyOrder(
        market=fields.number("MarketIndex"),
        index=fields.number("Index"),
        base_amount=fields.number("BaseAmount"),
        price=fields.number("Price"),
        trigger_price=fields.number("TriggerPrice"),
    )


def _leverage(fields: _Fields) -> UpdateLeverage:
    return UpdateLeverage(
        market=fields.number("MarketIndex"),
        fraction=fields.number("InitialMarginFraction"),
        mode=fields.number("MarginMode"),
    )


def _grouped(fields: _Fields) -> GroupedOrders:
    orders = tuple(_order(each) for each in fields.objects("Orders"))
    grouping = fields.number("GroupingType")
    if len(orders) != {1: 2, 2: 2, 3: 3}.get(grouping):
        raise Refusal(Code.INVALID_PARAMETER, "GroupingType")
    return GroupedOrders(grouping, orders)


_READERS: Mapping[TxType, Callable[[_Fields], Body]] = {
    TxType.CREATE_ORDER: lambda fields: CreateOrder(_order(fields)),
    TxType.CANCEL_ORDER: lambda fields: CancelOrder(
        fields.number("MarketIndex"), fields.number("Index")
    ),
    TxType.CANCEL_ALL: lambda fields: CancelAll(
        fields.number("TimeInForce"), fields.number("Time")
    ),
    TxType.MODIFY_ORDER: _modify,
    TxType.UPDATE_LEVERAGE: _leverage,
    TxType.GROUPED_ORDERS: _grouped,
}


def _signature(value: object) -> bytes:
    if not isinstance(value, str):
        raise Refusal(Code.INVALID_PARAMETER, "Sig")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(Code.INVALID_SIGNATURE) from error


def _attributes(value: object) -> dict[int, int]:
    if value is None:
        return {}
    known = {str(int(attribute)) for attribute in Attribute}
    if not isinstance(value, dict) or len(value) > 4:
        raise Refusal(Code.INVALID_PARAMETER, "L2TxAttributes")
    for name, number in value.items():
        if name not in known or type(number) is not int or number < 0:
            raise Refusal(Code.INVALID_PARAMETER, f"L2TxAttributes {name}")
    return {int(name): number for name, number in value.items()}
