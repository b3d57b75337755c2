"""What a match in one market means for its owners: positions, fees, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import Fill, OrderStatus, Side, TradeId
from exchange_clients.events import PositionUpdate, PrivateEvent, VoidedFill
from exchange_clients.paper import reports
from exchange_clients.paper.accounts import Account, Ledger
from exchange_clients.paper.market import PaperMarket
from exchange_clients.paper.order_records import OrderRecords
from exchange_clients.paper.orders import EngineOrder, Trade
from exchange_clients.paper.units import share, to_atoms

Outbox: TypeAlias = Callable[[str, PrivateEvent], None]
"""Sends a private event to an account."""


class Settlement:
    """The engine's listener of one market."""

    def __init__(
        self,
        market: PaperMarket,
        ledger: Ledger,
        fees: tuple[Decimal, Decimal],
        records: OrderRecords,
        outbox: Outbox,
        fee_step: int = 1,
    ) -> None:
        self._market = market
        self._ledger = ledger
        self._maker_fee, self._taker_fee = fees
        self._records = records
        self._outbox = outbox
        self._fee_step = fee_step
        """Fees are whole multiples of so many atoms."""

    def set_fees(self, maker: Decimal, taker: Decimal) -> None:
        """Charge other fees (fractions of notional) from the next match on."""
        self._maker_fee, self._taker_fee = maker, taker

    def on_trade(self, trade: Trade) -> None:
        """Book both sides, then send each of our owners its fill and its position."""
        if trade.maker is None:
            self._market.on_consumed(trade.aggressor.opposite, trade.ticks)
        elif trade.taker is None:
            self._market.on_consumed(trade.aggressor, trade.ticks)
        self._market.traded_ticks = trade.ticks
        for listener in self._market.own_trade_listeners:
            listener(trade)
        self._market.disturb()
        self._book(trade, trade.maker, trade.aggressor.opposite, self._maker_fee)
        self._book(trade, trade.taker, trade.aggressor, self._taker_fee)

    def take_back(self, fill: Fill, account: str, now_ns: int) -> None:
        """Undo what a fill did to its owner's position and money, and say so by ``name_of`` it.

        It is a trade of the other side at the same price, with the market, whose fee is returned;
        the order keeps what it has filled.
        """
        market, ledger = self._market, self._ledger
        owner, ticks = ledger.accounts[account], market.grid.ticks(fill.price)
        lots = fill.side.sign * market.grid.lots(fill.size)
        ledger.trade(owner, market.contract_id, ticks, -lots)
        ledger.trade(ledger.market, market.contract_id, ticks, lots)
        ledger.charge(owner, market.contract_id, -to_atoms(fill.fee))
        market.disturb()
        self._outbox(account, VoidedFill(name_of(fill), now_ns))
        self._outbox(account, position_update(market, owner, now_ns))

    def on_order(self, order: EngineOrder) -> None:
        """Record an order's change and tell its owner; of a refusal the answer tells."""
        self._market.on_order(order)
        info = reports.order_info(self._market.contract_id, self._market.grid, order)
        self._records.keep(order.owner, info)
        if order.status is not OrderStatus.REJECTED:
            self._outbox(order.owner, info)

    def _book(self, trade: Trade, order: EngineOrder | None, side: Side, fee_rate: Decimal) -> None:
        market, ledger = self._market, self._ledger
        contract_id = market.contract_id
        owner = ledger.market if order is None else ledger.accounts[order.owner]
        notional = ledger.trade(owner, contract_id, trade.ticks, side.sign * trade.lots)
        if order is None:
            return
        fee = share(notional, fee_rate / self._fee_step) * self._fee_step
        ledger.charge(owner, contract_id, fee)
        fill = reports.fill_of(contract_id, market.grid, trade, order, fee)
        self._records.keep_fill(order.owner, fill)
        self._outbox(order.owner, fill)
        self._outbox(order.owner, position_update(market, owner, trade.at_ns))


def name_of(fill: Fill) -> TradeId:
    """Return the one name that a fill has over all markets, which number their trades alike."""
    return TradeId(f"{fill.contract_id}:{fill.trade_id}")


def position_update(market: PaperMarket, account: Account, now_ns: int) -> PositionUpdate:
    """Return an account's position in one market."""
    held = account.positions.get(market.contract_id)
    lots = 0 if held is None else held.lots
    entry = None if held is None or lots == 0 else market.grid.price(held.cost) / lots
    return PositionUpdate(market.contract_id, market.grid.size(lots), entry, now_ns)
