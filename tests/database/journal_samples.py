"""Records with every field set, and a journal to put them in."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from database.journal import Durability, SqliteJournal
from database.lease import Holder
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
from exchange_clients.journal import IntentKind, OrderIntent

HOLDER = Holder(pid=1, host="test", command="pytest", since_ns=0)
BTC = ContractId("BTC-PERP")


def open_journal(path: Path, durability: Durability = Durability.PROCESS) -> SqliteJournal:
    return SqliteJournal(path, durability=durability, holder=HOLDER)


def an_intent(number: int = 1, at_ns: int = 10) -> OrderIntent:
    client_order_id = ClientOrderId(f"c{number}")
    order = NewOrder(
        client_order_id=client_order_id,
        contract_id=BTC,
        side=Side.SELL,
        size=Decimal("0.00273"),
        price=Decimal("62005.0"),
        order_type=OrderType.TAKE_PROFIT,
        time_in_force=TimeInForce.GTX,
        reduce_only=True,
        trigger_price=Decimal("1E-7"),
        trailing_fraction=Decimal("0.010"),
        position_side=PositionSide.SHORT,
        take_profit_price=Decimal("61000.5"),
        stop_loss_price=Decimal("63000.0"),
    )
    return OrderIntent(
        "paper", IntentKind.PLACE, BTC, client_order_id, order, at_ns, reference="0xabc"
    )


def an_info(number: int = 1) -> OrderInfo:
    return OrderInfo(
        order_id=VenueOrderId(f"v{number}"),
        client_order_id=ClientOrderId(f"c{number}"),
        contract_id=BTC,
        side=Side.SELL,
        size=Decimal("0.00273"),
        price=None,
        status=OrderStatus.CANCELED,
        filled_size=Decimal("0.00100"),
        average_price=Decimal("62005.123456789"),
        order_type=OrderType.MARKET,
        reduce_only=True,
        reason=Reason.USER_CANCELED,
        created_ns=5,
        updated_ns=None,
    )


def a_fill(number: int = 1, venue_ns: int = 20) -> Fill:
    return Fill(
        trade_id=TradeId(f"t{number}"),
        order_id=VenueOrderId("v1"),
        client_order_id=ClientOrderId("c1"),
        contract_id=BTC,
        side=Side.SELL,
        price=Decimal("62005.0"),
        size=Decimal("0.001"),
        fee=Decimal("-0.0310025"),
        fee_asset="USDC",
        liquidity=Liquidity.MAKER,
        venue_ns=venue_ns,
        replayed=True,
    )
