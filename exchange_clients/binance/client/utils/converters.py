"""How Binance writes orders that wait for a trigger, in answers and in frames."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    OrderInfo,
    OrderStatus,
    Reason,
    VenueOrderId,
)
from exchange_clients.binance.common import ALGO, ALGO_STATUS
from exchange_clients.shared.amounts import Unsigned
from exchange_clients.shared.dialects.fapi.converters import Number
from exchange_clients.shared.dialects.fapi.dialect import ORDER_TYPE, SIDE
from exchange_clients.shared.instants import MS

ALGO_IDS = ("algoId", "clientAlgoId")


class Algo(msgspec.Struct, rename="camel"):
    """A waiting order in any answer."""

    algo_id: Number
    client_algo_id: str
    order_type: str
    symbol: ContractId
    side: str
    quantity: Unsigned
    algo_status: str
    price: Unsigned
    create_time: Number
    update_time: Number
    reduce_only: bool = False
    actual_order_id: str | int | None = None
    """The order that it set off; empty or 0 before."""

    @property
    def child(self) -> str:
        """The order that it set off, empty where it has not."""
        number = str(self.actual_order_id or "")
        return "" if number == "0" else number

    def info(self) -> OrderInfo:
        """Return what it says. Once it has set an order off, it goes by that order's number."""
        kind, status = ORDER_TYPE[self.order_type], ALGO_STATUS[self.algo_status]
        return OrderInfo(
            order_id=VenueOrderId(self.child or f"{ALGO}{self.algo_id}"),
            client_order_id=ClientOrderId(self.client_algo_id) if self.client_algo_id else None,
            contract_id=self.symbol,
            side=SIDE[self.side],
            size=Decimal(self.quantity),
            price=Decimal(self.price) if kind.priced else None,
            status=status,
            order_type=kind,
            reduce_only=self.reduce_only,
            reason=Reason.OTHER if status is OrderStatus.REJECTED else None,
            created_ns=self.create_time * MS,
            updated_ns=self.update_time * MS,
        )


class AlgoUpdate(msgspec.Struct):
    """A waiting order after an event."""

    caid: str
    aid: Number
    o: str
    s: ContractId
    S: str
    q: Unsigned
    X: str
    p: Unsigned
    R: bool
    ai: str = ""

    def info(self, event_ms: int) -> OrderInfo:
        """Return the order as an answer would show it, as of the event."""
        algo = Algo(
            algo_id=self.aid,
            client_algo_id=self.caid,
            order_type=self.o,
            symbol=self.s,
            side=self.S,
            quantity=self.q,
            algo_status=self.X,
            price=self.p,
            create_time=event_ms,
            update_time=event_ms,
            reduce_only=self.R,
            actual_order_id=self.ai,
        )
        return replace(algo.info(), created_ns=None)
