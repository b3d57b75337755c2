"""Positions, as Bybit words them: sizes without a sign, beside a side."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from exchange_clients.base_models import ZERO, ContractId, ExchangePositionSnapshot
from exchange_clients.bybit.client.utils.converters import pages
from exchange_clients.bybit.common import POSITION_SIDE, SETTLED_IN, SIDE, ask
from exchange_clients.events import Unreadable
from exchange_clients.shared.amounts import Optional, number
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.rows import flattened, read_rows

PAGE = 200
FLAT = ("", "None")


class Position(msgspec.Struct, rename="camel"):
    """A position in lists and in the stream, which names the entry price differently."""

    symbol: ContractId
    side: str
    size: Optional
    position_idx: int
    updated_time: str
    leverage: Optional = ""
    avg_price: Optional = ""
    entry_price: Optional = ""
    mark_price: Optional = ""
    liq_price: Optional = ""
    unrealised_pnl: Optional = ""
    # Spelt with two capitals, which no rule of renaming makes.
    position_im: str = msgspec.field(name="positionIM", default="")

    @property
    def quantity(self) -> Decimal:
        """Signed: long above zero. A flat one has no side; with a side the size must be told."""
        if self.side in FLAT and not number(self.size):
            return ZERO
        return SIDE[self.side].sign * Decimal(self.size)

    @property
    def entry(self) -> Decimal | None:
        """What it was entered at on average; None when flat."""
        return number(self.avg_price or self.entry_price) or None

    def snapshot(self, table: MarketTable) -> ExchangePositionSnapshot:
        """Return it as it is now."""
        return ExchangePositionSnapshot(
            symbol=table.of_contract(self.symbol).market.symbol,
            contract_id=self.symbol,
            quantity=self.quantity,
            entry_price=self.entry,
            mark_price=number(self.mark_price) or None,
            unrealized_pnl=number(self.unrealised_pnl),
            margin_used=number(self.position_im) or None,
            leverage=number(self.leverage) or None,
            liquidation_price=number(self.liq_price) or None,
            position_side=POSITION_SIDE[self.position_idx],
        )


class BybitPositions:
    """Positions of one account."""

    def __init__(self, table: MarketTable) -> None:
        self._table = table

    def all(self) -> Flow[Sequence[ExchangePositionSnapshot | Unreadable]]:
        """Return every open position of a perpetual; dated futures are not ours to speak of."""
        found: list[ExchangePositionSnapshot | Unreadable] = []
        for coin in SETTLED_IN:
            rows = yield from pages(ask("position/list", "account", settleCoin=coin, limit=PAGE))
            found += flattened(read_rows(rows, Position, self._snapshot, ("symbol",)))
        return found

    def _snapshot(self, row: Position) -> Sequence[ExchangePositionSnapshot]:
        dated = "-" in row.symbol
        return [row.snapshot(self._table)] if row.quantity and not dated else []
