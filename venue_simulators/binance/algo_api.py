"""Conditional orders by request; they live apart from the ordinary ones."""

from __future__ import annotations

from exchange_clients.base_models import ContractId
from venue_simulators.binance.algo_desk import AlgoDesk
from venue_simulators.binance.algo_form import read_algo
from venue_simulators.binance.algos import TRIGGERED, TRIGGERING, AlgoRecord, algo_row, algo_told
from venue_simulators.binance.book import book_of
from venue_simulators.binance.trading import ALL_CANCELLED
from venue_simulators.fapi.calls import Call
from venue_simulators.fapi.errors import (
    BAD_SYMBOL,
    CANCEL_REJECTED,
    NO_SUCH_ORDER,
    FapiError,
    missing,
)
from venue_simulators.fapi.paging import limit_of, page, page_from
from venue_simulators.fapi.parameters import Parameters
from venue_simulators.fapi.trading import TradingRules
from venue_simulators.fapi.wording import answer
from venue_simulators.wire import HttpResponse
from venue_simulators.world import World


class AlgoApi:
    """Each method is one endpoint.

    Args:
        world: The truth.
        desk: The conditional orders.
        rules: How long an order is told of, and how late.
    """

    def __init__(self, world: World, desk: AlgoDesk, rules: TradingRules) -> None:
        self._world = world
        self._desk = desk
        self._rules = rules

    def place(self, call: Call) -> HttpResponse:
        """Place one order."""
        book = book_of(call)
        spare_id = book.spare_id()
        asked = read_algo(call.parameters, self._world, spare_id, dual_side=book.dual_side)
        return answer(algo_row(self._desk.add(book, asked)))

    def cancel(self, call: Call) -> HttpResponse:
        """Cancel one waiting order; the code of success is a text here."""
        record = self._named(call, CANCEL_REJECTED)
        self._desk.cancel(book_of(call), record)
        return answer(
            {
                "algoId": record.algo_id,
                "clientAlgoId": record.asked.client_id,
                "code": "200",
                "msg": "success",
            }
        )

    def cancel_all(self, call: Call) -> HttpResponse:
        """Cancel every waiting order of a market."""
        symbol, book = self._symbol(call.parameters), book_of(call)
        for record in self._desk.waiting(book):
            if record.asked.symbol == symbol:
                self._desk.cancel(book, record)
        return answer(ALL_CANCELLED)

    def order(self, call: Call) -> HttpResponse:
        """Answer with one order, whatever became of it."""
        record = self._named(call, NO_SUCH_ORDER)
        if not self._visible(record) or self._forgotten(record):
            raise FapiError(NO_SUCH_ORDER)
        return answer(algo_told(record))

    def open_orders(self, call: Call) -> HttpResponse:
        """Answer with the waiting orders, oldest first."""
        fields = call.parameters
        symbol = self._symbol(fields) if fields.has("symbol") else None
        algo_id = fields.whole("algoId")
        return answer(
            [
                algo_told(one)
                for one in self._desk.waiting(book_of(call))
                if symbol in (None, one.asked.symbol)
                and algo_id in (None, one.algo_id)
                and self._visible(one)
            ]
        )

    def orders(self, call: Call) -> HttpResponse:
        """Answer with a market's conditional orders, from a number on or of some days."""
        fields = call.parameters
        symbol = self._symbol(fields)
        limit = limit_of(fields, 500, 1000)
        rows = (
            one
            for one in self._desk.every(book_of(call))
            if one.asked.symbol == symbol and self._visible(one) and not self._forgotten(one)
        )
        if fields.has("algoId"):
            found = page_from(rows, fields, "algoId", limit, lambda one: one.algo_id)
        else:
            now_ns = self._world.now_ns
            found = page(rows, fields, limit, now_ns, lambda one: one.created_ns)
        return answer([algo_told(one) for one in found])

    # Inside ---------------------------------------------------------------------------------------

    def _named(self, call: Call, refusal: int) -> AlgoRecord:
        fields = call.parameters
        algo_id, client_id = fields.whole("algoId"), fields.text("clientAlgoId")
        if algo_id is None and client_id is None:
            raise missing("algoId")
        record = self._desk.find(book_of(call), algo_id, client_id)
        if record is None:
            raise FapiError(refusal)
        return record

    def _visible(self, record: AlgoRecord) -> bool:
        return record.created_ns <= self._world.now_ns - self._rules.read_delay_ns

    def _forgotten(self, record: AlgoRecord) -> bool:
        lives = record.waits or record.state in (TRIGGERING, TRIGGERED)
        filled = record.child is not None and record.child.filled > 0
        since_ns = self._world.now_ns - self._rules.remembers_ns
        return not lives and not filled and record.created_ns < since_ns

    def _symbol(self, fields: Parameters) -> ContractId:
        symbol = ContractId(fields.required("symbol"))
        if symbol not in self._world.markets:
            raise FapiError(BAD_SYMBOL)
        return symbol
