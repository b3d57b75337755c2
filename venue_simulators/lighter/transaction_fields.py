"""Transactions as clients spell them, read strictly.

A field that is missing, of another type or out of its integer's range refuses the transaction, so
that no mistake of a client is read as a zero.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from venue_simulators.lighter.errors import Code, Refusal
from venue_simulators.lighter.transaction_bodies import (
    Attribute,
    Body,
    CancelAll,
    CancelOrder,
    CreateOrder,
    GroupedOrders,
    ModifyOrder,
    OrderFields,
    Transaction,
    TxType,
    UpdateLeverage,
)

_INTEGER_MAX = (1 << 63) - 1


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
