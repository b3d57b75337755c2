"""Orders, positions, money, leverage and funding payments of one account."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from exchange_clients import errors
from exchange_clients.base_models import ContractId, ExchangePositionSnapshot, NewOrder, OrderInfo
from exchange_clients.events import BalanceUpdate, FundingPayment, Unreadable
from exchange_clients.paper.remote import converters
from exchange_clients.paper.remote.converters import ORDER_IDS, Fill, Order, ask, decimal, pages
from exchange_clients.shared.amounts import Amount, Positive
from exchange_clients.shared.client.gateway import Found, Lookup, NotYetKnown
from exchange_clients.shared.encoding import text_of
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.rows import read_rows
from exchange_clients.shared.venue import FillRows, Funds, OrderKey, Rows

ORDER, ORDERS = "/order", "/orders"
_ORDER = msgspec.json.Decoder(Order)


class PaperOrders:
    """Orders of one account."""

    def place(self, order: NewOrder) -> Flow[OrderInfo]:
        """Place; the answer shows the order as it was matched."""
        request = Request(
            Method.POST,
            ORDER,
            body=wording(order),
            private=True,
            repeatable=False,
            urgent=order.reduce_only,
        )
        answer = yield request
        return _ORDER.decode(answer.body).info()

    def amend(
        self, order: OrderInfo, *, price: Decimal | None, size: Decimal | None
    ) -> Flow[OrderInfo]:
        """Change price or total size."""
        changes = {"price": price, "size": size}
        told = {name: text_of(value) for name, value in changes.items() if value is not None}
        body = {**_name(order.order_id, order.client_order_id), **told}
        answer = yield Request(Method.PATCH, ORDER, body=body, private=True, repeatable=False)
        return _ORDER.decode(answer.body).info()

    def cancel(self, order: OrderInfo) -> Flow[OrderInfo]:
        """Cancel; of an order that has ended, it is refused."""
        params = _name(order.order_id, order.client_order_id)
        answer = yield Request(Method.DELETE, ORDER, params, private=True, urgent=True)
        return _ORDER.decode(answer.body).info()

    def cancel_all(self, contract_id: ContractId | None) -> Flow[None]:
        """Cancel everything of a contract, or of the account."""
        yield Request(Method.DELETE, ORDERS, {"market": contract_id}, private=True, urgent=True)

    def find(self, key: OrderKey, now_ns: int) -> Flow[Lookup]:
        """Look an order up by its name, which is its own for ever."""
        params = _name(key.order_id, key.client_order_id)
        answer = yield Request(
            Method.GET, ORDER, params, private=True, answers=(errors.OrderNotFound,)
        )
        if answer.error is not None:
            return NotYetKnown("the venue knows no such order")
        return Found(_ORDER.decode(answer.body).info())

    def active(self, contract_id: ContractId) -> Flow[Rows]:
        """Return every open order of a contract."""
        rows = yield from pages(ORDERS, market=contract_id)
        return read_rows(rows, Order, Order.info, ORDER_IDS)

    def fills(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Flow[FillRows]:
        """Return our fills."""
        rows = yield from pages("/fills", market=contract_id, start=start_ns, end=end_ns)
        return read_rows(rows, Fill, Fill.fill, ORDER_IDS)


class _Position(msgspec.Struct):
    market: ContractId
    size: Amount
    entry_price: Positive
    mark: Positive
    unrealised: Amount
    funding: Amount
    leverage: Positive
    margin_used: Amount
    liquidation_price: Amount | None


class PaperPositions:
    """Positions of one account."""

    def __init__(self, table: MarketTable) -> None:
        self._table = table

    def all(self) -> Flow[Sequence[ExchangePositionSnapshot | Unreadable]]:
        """Return open positions."""
        answer = yield from ask("/positions", converters.Rows, private=True)
        return read_rows(answer.rows, _Position, self._snapshot, ("market",))

    def _snapshot(self, row: _Position) -> ExchangePositionSnapshot:
        return ExchangePositionSnapshot(
            symbol=self._table.of_contract(row.market).market.symbol,
            contract_id=row.market,
            quantity=Decimal(row.size),
            entry_price=Decimal(row.entry_price),
            mark_price=Decimal(row.mark),
            unrealized_pnl=Decimal(row.unrealised),
            cumulative_funding=Decimal(row.funding),
            margin_used=Decimal(row.margin_used),
            leverage=Decimal(row.leverage),
            liquidation_price=decimal(row.liquidation_price),
        )


class Balance(msgspec.Struct):
    """Money, asked for or told."""

    asset: str
    cash: Amount
    equity: Amount
    available: Amount
    unrealised: Amount
    time: int

    def update(self) -> BalanceUpdate:
        """Return the cash."""
        return BalanceUpdate(self.asset, Decimal(self.cash), Decimal(self.available), self.time)


class Payment(msgspec.Struct):
    """A funding payment, asked for or told."""

    payment_id: str
    market: ContractId
    amount: Amount
    asset: str
    rate: Amount | None
    quantity: Amount | None
    time: int

    def payment(self) -> FundingPayment:
        """Return the payment."""
        return FundingPayment(
            self.payment_id,
            self.market,
            Decimal(self.amount),
            self.asset,
            decimal(self.rate),
            decimal(self.quantity),
            self.time,
        )


class _Leverage(msgspec.Struct):
    leverage: Positive


class PaperAccount:
    """The account's money."""

    def balance(self) -> Flow[Funds]:
        """Return what there is."""
        row = yield from ask("/balance", Balance, private=True)
        return Funds(Decimal(row.available), Decimal(row.equity), Decimal(row.unrealised))

    def leverage(self, contract_id: ContractId) -> Flow[Decimal]:
        """Return what is set for a market."""
        row = yield from ask("/leverage", _Leverage, private=True, market=contract_id)
        return Decimal(row.leverage)

    def set_leverage(self, contract_id: ContractId, leverage: Decimal) -> Flow[None]:
        """Set it for a market."""
        body = {"market": contract_id, "leverage": text_of(leverage)}
        yield Request(Method.PUT, "/leverage", body=body, private=True)

    def payments(
        self, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingPayment]]:
        """Return payments; one that cannot be read makes the list incomplete."""
        rows = yield from pages("/payments", market=contract_id, start=since_ns, end=until_ns)
        payments = []
        for row in read_rows(rows, Payment, Payment.payment, ("payment_id",)):
            if isinstance(row, Unreadable):
                raise errors.MalformedPayload(f"a funding payment cannot be read: {row.reason}")
            payments.append(row)
        return payments


def wording(order: NewOrder) -> dict[str, object]:
    """Return an order as it is sent; what has its default is left out."""
    words: dict[str, object] = {
        "client_order_id": order.client_order_id,
        "market": order.contract_id,
        "side": order.side.value,
        "size": text_of(order.size),
        "order_type": order.order_type.value,
        "time_in_force": order.time_in_force.value,
    }
    if order.reduce_only:
        words["reduce_only"] = True
    numbers = {
        "price": order.price,
        "trigger_price": order.trigger_price,
        "trailing_fraction": order.trailing_fraction,
    }
    return words | {name: text_of(value) for name, value in numbers.items() if value is not None}


def _name(order_id: str | None, client_order_id: str | None) -> dict[str, object]:
    """Name an order by exactly one name."""
    return {"order_id": order_id} if order_id else {"client_order_id": client_order_id}
