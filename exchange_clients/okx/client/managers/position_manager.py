"""Positions, as OKX words them: contracts, signed in net mode, beside a side in the other."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from exchange_clients.base_models import ContractId, ExchangePositionSnapshot, PositionSide
from exchange_clients.events import Unreadable
from exchange_clients.okx.client.utils.converters import RAW
from exchange_clients.okx.common import POSITION_SIDE, SWAP, ask, contract_size
from exchange_clients.shared.amounts import Optional, number
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.rows import flattened, read_rows


class Position(msgspec.Struct, rename="camel"):
    """A position in the list and in the stream."""

    inst_id: ContractId
    pos_side: str
    pos: Optional
    u_time: str
    avg_px: Optional = ""
    mark_px: Optional = ""
    liq_px: Optional = ""
    lever: Optional = ""
    imr: Optional = ""
    margin: Optional = ""
    upl: Optional = ""

    @property
    def side(self) -> PositionSide | None:
        """Which of two positions it is; None in net mode."""
        return POSITION_SIDE[self.pos_side]

    def quantity(self, table: MarketTable) -> Decimal:
        """Return the signed base units: long above zero."""
        held = number(self.pos) * contract_size(table, self.inst_id)
        return -held if self.side is PositionSide.SHORT else held

    def snapshot(self, table: MarketTable) -> ExchangePositionSnapshot:
        """Return it as it is now."""
        return ExchangePositionSnapshot(
            symbol=table.of_contract(self.inst_id).market.symbol,
            contract_id=self.inst_id,
            quantity=self.quantity(table),
            entry_price=number(self.avg_px) or None,
            mark_price=number(self.mark_px) or None,
            unrealized_pnl=number(self.upl),
            margin_used=number(self.imr) or number(self.margin) or None,
            leverage=number(self.lever) or None,
            liquidation_price=number(self.liq_px) or None,
            position_side=self.side,
        )


class OkxPositions:
    """Positions of one account."""

    def __init__(self, table: MarketTable) -> None:
        self._table = table

    def all(self) -> Flow[Sequence[ExchangePositionSnapshot | Unreadable]]:
        """Return every open position in linear swaps; inverse ones are not ours to speak of."""
        answer = yield ask("account/positions", "account", instType=SWAP)
        rows = RAW.decode(answer.body).data
        return flattened(read_rows(rows, Position, self._snapshot, ("instId",)))

    def _snapshot(self, row: Position) -> Sequence[ExchangePositionSnapshot]:
        inverse = row.inst_id.endswith(f"-USD-{SWAP}")
        return [row.snapshot(self._table)] if number(row.pos) and not inverse else []
