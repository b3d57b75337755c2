"""Fills, positions and money in Paradex's words, as JSON rows and as binary frames."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ContractId, Fill, Liquidity, Side
from venue_simulators.paradex import sbe
from venue_simulators.paradex.listing import SETTLEMENT
from venue_simulators.paradex.positions import Position, Realised
from venue_simulators.paradex.sbe import scaled
from venue_simulators.paradex.terms import MS, US
from venue_simulators.paradex.wording import Json, Words, number
from venue_simulators.world import Funds, HeldPosition

TEXT_VERSION = 2
LONG, SHORT = "LONG", "SHORT"
_FILL_TYPES = {"FILL": 1, "LIQUIDATION": 2}
_STATUSES = {"ACTIVE": 1, "LIQUIDATION": 2}


@dataclass(frozen=True, slots=True)
class FillRow:
    """One fill with the names of its order."""

    fill: Fill
    address: int
    order_id: str
    client_id: str
    realised: Realised
    remaining: Decimal
    underlying: Decimal
    book_seq: int
    seq: int
    side: Side
    """As the wire tells it, which may be the taker's."""
    interactive: bool = False
    liquidation: bool = False

    @property
    def fill_id(self) -> str:
        """The venue's name of it, in whatever market; maker and taker of a trade have their own."""
        side = 0 if self.fill.liquidity is Liquidity.TAKER else 1
        return f"{self.fill.trade_id}{self.seq:07d}{side}"

    @property
    def kind(self) -> str:
        """Why there was a trade."""
        return "LIQUIDATION" if self.liquidation else "FILL"

    @property
    def market(self) -> ContractId:
        """Where it was."""
        return self.fill.contract_id

    @property
    def at_ns(self) -> int:
        """When it was."""
        return self.fill.venue_ns

    def words(self) -> Words:
        """Return the fill as REST tells it."""
        fill = self.fill
        flags: Sequence[Json] = ["interactive"] if self.interactive else []
        return {
            "id": self.fill_id,
            "account": f"{self.address:#x}",
            "order_id": self.order_id,
            "client_id": self.client_id,
            "market": fill.contract_id,
            "side": self.side.name,
            "price": number(fill.price),
            "size": number(fill.size),
            "remaining_size": number(self.remaining),
            "fee": number(fill.fee),
            "fee_currency": SETTLEMENT,
            "fill_type": self.kind,
            "liquidity": fill.liquidity.name,
            "realized_pnl": number(self.realised.profit),
            "realized_funding": number(self.realised.funding),
            "underlying_price": number(self.underlying),
            "created_at": fill.venue_ns // MS,
            "orderbook_seq_no": self.book_seq,
            "flags": flags,
        }

    def streamed(self) -> Words:
        """Return the fill as the streams tell it."""
        return self.words() | {"trade_id": str(self.fill.trade_id), "seq_no": self.seq}

    def frame(self, version: int) -> bytes:
        """Return the fill as a binary frame."""
        fill = self.fill
        block = struct.pack(
            "<qqBBBqqqqq32sqq",
            fill.venue_ns // US,
            self.seq,
            _FILL_TYPES[self.kind],
            sbe.SIDES[self.side.name],
            sbe.LIQUIDITIES[fill.liquidity.name],
            scaled(fill.price),
            scaled(fill.size),
            scaled(fill.fee),
            scaled(self.realised.profit),
            fill.venue_ns // US,
            sbe.account_bytes(self.address),
            scaled(self.underlying),
            scaled(self.realised.funding),
        )
        names = [self.fill_id, self.order_id, self.client_id, str(fill.trade_id), str(self.market)]
        if version >= TEXT_VERSION:
            block += struct.pack("<BQ", int(self.interactive), self.book_seq)
            names.append(SETTLEMENT)
        return sbe.frame(sbe.FILL, version, block, names)


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One position with what the engine knows of it; ``held`` is None once it is closed."""

    position: Position
    held: HeldPosition | None
    address: int
    leverage: Decimal
    seq: int

    @property
    def side(self) -> str:
        """LONG or SHORT; a closed one reads LONG."""
        return SHORT if self.position.size < 0 else LONG

    @property
    def cost(self) -> Decimal:
        """What was paid for it, with its sign."""
        return self.position.size * self.position.entry

    @property
    def unrealised(self) -> Decimal:
        """Profit at the mark with the funding that has accrued."""
        profit = self.held.unrealised if self.held else Decimal(0)
        return profit + self.position.accrued

    @property
    def liquidation_price(self) -> Decimal | None:
        """Where it ends, None where nothing ends it."""
        return self.held.liquidation_price if self.held else None

    def words(self) -> Words:
        """Return the position as a row; shorts have negative sizes."""
        position = self.position
        closed_at = 0 if position.closed_ns is None else position.closed_ns // MS
        return {
            "id": f"{self.address:#x}-{position.contract_id}",
            "account": f"{self.address:#x}",
            "market": position.contract_id,
            "status": "OPEN" if position.open else "CLOSED",
            "side": self.side,
            "size": number(position.size),
            "average_entry_price": number(position.entry if position.open else None),
            "average_entry_price_usd": number(position.entry if position.open else None),
            "average_exit_price": "0",
            "unrealized_pnl": number(self.unrealised),
            "unrealized_funding_pnl": number(position.accrued),
            "realized_positional_pnl": number(position.realised),
            "realized_positional_funding_pnl": "0",
            "cost": number(self.cost),
            "cost_usd": number(self.cost),
            "cached_funding_index": number(position.index),
            "leverage": number(self.leverage),
            "liquidation_price": number(self.liquidation_price),
            "last_fill_id": position.last_fill_id,
            "seq_no": self.seq,
            "created_at": position.opened_ns // MS,
            "closed_at": closed_at,
            "last_updated_at": position.updated_ns // MS,
        }

    def frame(self, version: int) -> bytes:
        """Return the position as a binary frame, where sizes have no sign."""
        position = self.position
        entry, cost = scaled(position.entry), scaled(self.cost)
        updated_us = position.updated_ns // US
        block = struct.pack(
            "<qqBqqqqqqqq32sqqqqqB",
            updated_us,
            self.seq,
            sbe.SIDES["SELL" if self.side == SHORT else "BUY"],
            scaled(abs(position.size)),
            entry,
            scaled(self.unrealised),
            scaled(position.realised),
            sbe.NULL,
            scaled(self.liquidation_price),
            scaled(self.leverage),
            updated_us,
            sbe.account_bytes(self.address),
            entry,
            cost,
            cost,
            scaled(position.index),
            scaled(position.accrued),
            1 if position.open else 2,
        )
        names = [str(position.contract_id), position.last_fill_id]
        return sbe.frame(sbe.POSITION, version, block, names)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account's money; ``accrued`` is the funding that no fill has made real yet."""

    address: int
    funds: Funds
    accrued: Decimal
    seq: int
    at_ns: int

    @property
    def collateral(self) -> Decimal:
        """Cash that has moved."""
        return self.funds.cash - self.accrued

    @property
    def free(self) -> Decimal:
        """What new orders may bind."""
        return max(self.funds.equity - self.funds.initial_margin, Decimal(0))

    @property
    def cushion(self) -> Decimal:
        """How far liquidation is away."""
        return self.funds.equity - self.funds.maintenance_margin

    @property
    def status(self) -> str:
        """Whether the account is being liquidated."""
        return "ACTIVE" if self.cushion >= 0 else "LIQUIDATION"

    def words(self) -> Words:
        """Return the account as a row."""
        return {
            "account": f"{self.address:#x}",
            "account_value": number(self.funds.equity),
            "total_collateral": number(self.collateral),
            "free_collateral": number(self.free),
            "initial_margin_requirement": number(self.funds.initial_margin),
            "maintenance_margin_requirement": number(self.funds.maintenance_margin),
            "margin_cushion": number(self.cushion),
            "settlement_asset": SETTLEMENT,
            "status": self.status,
            "seq_no": self.seq,
            "updated_at": self.at_ns // MS,
        }

    def frame(self, version: int) -> bytes:
        """Return the account as a binary frame."""
        funds, at_us = self.funds, self.at_ns // US
        block = struct.pack(
            "<qqqqqqqqq32sqB",
            at_us,
            self.seq,
            scaled(self.collateral),
            scaled(self.free),
            scaled(funds.initial_margin),
            scaled(funds.maintenance_margin),
            scaled(funds.equity),
            sbe.NULL,
            at_us,
            sbe.account_bytes(self.address),
            scaled(self.cushion),
            _STATUSES[self.status],
        )
        if version >= TEXT_VERSION:
            block += struct.pack("<q", 0)
        return sbe.frame(sbe.ACCOUNT, version, block, [SETTLEMENT])
