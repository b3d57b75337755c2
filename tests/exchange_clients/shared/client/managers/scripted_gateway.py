"""A venue that answers as a test tells it, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    NewOrder,
    OrderInfo,
    OrderStatus,
    TradeId,
    VenueOrderId,
)
from exchange_clients.events import Unreadable
from exchange_clients.journal import IntentKind
from exchange_clients.shared.client.gateway import Lookup, NotYetKnown, Prepared

Send = Callable[[Prepared], Awaitable[OrderInfo]]


@dataclass
class ScriptedGateway:
    """Sends are answered by ``answers`` in turn, lookups by ``lookups``, the last one for ever."""

    answers: list[Send] = field(default_factory=list)
    lookups: list[Lookup | Exception] = field(default_factory=list)
    trades: list[Fill] = field(default_factory=list)
    sent: list[Prepared] = field(default_factory=list)
    found: list[ClientOrderId] = field(default_factory=list)
    fills_error: Exception | None = None
    fill_queries: list[tuple[ContractId, int, int]] = field(default_factory=list)

    def prepare_place(self, order: NewOrder) -> Prepared:
        return Prepared(
            IntentKind.PLACE, order.contract_id, order.client_order_id, order, None, "hash"
        )

    def prepare_cancel(self, order: OrderInfo) -> Prepared:
        assert order.client_order_id is not None
        return Prepared(IntentKind.CANCEL, order.contract_id, order.client_order_id, None, order)

    def prepare_amend(
        self, order: OrderInfo, *, price: Decimal | None, size: Decimal | None
    ) -> Prepared:
        assert order.client_order_id is not None
        changed = replace(order, price=price or order.price, size=size or order.size)
        return Prepared(IntentKind.AMEND, order.contract_id, order.client_order_id, None, changed)

    async def send(self, prepared: Prepared) -> OrderInfo:
        self.sent.append(prepared)
        return await self.answers.pop(0)(prepared)

    async def find(self, client_order_id: ClientOrderId, contract_id: ContractId) -> Lookup:
        self.found.append(client_order_id)
        if not self.lookups:
            return NotYetKnown()
        answer = self.lookups.pop(0) if len(self.lookups) > 1 else self.lookups[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def active(self, contract_id: ContractId) -> Sequence[OrderInfo]:
        return []

    async def fills(
        self, contract_id: ContractId, start_ns: int, end_ns: int
    ) -> Sequence[Fill | Unreadable]:
        self.fill_queries.append((contract_id, start_ns, end_ns))
        if self.fills_error is not None:
            raise self.fills_error
        return [
            fill
            for fill in self.trades
            if fill.contract_id == contract_id and start_ns <= fill.venue_ns < end_ns
        ]


def shown(
    order: NewOrder, status: OrderStatus, filled: str = "0", average: str | None = None
) -> OrderInfo:
    """Return an order as the venue shows it."""
    return OrderInfo(
        order_id=VenueOrderId(f"v-{order.client_order_id}"),
        client_order_id=order.client_order_id,
        contract_id=order.contract_id,
        side=order.side,
        size=order.size,
        price=order.price,
        status=status,
        filled_size=Decimal(filled),
        average_price=None if average is None else Decimal(average),
    )


def traded(order: NewOrder, trade_id: str, size: str, venue_ns: int = 0) -> Fill:
    """Return a fill of an order at its price."""
    assert order.price is not None
    return Fill(
        trade_id=TradeId(trade_id),
        order_id=VenueOrderId(f"v-{order.client_order_id}"),
        client_order_id=order.client_order_id,
        contract_id=order.contract_id,
        side=order.side,
        price=order.price,
        size=Decimal(size),
        fee=Decimal(0),
        fee_asset="USDC",
        liquidity=Liquidity.MAKER,
        venue_ns=venue_ns,
    )
