"""An account with one position for a market, or a long and a short one side by side.

The engine nets every account's position in a market. In hedge mode both positions are kept here,
each with its own entry and profit; the engine holds their sum, so margin, liquidation and funding
are those of the sum. An order that closes is refused where open orders that close and it together
are more than the position: on the venue the later ones would be cut one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Fill, OrderInfo, Side
from exchange_clients.events import PositionUpdate
from venue_simulators.fapi.account_book import AccountBook, Publisher, Words
from venue_simulators.fapi.errors import UNWANTED_PARAMETER, FapiError
from venue_simulators.fapi.legs import BOTH, LONG, SHORT, Leg, closes
from venue_simulators.fapi.orders import LIMIT, Asked, OrderRecord
from venue_simulators.fapi.profits import Profits
from venue_simulators.fapi.wording import Row
from venue_simulators.world import Wanted, World

REDUCE_ONLY_REFUSED = -2022


class HedgeBook(AccountBook):
    """Orders, fills, money and settings of one account."""

    def __init__(self, world: World, account: str, publish: Publisher, words: Words) -> None:
        super().__init__(world, account, publish, words)
        self._legs = {LONG: Profits(), SHORT: Profits()}

    # Positions ------------------------------------------------------------------------------------

    def positions(self, symbol: ContractId) -> Sequence[Leg]:
        """Return the open positions of a market: one, or the long one and the short one."""
        held = next(
            (one for one in self._world.positions(self.account) if one.contract_id == symbol), None
        )
        liquidation = (held.liquidation_price if held is not None else None) or ZERO
        if self.dual_side:
            return [leg for leg in self._both(symbol, liquidation) if leg.size]
        if held is None:
            return []
        return [Leg(symbol, BOTH, held.size, held.entry_price, held.unrealised, liquidation)]

    def legs(self, symbol: ContractId) -> Sequence[Leg]:
        """Return both positions of a market, flat ones too; none in one-way mode."""
        return self._both(symbol, ZERO) if self.dual_side else ()

    def closable(self, symbol: ContractId, position_side: str, side: Side) -> Decimal:
        """Return how much an order of a side could close of a position."""
        for leg in self.positions(symbol):
            if leg.side == position_side and leg.size * side.sign < 0:
                return abs(leg.size)
        return ZERO

    def profit_of(self, symbol: ContractId) -> Decimal:
        """Return what trades in a market have realised since the account was opened."""
        parts = (one.realised(symbol) for one in self._legs.values())
        return super().profit_of(symbol) + sum(parts, ZERO)

    def _both(self, symbol: ContractId, liquidation: Decimal) -> list[Leg]:
        return [self._leg(symbol, side, liquidation) for side in (LONG, SHORT)]

    def _leg(self, symbol: ContractId, side: str, liquidation: Decimal) -> Leg:
        size, entry = self._legs[side].held(symbol)
        profit = size * (self._world.prices(symbol).mark - entry)
        return Leg(symbol, side, size, entry, profit, liquidation)

    # Orders and reports ---------------------------------------------------------------------------

    def _check_side(self, asked: Asked, wanted: Wanted) -> None:
        if self.dual_side is (asked.position_side == BOTH):
            raise FapiError(-4061)
        if self.dual_side and asked.reduce_only:
            raise FapiError(UNWANTED_PARAMETER, "Parameter 'reduceonly' sent when not required.")
        if not closes(asked):
            return
        waiting = sum(
            (
                one.info.remaining_size
                for one in self.open(asked.symbol)
                if closes(one.asked) and one.asked.position_side == asked.position_side
            ),
            ZERO,
        )
        if wanted.size + waiting > self.closable(asked.symbol, asked.position_side, asked.side):
            raise FapiError(REDUCE_ONLY_REFUSED)

    def _realise(self, record: OrderRecord, fill: Fill) -> Decimal:
        legs = self._legs.get(record.asked.position_side)
        return super()._realise(record, fill) if legs is None else legs.on_fill(fill)

    def _position_rows(self, update: PositionUpdate) -> list[Row]:
        if not self.dual_side:
            return super()._position_rows(update)
        words, symbol = self._words.account, update.contract_id
        return [words.leg_data(self._world, self, leg) for leg in self.legs(symbol)]

    def _foreign(self, info: OrderInfo) -> OrderRecord:
        if not self.dual_side:
            return super()._foreign(info)
        asked = Asked(
            info.contract_id,
            info.side,
            LIMIT,
            self._words.orders.forced_id(self._world.deeds.forces, info.order_id),
            price=info.price,
            quantity=info.size,
            time_in_force="IOC",
            position_side=LONG if info.side is Side.SELL else SHORT,
        )
        return self._keep(asked, info)
