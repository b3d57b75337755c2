"""What an account may do with orders, and what it can read about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Side
from venue_simulators.edgex.account_book import AccountBook, Venue
from venue_simulators.edgex.account_rows import Row
from venue_simulators.edgex.calls import Call
from venue_simulators.edgex.errors import EdgexError, invalid, required
from venue_simulators.edgex.examiner import Examiner
from venue_simulators.edgex.listing import MAKER_FEE, TAKER_FEE
from venue_simulators.edgex.order_form import check_numbers, check_seal, read_form, read_seal
from venue_simulators.edgex.order_form import worst_price as worst_price_of
from venue_simulators.edgex.order_record import OrderRecord
from venue_simulators.edgex.paging import page
from venue_simulators.edgex.wording import COLLATERAL_ID, MS, SIDES, Words, plain

ACTIVE_ROWS_MAX = 200
SUCCESS = "SUCCESS"


class OrderApi:
    """Each public method is one endpoint."""

    def __init__(self, venue: Venue, examiner: Examiner) -> None:
        self._venue = venue
        self._world = venue.world
        self._desk = venue.desk
        self._examiner = examiner

    # Placing and cancelling -----------------------------------------------------------------------

    def create(self, call: Call) -> object:
        """Take an order in and answer with no more than its id; the same name is taken once."""
        book, fields = call.book, call.fields
        form, seal = read_form(fields, self._venue.listed), read_seal(fields)
        known = self._desk.by_client_id(book.member.name, form.client_order_id)
        if known is not None:
            return {"orderId": known.order_id}
        contract_id = form.contract.contract_id
        if not self._world.tradable(contract_id):
            raise EdgexError("MARKET_CLOSED", f"contract {contract_id} is not trading")
        oracle = self._world.prices(contract_id).mark
        for each, signed in ((form, seal), *form.exits):
            check_numbers(each, oracle)
            check_seal(each, signed, max(MAKER_FEE, TAKER_FEE), self._world.now_ns // MS)
            self._examiner.check_order(book, each, signed)
        leverage = self._world.leverage(book.member.name, contract_id)
        bound = worst_price_of(form, seal, oracle) if form.market else ZERO
        record = self._desk.create(book.member, form, bound, leverage)
        record.exits = [
            (each, worst_price_of(each, signed, oracle) if each.market else ZERO)
            for each, signed in form.exits
        ]
        return {"orderId": record.order_id}

    def cancel_by_id(self, call: Call) -> object:
        """Cancel orders by the venue's ids; each has an outcome of its own."""
        return self._cancel(call, "orderIdList", self._desk.by_id)

    def cancel_by_client_id(self, call: Call) -> object:
        """Cancel orders by the client's ids; each has an outcome of its own."""
        return self._cancel(call, "clientOrderIdList", self._desk.by_client_id)

    def cancel_all(self, call: Call) -> object:
        """Cancel all orders that pass the filters; without filters that is every order."""
        fields, name = call.fields, call.book.member.name
        contracts, coins = (
            fields.allowed("filterContractIdList"),
            fields.allowed("filterCoinIdList"),
        )
        types, states = (
            fields.allowed("filterOrderTypeList"),
            fields.allowed("filterOrderStatusList"),
        )
        protective = fields.allowed_truths("filterIsPositionTpsl")
        chosen = [
            record
            for record in self._desk.active(name)
            if record.form.contract.contract_id in contracts
            and COLLATERAL_ID in coins
            and record.form.type in types
            and record.told_status in states
            and record.form.position_tpsl in protective
        ]
        self._desk.cancel(chosen)
        return {"cancelResultMap": {record.order_id: SUCCESS for record in chosen}}

    def _cancel(
        self, call: Call, name: str, find: Callable[[str, str], OrderRecord | None]
    ) -> object:
        wanted = call.fields.texts(name)
        if not wanted:
            raise required(name)
        found = {one: find(call.book.member.name, one) for one in wanted}
        live = [record for record in found.values() if record is not None and record.active]
        self._desk.cancel(live)
        return {"cancelResultMap": {one: _outcome(record) for one, record in found.items()}}

    # Reading --------------------------------------------------------------------------------------

    def active_page(self, call: Call) -> object:
        """Answer with the orders that can still trade, newest first."""
        rows = self._filtered(call, self._desk.active(call.book.member.name))
        return page(rows, call.fields, OrderRecord.words, ACTIVE_ROWS_MAX)

    def history_page(self, call: Call) -> object:
        """Answer with the orders that have ended, newest first."""
        ended = [one for one in self._desk.records(call.book.member.name) if not one.active]
        return page(self._filtered(call, ended), call.fields, OrderRecord.words)

    def by_id(self, call: Call) -> object:
        """Answer with orders by the venue's ids; those that are not found are left out."""
        return self._found(call, "orderIdList", self._desk.by_id)

    def by_client_id(self, call: Call) -> object:
        """Answer with orders by the client's ids; those that are not found are left out."""
        return self._found(call, "clientOrderIdList", self._desk.by_client_id)

    def fill_page(self, call: Call) -> object:
        """Answer with fills, newest first."""
        fields = call.fields
        orders, contracts = (
            fields.allowed("filterOrderIdList"),
            fields.allowed("filterContractIdList"),
        )
        span = fields.span()
        rows = [
            row
            for row in call.book.fills
            if str(row.words["orderId"]) in orders
            and row.contract_id in contracts
            and row.at_ns // MS in span
        ]
        return page(rows, fields, words_of)

    def _found(
        self, call: Call, name: str, find: Callable[[str, str], OrderRecord | None]
    ) -> object:
        wanted = call.fields.texts(name)
        if not wanted:
            raise required(name)
        found = (self._desk.found(find(call.book.member.name, one)) for one in wanted)
        return [record.words() for record in found if record is not None]

    def _filtered(self, call: Call, records: Sequence[OrderRecord]) -> list[OrderRecord]:
        fields = call.fields
        contracts, coins = (
            fields.allowed("filterContractIdList"),
            fields.allowed("filterCoinIdList"),
        )
        types, states = fields.allowed("filterTypeList"), fields.allowed("filterStatusList")
        orders, span = fields.allowed("filterOrderIdList"), fields.span()
        forced = fields.allowed_truths("filterIsLiquidateList")
        deleveraged = fields.allowed_truths("filterIsDeleverageList")
        protective = fields.allowed_truths("filterIsPositionTpslList")
        return [
            record
            for record in records
            if record.form.contract.contract_id in contracts
            and COLLATERAL_ID in coins
            and record.form.type in types
            and record.told_status in states
            and record.order_id in orders
            and record.created_ns // MS in span
            and record.liquidation in forced
            and False in deleveraged
            and record.form.position_tpsl in protective
        ]

    # Limits ---------------------------------------------------------------------------------------

    def max_size(self, call: Call) -> object:
        """Answer with the largest sizes that could be bought and sold at a price."""
        contract_id = ContractId(call.fields.text("contractId"))
        contract = self._venue.contracts.get(contract_id)
        if contract is None:
            raise EdgexError("CONTRACT_NOT_FOUND", f"invalid contractId:{contract_id}")
        price = call.fields.decimal("price")
        if price <= 0:
            raise invalid("price", price)
        bid, ask, _ = self._world.best(contract_id)
        sizes = {
            word: contract.market.round_size(self._largest(call.book, contract_id, side, price))
            for word, side in SIDES.items()
        }
        return {
            "maxBuySize": plain(sizes["BUY"]),
            "maxSellSize": plain(sizes["SELL"]),
            "ask1Price": plain(ask[0] if ask else ZERO),
            "bid1Price": plain(bid[0] if bid else ZERO),
        }

    def _largest(
        self, book: AccountBook, contract_id: ContractId, side: Side, price: Decimal
    ) -> Decimal:
        name = book.member.name
        position = book.positions.get(contract_id)
        held = position.size if position else ZERO
        free = self._world.funds(name).available
        leverage = self._world.leverage(name, contract_id)
        return 2 * max(-held * side.sign, ZERO) + max(free, ZERO) * leverage / price


def routes(api: OrderApi) -> Mapping[tuple[str, str], Callable[[Call], object]]:
    """Return the endpoints by method and name."""
    return {
        ("POST", "order/createOrder"): api.create,
        ("POST", "order/cancelOrderById"): api.cancel_by_id,
        ("POST", "order/cancelOrderByClientOrderId"): api.cancel_by_client_id,
        ("POST", "order/cancelAllOrder"): api.cancel_all,
        ("POST", "order/getMaxCreateOrderSize"): api.max_size,
        ("GET", "order/getActiveOrderPage"): api.active_page,
        ("GET", "order/getHistoryOrderPage"): api.history_page,
        ("GET", "order/getHistoryOrderFillTransactionPage"): api.fill_page,
        ("GET", "order/getOrderById"): api.by_id,
        ("GET", "order/getOrderByClientOrderId"): api.by_client_id,
    }


def words_of(row: Row) -> Words:
    """Return a line of a ledger as REST tells of it."""
    return row.words


def _outcome(record: OrderRecord | None) -> str:
    """Return what became of a cancel; only the plain success says that it was accepted."""
    if record is None:
        return "FAILED_ORDER_NOT_FOUND"
    return SUCCESS if record.active else f"FAILED_ORDER_{record.status}"
