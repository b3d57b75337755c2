"""Trades as the venue shows them, to everyone and to those who took part.

The numbers of the world ascend per market; the venue's name a trade in all markets. Of a stranger
the venue shows an account and an order all the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import ContractId, Fill, Liquidity, Market, Side
from venue_simulators.lighter import wording
from venue_simulators.lighter.listing import market_id
from venue_simulators.lighter.orders import OrderState, block_height
from venue_simulators.world import MarketTrade

STRANGERS = 90_000
"""Their account numbers begin here."""
_RECENT_MAX = 1_000
_FEE_UNIT = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a trade."""

    account: int
    order_index: int
    client_index: int = 0
    fee: Decimal | None = None
    """What it paid, as a fraction of the notional; None of strangers, who pay the listed fee."""


@dataclass(frozen=True, slots=True)
class TradeState:
    """One trade; ``parties`` are those that are accounts here."""

    number: int
    market: Market
    price: Decimal
    size: Decimal
    aggressor: Side
    at_ns: int
    kind: str = "trade"
    parties: Mapping[Side, Party] = field(default_factory=dict)

    @property
    def trade_id(self) -> int:
        """The venue's number, unique over all markets."""
        return trade_id(self.number, self.market.contract_id)


class RecentTrades:
    """The latest trades of each market by their numbers, with what is known of their parties."""

    def __init__(self) -> None:
        self._kept: dict[tuple[ContractId, int], TradeState] = {}
        self._order: deque[tuple[ContractId, int]] = deque()

    def get(self, contract_id: ContractId, number: int) -> TradeState | None:
        """Return a trade that one of our accounts took part in."""
        return self._kept.get((contract_id, number))

    def join(self, fill: Fill, order: OrderState, market: Market) -> TradeState:
        """Note a side of a trade and return the trade with all sides known so far."""
        key = (fill.contract_id, int(fill.trade_id))
        known = self._kept.get(key)
        party = Party(
            order.account,
            order.order_index,
            order.fields.client_index,
            fill.fee / (fill.price * fill.size),
        )
        parties = {**(known.parties if known else {}), fill.side: party}
        taker = fill.side if fill.liquidity is Liquidity.TAKER else fill.side.opposite
        liquidated = order.type_word == "liquidation" or (known and known.kind == "liquidation")
        trade = TradeState(
            number=key[1],
            market=market,
            price=fill.price,
            size=fill.size,
            aggressor=taker,
            at_ns=fill.venue_ns,
            kind="liquidation" if liquidated else "trade",
            parties=parties,
        )
        if known is None:
            self._order.append(key)
            if len(self._order) > _RECENT_MAX:
                del self._kept[self._order.popleft()]
        self._kept[key] = trade
        return trade

    def of_public(self, trade: MarketTrade, market: Market) -> TradeState:
        """Return a trade of the public tape, with its parties where they are ours."""
        known = self.get(trade.contract_id, trade.number)
        return known or TradeState(
            trade.number, market, trade.price, trade.size, trade.aggressor, trade.at_ns
        )


def trade_id(number: int, contract_id: ContractId) -> int:
    """Return the venue's number of a trade."""
    return number << 8 | market_id(contract_id)


def trade_row(trade: TradeState, fees: tuple[Decimal, Decimal]) -> dict[str, object]:
    """Return a trade as the venue lists it; strangers pay ``fees``, fractions of (maker, taker)."""
    bid, ask = (_party(trade, side) for side in (Side.BUY, Side.SELL))
    maker, taker = (bid, ask) if trade.aggressor is Side.SELL else (ask, bid)
    row: dict[str, object] = {
        "trade_id": trade.trade_id,
        "trade_id_str": str(trade.trade_id),
        "tx_hash": f"{trade.trade_id:080x}",
        "type": trade.kind,
        "market_id": market_id(trade.market.contract_id),
        "size": wording.amount(trade.market, trade.size),
        "price": wording.price(trade.market, trade.price),
        "usd_amount": wording.money(trade.price * trade.size),
        "ask_id": ask.order_index,
        "ask_id_str": str(ask.order_index),
        "bid_id": bid.order_index,
        "bid_id_str": str(bid.order_index),
        "ask_client_id": ask.client_index,
        "ask_client_id_str": str(ask.client_index),
        "bid_client_id": bid.client_index,
        "bid_client_id_str": str(bid.client_index),
        "ask_account_id": ask.account,
        "bid_account_id": bid.account,
        "is_maker_ask": trade.aggressor is Side.BUY,
        "block_height": block_height(trade.at_ns),
        "timestamp": wording.milliseconds(trade.at_ns),
        "transaction_time": wording.microseconds(trade.at_ns),
    }
    for name, party, listed in zip(("maker_fee", "taker_fee"), (maker, taker), fees, strict=True):
        fee = listed if party.fee is None else party.fee
        # A fee of zero is left out, as the venue does.
        if fee:
            row[name] = round(fee / _FEE_UNIT)
    return row


def _party(trade: TradeState, side: Side) -> Party:
    """Return a side of a trade; a stranger gets a number that follows from the trade's."""
    known = trade.parties.get(side)
    if known is not None:
        return known
    order = (1 << 56) - 2 * trade.number - (side is Side.BUY)
    return Party(STRANGERS + trade.number % 997, order)
