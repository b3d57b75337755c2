"""Money, positions and settings of an account, where Binance has more than the dialect."""

from __future__ import annotations

from collections.abc import Callable

from exchange_clients.base_models import ContractId, Market
from venue_simulators.binance.account_words import BinanceAccountWords
from venue_simulators.binance.book import BinanceBook, book_of
from venue_simulators.fapi.account import (
    CROSSED,
    ISOLATED,
    SUCCESS,
    AccountDesk,
    Brackets,
)
from venue_simulators.fapi.calls import Call
from venue_simulators.fapi.errors import FapiError
from venue_simulators.fapi.public import market_of
from venue_simulators.fapi.rate_limits import Limits
from venue_simulators.fapi.wording import Row, answer
from venue_simulators.wire import HttpResponse
from venue_simulators.world import World

RETAIL_FEE = "0.000200"


class BinanceAccount(AccountDesk):
    """Each method is one endpoint."""

    def __init__(
        self,
        world: World,
        brackets: Brackets,
        publish: Callable[[str, str, Row], None],
        words: BinanceAccountWords,
        limits: Limits,
    ) -> None:
        super().__init__(world, brackets, publish, words)
        self._own_words = words
        self._limits = limits

    # Money and positions --------------------------------------------------------------------------

    def newer_account(self, call: Call) -> HttpResponse:
        """Answer with totals, assets and the open positions, as version 3."""
        book = book_of(call)
        rows = [row for one in self._world.markets for row in self._rows(book, one)]
        return answer(self._own_words.newer_account_row(self._world, book, rows))

    def account(self, call: Call) -> HttpResponse:
        """Answer with totals, assets and the positions of every market, as version 2."""
        book = book_of(call)
        rows = [
            self._own_words.older_account_position(row)
            for symbol in self._world.markets
            for row in self._older_rows(book, symbol)
        ]
        return answer(self._words.account_row(self._world, book, rows))

    def newer_risks(self, call: Call) -> HttpResponse:
        """Answer with the markets that have a position or orders, as version 3."""
        book = book_of(call)
        return answer(
            [row for one in self._asked(call) for row in self._rows(book, one.contract_id)]
        )

    def risks(self, call: Call) -> HttpResponse:
        """Answer with the positions of every market and their leverage, as version 2."""
        book = book_of(call)
        return answer(
            [row for one in self._asked(call) for row in self._older_rows(book, one.contract_id)]
        )

    def _rows(self, book: BinanceBook, symbol: ContractId) -> list[Row]:
        return self._own_words.position_rows(self._world, book, symbol)

    def _older_rows(self, book: BinanceBook, symbol: ContractId) -> list[Row]:
        limit = self._limit(book, symbol)
        return self._own_words.older_position_rows(self._world, book, symbol, limit)

    # Settings -------------------------------------------------------------------------------------

    def symbol_config(self, call: Call) -> HttpResponse:
        """Answer with the settings of every market."""
        book = book_of(call)

        def told(market: Market) -> Row:
            symbol = market.contract_id
            limit = self._limit(book, symbol)
            return self._own_words.config_row(self._world, book, symbol, limit)

        return answer([told(one) for one in self._asked(call)])

    def account_config(self, call: Call) -> HttpResponse:
        """Answer with what the account may do and how it is set."""
        book = book_of(call)
        return answer(
            {
                "feeTier": 0,
                "canTrade": book.trades,
                "canDeposit": True,
                "canWithdraw": True,
                "dualSidePosition": book.dual_side,
                "updateTime": 0,
                "multiAssetsMargin": book.multi_assets,
                "tradeGroupId": -1,
            }
        )

    def brackets(self, call: Call) -> HttpResponse:
        """Answer with what leverage is allowed, as a list even of one market."""
        return answer(
            [
                {
                    **self._words.bracket_row(one.contract_id, self._brackets[one.contract_id]),
                    "notionalCoef": 1.0,
                }
                for one in self._asked(call)
            ]
        )

    def fees(self, call: Call) -> HttpResponse:
        """Answer with the account's fees in a market, as fractions."""
        market = market_of(self._world.markets, call.parameters)
        return answer(
            {
                "symbol": market.contract_id,
                "makerCommissionRate": format(market.maker_fee, ".6f"),
                "takerCommissionRate": format(market.taker_fee, ".6f"),
                "rpiCommissionRate": RETAIL_FEE,
            }
        )

    def order_limits(self, _: Call) -> HttpResponse:
        """Answer with how many orders the account may place."""
        rows = [row for row in self._limits.rows() if row["rateLimitType"] == "ORDERS"]
        return answer(rows[::-1])

    def set_margin_mode(self, call: Call) -> HttpResponse:
        """Let a market's margin stand alone, or not; the engine's is shared either way."""
        mode = call.parameters.choice("marginType", (ISOLATED, CROSSED))
        if mode == ISOLATED and call.book.multi_assets:
            raise FapiError(-4168)
        return super().set_margin_mode(call)

    def set_asset_mode(self, call: Call) -> HttpResponse:
        """Let every asset be margin, or not; isolated margins forbid it."""
        wanted = call.parameters.flag("multiAssetsMargin")
        if wanted and any(call.book.isolated.values()):
            raise FapiError(-4168)
        return super().set_asset_mode(call)

    def fee_burn(self, call: Call) -> HttpResponse:
        """Answer with whether fees are paid in the venue's own coin."""
        return answer({"feeBurn": book_of(call).burns})

    def set_fee_burn(self, call: Call) -> HttpResponse:
        """Choose whether fees are paid in the venue's own coin; here it changes no fee."""
        call.parameters.required("feeBurn")
        book_of(call).burns = bool(call.parameters.flag("feeBurn"))
        return answer(SUCCESS)
