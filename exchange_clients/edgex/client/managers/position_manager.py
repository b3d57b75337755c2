"""Positions, as edgeX words them; a closed one stays in the list with a size of zero."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias

import msgspec

from exchange_clients.base_models import (
    ContractId,
    ExchangePositionSnapshot,
    Symbol,
)
from exchange_clients.edgex.client.utils.converters import Answer, Whole, told
from exchange_clients.edgex.common import query
from exchange_clients.events import Unreadable
from exchange_clients.shared.amounts import Amount
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.rows import read_rows


class Position(msgspec.Struct, rename="camel"):
    """A position in the account and in the stream; a short has a negative size and value."""

    contract_id: Whole
    open_size: Amount
    open_value: Amount
    funding_fee: object = None
    updated_time: Whole = 0

    @property
    def entry_price(self) -> Decimal | None:
        """What one unit was opened at on average; None of a position that is closed."""
        size = Decimal(self.open_size)
        return abs(Decimal(self.open_value) / size) if size else None


Worth: TypeAlias = dict[str, object]
"""What a position is worth, in two spellings; nothing in it decides about orders."""


class _Account(msgspec.Struct, rename="camel"):
    position_list: list[msgspec.Raw]
    position_asset_list: list[Worth] = []


class EdgexPositions:
    """Positions of one account."""

    def __init__(self, table: MarketTable, account_id: str) -> None:
        self._table = table
        self._account = account_id

    def all(self) -> Flow[Sequence[ExchangePositionSnapshot | Unreadable]]:
        """Return every open position."""
        answer = yield query("account/getAccountAsset", self._account, {})
        account = msgspec.json.decode(answer.body, type=Answer[_Account]).data
        worth = {str(row.get("contractId")): row for row in account.position_asset_list}
        positions = read_rows(
            account.position_list,
            Position,
            lambda row: self._snapshot(row, worth.get(str(row.contract_id), {})),
            ("contractId",),
        )
        return [each for each in positions if isinstance(each, Unreadable) or each.quantity]

    def _snapshot(self, row: Position, worth: Worth) -> ExchangePositionSnapshot:
        contract_id, quantity = ContractId(str(row.contract_id)), Decimal(row.open_size)
        listing = self._table.get(contract_id)
        value = told(worth.get("positionValue"))
        return ExchangePositionSnapshot(
            symbol=Symbol(contract_id) if listing is None else listing.market.symbol,
            contract_id=contract_id,
            quantity=quantity,
            entry_price=row.entry_price,
            mark_price=value / quantity if value and quantity else None,
            unrealized_pnl=profit_of(worth),
            cumulative_funding=told(row.funding_fee),
            margin_used=told(worth.get("initialMarginRequirement"), worth.get("initialMargin")),
            leverage=told(worth.get("maxLeverage")),
            liquidation_price=told(worth.get("liquidatePrice"), worth.get("liquidationPrice"))
            or None,
        )


def profit_of(worth: Worth) -> Decimal | None:
    """Return a position's unrealised profit."""
    return told(worth.get("unrealizePnl"), worth.get("unrealizedPnl"))
