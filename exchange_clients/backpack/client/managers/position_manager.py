"""Positions, as Backpack words them: one per contract, signed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from exchange_clients.backpack.client.utils.converters import ROWS
from exchange_clients.base_models import ContractId, ExchangePositionSnapshot
from exchange_clients.events import Unreadable
from exchange_clients.shared.amounts import Amount, Positive
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.rows import read_rows


class _Position(msgspec.Struct, rename="camel"):
    symbol: ContractId
    net_quantity: Amount
    """Signed; ``netExposureQuantity`` is not, and counts open orders too."""
    entry_price: Positive
    mark_price: Positive
    pnl_unrealized: Amount
    cumulative_funding_payment: Amount


class BackpackPositions:
    """Positions of one account."""

    def __init__(self, table: MarketTable) -> None:
        self._table = table

    def all(self) -> Flow[Sequence[ExchangePositionSnapshot | Unreadable]]:
        """Return open positions; asked without a symbol, the venue tells no liquidation price."""
        answer = yield Request(Method.GET, "/api/v1/position", {"marketType": "PERP"}, private=True)
        rows = read_rows(ROWS.decode(answer.body), _Position, self._snapshot, ("symbol",))
        return [row for row in rows if isinstance(row, Unreadable) or row.quantity]

    def _snapshot(self, row: _Position) -> ExchangePositionSnapshot:
        market = self._table.of_contract(row.symbol).market
        return ExchangePositionSnapshot(
            symbol=market.symbol,
            contract_id=market.contract_id,
            quantity=Decimal(row.net_quantity),
            entry_price=Decimal(row.entry_price),
            mark_price=Decimal(row.mark_price),
            unrealized_pnl=Decimal(row.pnl_unrealized),
            cumulative_funding=Decimal(row.cumulative_funding_payment),
        )
