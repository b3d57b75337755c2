"""What changed an account's money: trades and funding, as executions and as entries of its log."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, Fill, Liquidity
from exchange_clients.events import FundingPayment
from venue_simulators.bybit.market_words import execution_id
from venue_simulators.bybit.order_record import BY_LIQUIDATION, OrderRecord
from venue_simulators.bybit.positions import Closed, Leg
from venue_simulators.bybit.wording import (
    SIDE_WORDS,
    Row,
    given,
    money,
    ms_text,
    on_grid,
    plain,
    uuid_of,
)
from venue_simulators.world import World

FUNDING = "Funding"


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution; ``row`` is as REST lists it."""

    at_ns: int
    row: Row
    profit: Decimal = ZERO
    funding: Decimal = ZERO
    """Received above zero."""
    fee: Decimal = ZERO
    """Paid above zero; funding is none."""
    size_after: Decimal = ZERO

    @property
    def kind(self) -> str:
        """The execType."""
        return str(self.row["execType"])

    @property
    def key(self) -> str:
        """What a cursor names it by."""
        return f"{self.row['execId']},{self.row['seq']}"

    def data(self) -> Row:
        """Return it as it is streamed."""
        closed = self.row["closedSize"] or "0"
        row = {"category": "linear", **self.row, "closedSize": closed}
        return row | {"execPnl": money(self.profit)}

    def fast_data(self) -> Row:
        """Return it as the fast stream has it: without fees, and nameless where it was resting."""
        names = (
            "symbol",
            "execId",
            "execPrice",
            "execQty",
            "orderId",
            "isMaker",
            "orderLinkId",
            "side",
            "execTime",
            "seq",
        )
        row = {"category": "linear"} | {name: self.row[name] for name in names}
        return row | {"orderLinkId": ""} if self.row["isMaker"] else row


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One movement of money, with the balance that it left."""

    number: int
    execution: Execution
    profit: Decimal
    balance: Decimal

    @property
    def kind(self) -> str:
        """The type."""
        return "SETTLEMENT" if self.execution.kind == FUNDING else "TRADE"

    @property
    def key(self) -> str:
        """What a cursor names it by."""
        return str(self.row()["id"])

    def row(self) -> Row:
        """Return it as the transaction log has it: ``change`` is cash flow + funding - fee."""
        execution = self.execution
        row = execution.row
        change = self.profit + execution.funding - execution.fee
        return {
            "id": f"{row['execId']}_{row['symbol']}_{self.number}",
            "symbol": row["symbol"],
            "category": "linear",
            "side": row["side"],
            "transactionTime": ms_text(execution.at_ns),
            "type": self.kind,
            "transSubType": "",
            "qty": row["execQty"],
            "size": plain(execution.size_after),
            "currency": "USDT",
            "tradePrice": row["execPrice"],
            "funding": money(execution.funding) if execution.kind == FUNDING else "",
            "fee": money(execution.fee),
            "cashFlow": money(self.profit),
            "change": money(change),
            "cashBalance": money(self.balance),
            "feeRate": row["feeRate"],
            "bonusChange": "",
            "tradeId": row["execId"],
            "orderId": row["orderId"],
            "orderLinkId": row["orderLinkId"],
            "extraFees": "",
        }


def trade_execution(
    world: World, record: OrderRecord, fill: Fill, closed: Closed, leg: Leg
) -> Execution:
    """Return a fill of an order, which has changed its position already."""
    form = record.form
    market = world.markets[form.symbol]
    maker = fill.liquidity is Liquidity.MAKER
    value = fill.price * fill.size
    leaves = max(record.qty - record.filled, ZERO)
    row: Row = {
        "symbol": form.symbol,
        "orderId": record.order_id,
        "orderLinkId": form.link_id,
        "side": SIDE_WORDS[form.side],
        "orderPrice": given(record.price, "0"),
        "orderQty": given(record.qty),
        "leavesQty": plain(leaves),
        "createType": record.create_type,
        "orderType": "Market" if form.market else "Limit",
        "stopOrderType": record.stop_order_type or "UNKNOWN",
        # A trade of an account with itself has two sides and so two names.
        "execId": execution_id(form.symbol, f"{fill.trade_id}{'m' if maker else 't'}"),
        "execPrice": on_grid(fill.price, market.tick),
        "execQty": on_grid(fill.size, market.step),
        "execValue": plain(value),
        "execFee": money(fill.fee),
        "feeRate": plain(market.maker_fee if maker else market.taker_fee),
        "feeCurrency": "USDT",
        "execType": "BustTrade" if record.create_type == BY_LIQUIDATION else "Trade",
        "execTime": ms_text(fill.venue_ns),
        "isMaker": maker,
        "closedSize": plain(closed.size) if closed.size else "",
        "markPrice": on_grid(market.nearest_tick(world.prices(form.symbol).mark), market.tick),
        "indexPrice": "",
        "underlyingPrice": "",
        "blockTradeId": "",
        "isLeverage": "",
        "seq": leg.seq,
    }
    return Execution(fill.venue_ns, row, closed.profit, ZERO, fill.fee, leg.size)


def funding_execution(
    world: World, leg: Leg, payment: FundingPayment, amount: Decimal
) -> Execution:
    """Return a settlement of funding; as a fee its sign is the other way round."""
    market = world.markets[leg.contract_id]
    mark = market.nearest_tick(world.prices(leg.contract_id).mark)
    assert payment.rate is not None, "the world knows the rate that it charges"
    assert leg.side is not None, "funding is paid for a position"
    size = abs(leg.size)
    name = (leg.contract_id, leg.index, payment.payment_id)
    row: Row = {
        "symbol": leg.contract_id,
        "orderId": uuid_of("funding order", *name),
        "orderLinkId": "",
        "side": SIDE_WORDS[leg.side],
        "orderPrice": "0",
        "orderQty": "0",
        "leavesQty": "0",
        "createType": "",
        "orderType": "UNKNOWN",
        "stopOrderType": "UNKNOWN",
        "execId": uuid_of("funding", *name),
        "execPrice": on_grid(mark, market.tick),
        "execQty": on_grid(size, market.step),
        "execValue": plain(mark * size),
        "execFee": money(-amount),
        "feeRate": plain(payment.rate * (1 if leg.size > 0 else -1)),
        "feeCurrency": "USDT",
        "execType": FUNDING,
        "execTime": ms_text(payment.venue_ns),
        "isMaker": False,
        "closedSize": "",
        "markPrice": on_grid(mark, market.tick),
        "indexPrice": "",
        "underlyingPrice": "",
        "blockTradeId": "",
        "isLeverage": "",
        "seq": leg.seq,
    }
    return Execution(payment.venue_ns, row, ZERO, amount, ZERO, leg.size)
