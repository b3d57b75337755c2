"""How the dialect writes orders, fills and positions, and how its lists are read to the end.

Money is text in plain notation and is read as nothing else; what only describes may be absent.
"""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, TypeVar

import msgspec

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    OrderInfo,
    OrderStatus,
    Reason,
    TradeId,
    VenueOrderId,
)
from exchange_clients.shared.amounts import Amount, Positive, Unsigned
from exchange_clients.shared.dialects.fapi.dialect import ORDER_TYPE, SIDE, STATUS
from exchange_clients.shared.instants import MS

Number = Annotated[int, msgspec.Meta(gt=0)]
"""An id, or an instant in milliseconds."""
ROWS = msgspec.json.Decoder(list[msgspec.Raw])
SPAN_NS = 7 * 86_400_000 * MS - MS
"""For how long an account's history may be asked at once; the last millisecond counts as well."""
ORDER_IDS = ("orderId", "clientOrderId")

T = TypeVar("T")
R = TypeVar("R", bound=msgspec.Struct)

_EXPIRED = MappingProxyType(
    {
        "GTX": Reason.POST_ONLY_WOULD_CROSS,
        "FOK": Reason.NOT_FILLED_IN_FULL,
        "IOC": Reason.NO_LIQUIDITY,
    }
)
"""Why an order expired, by its time in force; market orders find nobody to trade with."""


class Order(msgspec.Struct, rename="camel"):
    """An order in any answer; ``update_time`` is the newest instant that it tells of."""

    order_id: Number
    client_order_id: str
    symbol: ContractId
    status: str
    side: str
    type: str
    price: Unsigned
    orig_qty: Unsigned
    executed_qty: Unsigned
    update_time: Number
    reduce_only: bool = False
    time_in_force: str = "GTC"
    avg_price: Unsigned = "0"
    orig_type: str = ""
    """What it was before its trigger made a plain order of it."""
    time: int | None = None

    def info(self) -> OrderInfo:
        """Return what it says."""
        kind = ORDER_TYPE[self.orig_type or self.type]
        status, filled = STATUS[self.status], Decimal(self.executed_qty)
        expired = status is OrderStatus.EXPIRED and not filled
        return OrderInfo(
            order_id=VenueOrderId(str(self.order_id)),
            client_order_id=ClientOrderId(self.client_order_id) if self.client_order_id else None,
            contract_id=self.symbol,
            side=SIDE[self.side],
            size=Decimal(self.orig_qty),
            price=Decimal(self.price) if kind.priced else None,
            status=status,
            filled_size=filled,
            average_price=Decimal(self.avg_price) or None,
            order_type=kind,
            reduce_only=self.reduce_only,
            reason=_EXPIRED.get(self.time_in_force, Reason.NO_LIQUIDITY) if expired else None,
            created_ns=None if self.time is None else self.time * MS,
            updated_ns=self.update_time * MS,
        )


class Trade(msgspec.Struct, rename="camel"):
    """A trade of ours; what was paid is above zero."""

    id: Number
    order_id: Number
    symbol: ContractId
    side: str
    price: Positive
    qty: Positive
    commission: Amount
    commission_asset: str
    maker: bool
    time: Number
    client_order_id: str = ""
    """Of streams alone."""

    def fill(self) -> Fill:
        """Return what it says."""
        return Fill(
            trade_id=TradeId(str(self.id)),
            order_id=VenueOrderId(str(self.order_id)),
            client_order_id=ClientOrderId(self.client_order_id) if self.client_order_id else None,
            contract_id=self.symbol,
            side=SIDE[self.side],
            price=Decimal(self.price),
            size=Decimal(self.qty),
            fee=Decimal(self.commission),
            fee_asset=self.commission_asset,
            liquidity=Liquidity.MAKER if self.maker else Liquidity.TAKER,
            venue_ns=self.time * MS,
        )


def listed(body: bytes) -> list[msgspec.Raw]:
    """Return the rows of an answer that is a list, or one row alone where one was asked for."""
    return ROWS.decode(body) if body.startswith(b"[") else [msgspec.Raw(body)]
