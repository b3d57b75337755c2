"""How the journal's values become rows and back: exact, Decimals as text, words as themselves."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    PositionSide,
    Reason,
    Side,
    TimeInForce,
    TradeId,
    VenueOrderId,
)
from exchange_clients.events import FundingPayment
from exchange_clients.journal import IntentKind, OrderIntent

Cell = str | int | None


@dataclass(frozen=True, slots=True)
class EquitySnapshot:
    """What an account was worth at an instant (epoch ns), USD; None is what was not known."""

    venue: str
    at_ns: int
    cash: Decimal | None
    """As the venue told it."""
    equity: Decimal | None
    """By our own books: with the open position at the latest price."""


def intent_to_row(intent: OrderIntent, number: int) -> tuple[Cell, ...]:
    """Return the cells of an intent, in the order of the table's columns.

    Args:
        intent: What is about to be sent.
        number: How many order numbers were given out.
    """
    order = intent.order
    head = (
        intent.venue,
        intent.kind.value,
        intent.contract_id,
        intent.client_order_id,
        intent.at_ns,
        intent.reference,
    )
    if order is None:
        return (*head, *(None,) * 10, number, None, None, None)
    return (
        *head,
        order.client_order_id,
        order.contract_id,
        order.side.value,
        str(order.size),
        _text(order.price),
        order.order_type.value,
        order.time_in_force.value,
        int(order.reduce_only),
        _text(order.trigger_price),
        _text(order.trailing_fraction),
        number,
        None if order.position_side is None else order.position_side.value,
        _text(order.take_profit_price),
        _text(order.stop_loss_price),
    )


def intent_from_row(row: sqlite3.Row) -> OrderIntent:
    """Return the intent of a row."""
    order = None
    if row["side"] is not None:
        order = NewOrder(
            client_order_id=ClientOrderId(row["order_client_order_id"]),
            contract_id=ContractId(row["order_contract_id"]),
            side=Side(row["side"]),
            size=Decimal(row["size"]),
            price=_decimal(row["price"]),
            order_type=OrderType(row["order_type"]),
            time_in_force=TimeInForce(row["time_in_force"]),
            reduce_only=bool(row["reduce_only"]),
            trigger_price=_decimal(row["trigger_price"]),
            trailing_fraction=_decimal(row["trailing_fraction"]),
            position_side=None if (held := row["position_side"]) is None else PositionSide(held),
            take_profit_price=_decimal(row["take_profit_price"]),
            stop_loss_price=_decimal(row["stop_loss_price"]),
        )
    return OrderIntent(
        venue=row["venue"],
        kind=IntentKind(row["kind"]),
        contract_id=ContractId(row["contract_id"]),
        client_order_id=ClientOrderId(row["client_order_id"]),
        order=order,
        at_ns=row["at_ns"],
        reference=row["reference"],
    )


def info_to_row(info: OrderInfo) -> tuple[Cell, ...]:
    """Return the cells of an order's state, in the order of the table's columns."""
    return (
        info.client_order_id,
        info.order_id,
        info.contract_id,
        info.side.value,
        str(info.size),
        _text(info.price),
        info.status.value,
        str(info.filled_size),
        _text(info.average_price),
        info.order_type.value,
        int(info.reduce_only),
        None if info.reason is None else info.reason.value,
        info.created_ns,
        info.updated_ns,
    )


def info_from_row(row: sqlite3.Row) -> OrderInfo:
    """Return the order's state of a row."""
    return OrderInfo(
        order_id=VenueOrderId(row["order_id"]),
        client_order_id=ClientOrderId(row["client_order_id"]),
        contract_id=ContractId(row["contract_id"]),
        side=Side(row["side"]),
        size=Decimal(row["size"]),
        price=_decimal(row["price"]),
        status=OrderStatus(row["status"]),
        filled_size=Decimal(row["filled_size"]),
        average_price=_decimal(row["average_price"]),
        order_type=OrderType(row["order_type"]),
        reduce_only=bool(row["reduce_only"]),
        reason=None if row["reason"] is None else Reason(row["reason"]),
        created_ns=row["created_ns"],
        updated_ns=row["updated_ns"],
    )


def fill_to_row(fill: Fill) -> tuple[Cell, ...]:
    """Return the cells of a fill, in the order of the table's columns."""
    return (
        fill.trade_id,
        fill.order_id,
        fill.client_order_id,
        fill.contract_id,
        fill.side.value,
        str(fill.price),
        str(fill.size),
        str(fill.fee),
        fill.fee_asset,
        fill.liquidity.value,
        fill.venue_ns,
        int(fill.replayed),
    )


def fill_from_row(row: sqlite3.Row) -> Fill:
    """Return the fill of a row."""
    client_order_id = row["client_order_id"]
    return Fill(
        trade_id=TradeId(row["trade_id"]),
        order_id=VenueOrderId(row["order_id"]),
        client_order_id=None if client_order_id is None else ClientOrderId(client_order_id),
        contract_id=ContractId(row["contract_id"]),
        side=Side(row["side"]),
        price=Decimal(row["price"]),
        size=Decimal(row["size"]),
        fee=Decimal(row["fee"]),
        fee_asset=row["fee_asset"],
        liquidity=Liquidity(row["liquidity"]),
        venue_ns=row["venue_ns"],
        replayed=bool(row["replayed"]),
    )


def payment_to_row(payment: FundingPayment) -> tuple[Cell, ...]:
    """Return the cells of a funding payment, in the order of the table's columns."""
    return (
        payment.payment_id,
        payment.contract_id,
        str(payment.amount),
        payment.asset,
        _text(payment.rate),
        _text(payment.quantity),
        payment.venue_ns,
    )


def equity_to_row(snapshot: EquitySnapshot) -> tuple[Cell, ...]:
    """Return the cells of what an account was worth, in the order of the table's columns."""
    return snapshot.venue, snapshot.at_ns, _text(snapshot.cash), _text(snapshot.equity)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
