"""What one account has done and holds, kept from what the world tells it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import (
    ZERO,
    ContractId,
    Fill,
    Liquidity,
    OrderInfo,
    VenueOrderId,
)
from exchange_clients.events import (
    FundingPayment,
    PositionUpdate,
    PrivateEvent,
    VoidedFill,
)
from exchange_clients.paper.settlement import name_of
from venue_simulators.paradex.account_rows import AccountRow, FillRow, PositionRow
from venue_simulators.paradex.funding import Funding
from venue_simulators.paradex.listing import SETTLEMENT
from venue_simulators.paradex.members import Member
from venue_simulators.paradex.order_desk import OrderDesk
from venue_simulators.paradex.order_record import OrderRecord
from venue_simulators.paradex.positions import Position, Realised
from venue_simulators.paradex.terms import MS, ParadexTerms
from venue_simulators.paradex.wording import Words, number
from venue_simulators.world import World
from venue_simulators.world_values import HeldPosition

HISTORY_MAX = 20_000
"""Rows of each kind that the histories still list."""
CROSS, ISOLATED = "CROSS", "ISOLATED"


@dataclass(frozen=True, slots=True)
class Payment:
    """Funding that a fill made real; positive when received."""

    number: int
    market: ContractId
    amount: Decimal
    index: Decimal
    fill_id: str
    at_ns: int

    def words(self) -> Words:
        """Return the payment as a row."""
        return {
            "id": str(self.number),
            "market": self.market,
            "payment": number(self.amount),
            "index": number(self.index),
            "fill_id": self.fill_id,
            "created_at": self.at_ns // MS,
        }


@dataclass(frozen=True, slots=True)
class Bust:
    """A fill that was voided."""

    address: int
    fill_id: str
    at_ns: int

    def words(self) -> Words:
        """Return it as a row; neither market nor order is told."""
        return {
            "account": f"{self.address:#x}",
            "busted_fill_id": self.fill_id,
            "created_at": self.at_ns // MS,
        }


Row: TypeAlias = FillRow | PositionRow | AccountRow | Payment | Bust
RowListener: TypeAlias = Callable[["AccountBook", Row], None]


class AccountBook:
    """One account's books; it listens to the world on its own.

    Args:
        member: Whose.
        world: Where the account trades.
        desk: Where its orders are.
        funding: The indices of the markets.
        book_seq: Says the number of a market's last book update.
        terms: What no document settles.
    """

    def __init__(
        self,
        member: Member,
        world: World,
        desk: OrderDesk,
        funding: Funding,
        book_seq: Callable[[ContractId], int],
        terms: ParadexTerms,
    ) -> None:
        self.member = member
        self.fills: deque[FillRow] = deque(maxlen=HISTORY_MAX)
        """Oldest first; those that were voided stay, and those that were rolled back do not."""
        self.busts: deque[Bust] = deque(maxlen=HISTORY_MAX)
        """Oldest first."""
        self.payments: deque[Payment] = deque(maxlen=HISTORY_MAX)
        """Oldest first."""
        self.margin_types: dict[ContractId, str] = {}
        self.listeners: list[RowListener] = []
        self._world = world
        self._desk = desk
        self._funding = funding
        self._book_seq = book_seq
        self._terms = terms
        self._positions: dict[ContractId, Position] = {}
        self._filled: dict[VenueOrderId, Decimal] = {}
        """Of orders that have filled in part."""
        self._seq = 0
        self._paid = 0
        self._rolling_back = False
        world.listen_private(member.name, self._on_event)

    # Reading --------------------------------------------------------------------------------------

    def positions(self) -> list[PositionRow]:
        """Return every position that there ever was, closed ones with a size of zero."""
        held = self._held()
        return [self._row(each, held) for each in self._positions.values()]

    def account(self) -> AccountRow:
        """Return the account's money."""
        funds = self._world.funds(self.member.name)
        accrued = sum((each.accrued for each in self._positions.values()), ZERO)
        return AccountRow(self.member.address, funds, accrued, 11 * self._seq, self._world.now_ns)

    def balance(self) -> Words:
        """Return the one token that the account holds."""
        size = number(self.account().collateral)
        at_ms = self._world.now_ns // MS
        return {"token": SETTLEMENT, "size": size, "last_updated_at": at_ms}

    def margin_type(self, contract_id: ContractId) -> str:
        """Return in which way a market's margin is kept."""
        return self.margin_types.get(contract_id, CROSS)

    def _held(self) -> Mapping[ContractId, HeldPosition]:
        return {each.contract_id: each for each in self._world.positions(self.member.name)}

    def _row(self, position: Position, held: Mapping[ContractId, HeldPosition]) -> PositionRow:
        contract_id = position.contract_id
        leverage = self._world.leverage(self.member.name, contract_id)
        address = self.member.address
        return PositionRow(position, held.get(contract_id), address, leverage, position.seq)

    def roll_back(self, then_ns: int) -> dict[VenueOrderId, Decimal]:
        """Forget what was filled since an instant (epoch ns), in silence; return it by order.

        Funding that was settled since then stays paid.
        """
        voided = {bust.fill_id for bust in self.busts}
        undone: dict[VenueOrderId, Decimal] = {}
        self._rolling_back = True
        for row in reversed([each for each in self.fills if each.fill_id not in voided]):
            fill = row.fill
            if fill.venue_ns >= then_ns:
                undone[fill.order_id] = undone.get(fill.order_id, ZERO) + fill.size
                self._world.deeds.void(self.member.name, fill, self._world.now_ns)
        self._world.advance(self._world.now_ns)
        self._rolling_back = False
        return undone

    # Hearing --------------------------------------------------------------------------------------

    def _on_event(self, event: PrivateEvent) -> None:
        match event:
            case OrderInfo():
                self._desk.on_info(self.member.name, event)
            case Fill():
                self._on_fill(event)
            case VoidedFill():
                self._on_voided(event)
            case PositionUpdate():
                self._on_position(event.contract_id)
            case FundingPayment():
                position = self._positions.get(event.contract_id)
                if position is not None:
                    position.accrued += event.amount

    def _on_fill(self, fill: Fill) -> None:
        contract_id = fill.contract_id
        position = self._positions.get(contract_id)
        if position is None:
            position = self._positions[contract_id] = Position(contract_id, fill.venue_ns)
        index = self._funding.index(contract_id)
        made = position.trade(fill, index)
        row = self._fill_row(fill, made)
        position.last_fill_id = row.fill_id
        self.fills.append(row)
        self._tell(row)
        self._pay(row, made, index, fill.venue_ns)
        self._desk.on_fill(self.member.name, contract_id)

    def _on_voided(self, voided: VoidedFill) -> None:
        """Undo a fill: what funding had accrued until now is made real as by any fill."""
        row = next(each for each in self.fills if name_of(each.fill) == voided.trade_id)
        index = self._funding.index(row.market)
        made = self._positions[row.market].trade(row.fill.taken_back(voided.venue_ns), index)
        if self._rolling_back:
            self.fills.remove(row)
            return
        bust = Bust(self.member.address, row.fill_id, voided.venue_ns)
        self.busts.append(bust)
        self._tell(bust)
        self._pay(row, made, index, voided.venue_ns)

    def _pay(self, row: FillRow, made: Realised, index: Decimal, at_ns: int) -> None:
        """Tell of the funding that was made real, if any was."""
        if made.funding:
            self._paid += 1
            fill_id = row.fill_id
            payment = Payment(self._paid, row.market, made.funding, index, fill_id, at_ns)
            self.payments.append(payment)
            self._tell(payment)

    def _fill_row(self, fill: Fill, made: Realised) -> FillRow:
        record = self._desk.of_world(self.member.name, fill.order_id)
        taker = fill.liquidity is Liquidity.TAKER
        others = not taker and self._terms.fill_side_is_takers
        self._seq += 1
        remaining = self._remaining(fill, record)
        return FillRow(
            fill,
            self.member.address,
            record.order_id if record else str(fill.order_id),
            record.form.client_id if record else "",
            made,
            remaining,
            self._world.prices(fill.contract_id).index,
            self._book_seq(fill.contract_id),
            5 * self._seq,
            fill.side.opposite if others else fill.side,
            interactive=record is not None and record.interactive,
            liquidation=record is None,
        )

    def _remaining(self, fill: Fill, record: OrderRecord | None) -> Decimal:
        """Return what a fill leaves of its order; the order's own report may come later."""
        if record is None:
            return ZERO
        filled = self._filled.pop(fill.order_id, ZERO) + fill.size
        remaining = max(record.size - filled, ZERO)
        if remaining:
            self._filled[fill.order_id] = filled
        return remaining

    def _on_position(self, contract_id: ContractId) -> None:
        position = self._positions.get(contract_id)
        if position is None:
            return
        self._seq += 1
        position.seq = 7 * self._seq
        position.updated_ns = self._world.now_ns
        self._tell(self._row(position, self._held()))
        self._tell(self.account())

    def _tell(self, row: Row) -> None:
        for listener in self.listeners:
            listener(self, row)
