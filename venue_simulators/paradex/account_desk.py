"""What an account may ask about itself, and how it sets its leverage."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from exchange_clients.base_models import ContractId
from exchange_clients.paper.config import PaperConfig
from venue_simulators.paradex.account_book import CROSS, ISOLATED, AccountBook
from venue_simulators.paradex.calls import Access, Body, Call, Route
from venue_simulators.paradex.errors import MARKET_MISSING, Refusal
from venue_simulators.paradex.paging import page, span_ns
from venue_simulators.paradex.wording import Json, Words, number, reply, results
from venue_simulators.wire import HttpResponse
from venue_simulators.world import World

EMPTY_LISTS = ("transactions", "transfers", "liquidations", "algo/orders")
"""What is asked for and never happens here."""


class AccountDesk:
    """Each method is one endpoint.

    Args:
        world: The truth.
        books: The accounts' books, by name.
        config: With what the world was built, for its fees.
    """

    def __init__(self, world: World, books: Mapping[str, AccountBook], config: PaperConfig) -> None:
        self._world = world
        self._books = books
        self._config = config

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        read = Access.READ
        return [
            Route("GET", "account", self.account, read),
            Route("GET", "account/info", self.info, read),
            Route("GET", "balance", self.balance, read),
            Route("GET", "positions", self.positions, read),
            Route("GET", "fills", self.fills, read),
            Route("GET", "tradebusts", self.busts, read),
            Route("GET", "funding/payments", self.payments, read),
            Route("GET", "account/margin", self.margin, read),
            Route("POST", "account/margin/{}", self.set_margin, Access.SETTING, Body.OBJECT),
            *[Route("GET", path, self.nothing, read) for path in EMPTY_LISTS],
        ]

    # Money and positions --------------------------------------------------------------------------

    def account(self, call: Call) -> HttpResponse:
        """Answer with the account's money."""
        return reply(self._book(call).account().words())

    def balance(self, call: Call) -> HttpResponse:
        """Answer with what the account holds of each token."""
        return results([self._book(call).balance()])

    def positions(self, call: Call) -> HttpResponse:
        """Answer with every position that there was, closed ones included."""
        return results([row.words() for row in self._book(call).positions()])

    def info(self, call: Call) -> HttpResponse:
        """Answer with a row for each linked account; the caller's own is not the first."""
        member = call.session.member
        market = next(iter(self._world.markets.values()))
        maker, taker = self._config.fees(market)
        own = _info_row(member.account, "main", f"{member.main.public_key:#x}", maker, taker)
        isolated = _info_row(f"{member.address ^ 1:#x}", "isolated_margin", "", taker, taker)
        linked = {"parent_account": member.account, "isolated_market": market.contract_id}
        return results([isolated | linked, own])

    # Histories ------------------------------------------------------------------------------------

    def fills(self, call: Call) -> HttpResponse:
        """Answer with fills, newest first."""
        start_ns, end_ns = span_ns(call.query)
        market = call.query.text("market")
        rows = [
            row
            for row in self._book(call).fills
            if start_ns <= row.at_ns <= end_ns and market in (None, row.market)
        ]
        return reply(page(rows, call.query, lambda row: row.words()))

    def busts(self, call: Call) -> HttpResponse:
        """Answer with the fills that were voided, newest first."""
        start_ns, end_ns = span_ns(call.query)
        rows = [row for row in self._book(call).busts if start_ns <= row.at_ns <= end_ns]
        return reply(page(rows, call.query, lambda row: row.words()))

    def payments(self, call: Call) -> HttpResponse:
        """Answer with the funding of one market that fills made real, newest first."""
        market = self._market(call.query.required("market"))
        start_ns, end_ns = span_ns(call.query)
        rows = [
            row
            for row in self._book(call).payments
            if row.market == market
            and start_ns <= row.at_ns <= end_ns
            and self._world.listed(row.at_ns)
        ]
        return reply(page(rows, call.query, lambda row: row.words()))

    def nothing(self, call: Call) -> HttpResponse:
        """Answer with a list of what never happens here."""
        return reply(page([], call.query, lambda row: row))

    # Margin ---------------------------------------------------------------------------------------

    def margin(self, call: Call) -> HttpResponse:
        """Answer with leverage and margin type of one market, or of all."""
        name = call.query.text("market")
        markets = [*self._world.markets] if name is None else [self._market(name)]
        book = self._book(call)
        return reply(
            {
                "account": call.session.member.account,
                "configs": [self._margin_row(book, market) for market in markets],
                "margin_methodology": "cross_margin",
            }
        )

    def set_margin(self, call: Call) -> HttpResponse:
        """Choose leverage and margin type of a market; the type only where nothing is held."""
        market = self._market(call.args[0])
        book, body = self._book(call), call.body
        kind = body.choice("margin_type", (CROSS, ISOLATED), book.margin_type(market))
        leverage = body.whole("leverage")
        most = int(self._world.rules[market].max_leverage)
        if leverage is None or not 1 <= leverage <= most:
            raise body.fault("leverage", f"must be a whole number from 1 to {most}")
        held = any(each.contract_id == market for each in self._world.positions(book.member.name))
        if kind != book.margin_type(market) and held:
            raise Refusal("MARKET_MARGIN_RESTRICTED", "there is an open position")
        outcome = self._world.set_leverage(book.member.name, market, Decimal(leverage))
        if outcome.reason is not None:
            raise Refusal("MARKET_MARGIN_RESTRICTED", outcome.message)
        book.margin_types[market] = kind
        row = {"account": call.session.member.account, **self._margin_row(book, market)}
        return reply(row)

    def _margin_row(self, book: AccountBook, market: ContractId) -> Words:
        leverage = int(self._world.leverage(book.member.name, market))
        return {
            "market": market,
            "leverage": leverage,
            "margin_type": book.margin_type(market),
            "isolated_margin_leverage": leverage,
        }

    def _book(self, call: Call) -> AccountBook:
        return self._books[call.session.member.name]

    def _market(self, name: str) -> ContractId:
        if name not in self._world.markets:
            raise Refusal(MARKET_MISSING, f"market {name} is not found")
        return ContractId(name)


def _info_row(
    account: str, kind: str, public_key: str, maker: Decimal, taker: Decimal
) -> dict[str, Json]:
    fees: Words = {"maker_rate": number(maker), "taker_rate": number(taker)}
    spot: Words = {"spot_maker_rate": "0", "spot_taker_rate": "0.0003"}
    return {
        "account": account,
        "kind": kind,
        "parent_account": "",
        "isolated_market": "",
        "public_key": public_key,
        "username": "",
        "fees": fees | spot,
    }
