"""An account of Binance's: one position for a market, or a long and a short one side by side.

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
from venue_simulators.binance.account_words import BinanceAccountWords
from venue_simulators.binance.legs import Leg
from venue_simulators.binance.orders import BOTH, LONG, SHORT, closes, good_till_ms_of
from venue_simulators.fapi.account_book import AccountBook, Publisher, Words
from venue_simulators.fapi.calls import Call
from venue_simulators.fapi.errors import FapiError
from venue_simulators.fapi.orders import LIMIT, LIQUIDATION_PREFIX, Asked, OrderRecord
from venue_simulators.fapi.profits import Profits
from venue_simulators.fapi.wording import MS_NS, Row
from venue_simulators.world import NEVER_NS, Wanted, World

REDUCE_ONLY_REFUSED = -2022


class BinanceBook(AccountBook):
    """Orders, fills, money and settings of one account."""

    def __init__(self, world: World, account: str, publish: Publisher, words: Words) -> None:
        super().__init__(world, account, publish, words)
        self.burns = False
        """Whether fees are paid in the venue's own coin; here it is a setting alone."""
        self._legs = {LONG: Profits(), SHORT: Profits()}
        self._dated: list[OrderRecord] = []

    # Positions ------------------------------------------------------------------------------------

    def positions(self, symbol: ContractId) -> Sequence[Leg]:
        """Return the open positions of a market: one, or the long one and the short one."""
        held = next(
            (one for one in self._world.positions(self.account) if one.contract_id == symbol), None
        )
        liquidation = (held.liquidation_price if held is not None else None) or ZERO
        if self.dual_side:
            legs = [self._leg(symbol, side, liquidation) for side in (LONG, SHORT)]
            return [leg for leg in legs if leg.size]
        if held is None:
            return []
        return [Leg(symbol, BOTH, held.size, held.entry_price, held.unrealised, liquidation)]

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

    def _leg(self, symbol: ContractId, side: str, liquidation: Decimal) -> Leg:
        size, entry = self._legs[side].held(symbol)
        profit = size * (self._world.ticker(symbol).mark - entry)
        return Leg(symbol, side, size, entry, profit, liquidation)

    # Orders and reports ---------------------------------------------------------------------------

    def place(self, asked: Asked, wanted: Wanted) -> OrderRecord:
        """Place an order and return what became of it."""
        record = super().place(asked, wanted)
        if good_till_ms_of(asked) and record.open:
            self._dated.append(record)
        return record

    def next_end_ns(self) -> int:
        """Return when the next order is to be cancelled that is good till a date."""
        self._dated = [one for one in self._dated if one.open]
        return min((_end_ns(one) for one in self._dated), default=NEVER_NS)

    def end_dated(self, now_ns: int) -> None:
        """Cancel the orders whose date has come."""
        for record in self._dated:
            if record.open and _end_ns(record) <= now_ns:
                self.cancel(record)

    def _check_side(self, asked: Asked, wanted: Wanted) -> None:
        if self.dual_side is (asked.position_side == BOTH):
            raise FapiError(-4061)
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
        words = self._words.account
        assert isinstance(words, BinanceAccountWords), "a book of this venue has its words"
        symbol = update.contract_id
        return [
            words.leg_data(self._world, self, self._leg(symbol, side, ZERO))
            for side in (LONG, SHORT)
        ]

    def _foreign(self, info: OrderInfo) -> OrderRecord:
        if not self.dual_side:
            return super()._foreign(info)
        asked = Asked(
            info.contract_id,
            info.side,
            LIMIT,
            f"{LIQUIDATION_PREFIX}{info.order_id}",
            price=info.price,
            quantity=info.size,
            time_in_force="IOC",
            position_side=LONG if info.side is Side.SELL else SHORT,
        )
        return self._keep(asked, info)


def book_of(call: Call) -> BinanceBook:
    """Return the account's book."""
    book = call.book
    assert isinstance(book, BinanceBook), "every account here has such a book"
    return book


def _end_ns(record: OrderRecord) -> int:
    return good_till_ms_of(record.asked) * MS_NS
