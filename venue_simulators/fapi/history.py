"""The past of an account: orders, fills, money that moved, liquidations."""

from __future__ import annotations

from exchange_clients.base_models import ContractId
from venue_simulators.fapi.account_book import FUNDING_FEE, Income
from venue_simulators.fapi.calls import Call
from venue_simulators.fapi.errors import BAD_SYMBOL, FapiError, missing
from venue_simulators.fapi.order_words import OrderWords
from venue_simulators.fapi.paging import limit_of, page, page_from
from venue_simulators.fapi.parameters import Parameters
from venue_simulators.fapi.trading import TradingRules, forgotten, visible
from venue_simulators.fapi.wording import Row, answer, ms, to_eight
from venue_simulators.wire import HttpResponse
from venue_simulators.world import World

ROWS_DEFAULT = 500
INCOMES_DEFAULT = 100
ROWS_MAX = 1000
INCOME_KINDS = (
    "TRANSFER",
    "WELCOME_BONUS",
    "REALIZED_PNL",
    FUNDING_FEE,
    "COMMISSION",
    "INSURANCE_CLEAR",
    "MARKET_MERCHANT_RETURN_REWARD",
)


class HistoryDesk:
    """Each method is one endpoint.

    Args:
        world: The truth.
        words: How the venue speaks of orders.
        rules: The venue's own ways.
    """

    def __init__(self, world: World, words: OrderWords, rules: TradingRules) -> None:
        self._world = world
        self._words = words
        self._rules = rules

    def orders(self, call: Call) -> HttpResponse:
        """Answer with orders, from a number on or of some days; oldest first."""
        fields = call.parameters
        every = self._rules.lists_all_markets and not fields.has("symbol")
        symbol = None if every else self._symbol(fields)
        limit = limit_of(fields, ROWS_DEFAULT, ROWS_MAX)
        now_ns = self._world.now_ns
        until_ns = now_ns - self._rules.read_delay_ns
        since_ns = now_ns - self._rules.remembers_ns
        rows = (
            one
            for one in call.book.records.values()
            if symbol in (None, one.asked.symbol)
            and visible(one, until_ns)
            and not forgotten(one, since_ns)
        )
        if fields.has("orderId"):
            found = page_from(rows, fields, "orderId", limit, lambda one: int(one.info.order_id))
        else:
            found = page(rows, fields, limit, now_ns, lambda one: one.info.created_ns or 0)
        return answer([self._words.told(one) for one in found])

    def fills(self, call: Call) -> HttpResponse:
        """Answer with a market's fills, from a number on or of some days; oldest first."""
        fields = call.parameters
        symbol = self._symbol(fields)
        limit = limit_of(fields, ROWS_DEFAULT, ROWS_MAX)
        order_id = fields.whole("orderId")
        until_ns = self._world.now_ns - self._rules.read_delay_ns
        rows = [
            one
            for one in call.book.fills
            if one.fill.contract_id == symbol
            and order_id in (None, int(one.fill.order_id))
            and one.fill.venue_ns <= until_ns
        ]
        if fields.has("fromId"):
            found = page_from(rows, fields, "fromId", limit, lambda one: int(one.fill.trade_id))
        else:
            found = page(rows, fields, limit, self._world.now_ns, lambda one: one.fill.venue_ns)
        return answer([self._words.fill(one) for one in found])

    def incomes(self, call: Call) -> HttpResponse:
        """Answer with money that moved: negative was paid."""
        fields = call.parameters
        kind = fields.choice("incomeType", INCOME_KINDS)
        symbol = self._symbol(fields) if fields.has("symbol") else None
        limit = limit_of(fields, INCOMES_DEFAULT, ROWS_MAX)
        rows = [
            one
            for one in call.book.incomes
            if kind in (None, one.kind)
            and symbol in (None, one.symbol)
            and (one.kind != FUNDING_FEE or self._world.listed(one.at_ns))
        ]
        found = page(rows, fields, limit, self._world.now_ns, lambda one: one.at_ns)
        return answer([income_row(one) for one in found])

    def liquidations(self, call: Call) -> HttpResponse:
        """Answer with the orders by which the venue has closed positions."""
        fields = call.parameters
        symbol = self._symbol(fields) if fields.has("symbol") else None
        kind = fields.choice("autoCloseType", ("LIQUIDATION", "ADL"))
        limit = limit_of(fields, 50 if symbol is None else 100, ROWS_MAX)
        rows = [
            one
            for one in call.book.records.values()
            if one.liquidation
            and symbol in (None, one.asked.symbol)
            and kind in (None, "ADL" if one.deleveraged else "LIQUIDATION")
        ]
        now_ns = self._world.now_ns
        found = page(rows, fields, limit, now_ns, lambda one: one.info.created_ns or 0)
        return answer([self._words.told(one) for one in found])

    def _symbol(self, fields: Parameters) -> ContractId:
        if not fields.has("symbol"):
            raise missing("symbol")
        symbol = ContractId(fields.required("symbol"))
        if symbol not in self._world.markets:
            raise FapiError(BAD_SYMBOL)
        return symbol


def income_row(income: Income) -> Row:
    """Return one movement of money."""
    return {
        "symbol": income.symbol,
        "incomeType": income.kind,
        "income": to_eight(income.amount),
        "asset": income.asset,
        "info": income.trade_id or income.kind,
        "time": ms(income.at_ns),
        "tranId": str(ms(income.at_ns) * 1000 + income.number % 1000),
        "tradeId": income.trade_id,
    }
