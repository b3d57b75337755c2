"""Money, positions, leverage, modes and fees of an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from exchange_clients.base_models import ContractId, LeverageBracket, Market, Reason
from venue_simulators.fapi.account_book import AccountBook
from venue_simulators.fapi.account_words import AccountWords, held_in, notional_limit
from venue_simulators.fapi.calls import Call
from venue_simulators.fapi.errors import FapiError, invalid, missing
from venue_simulators.fapi.public import market_of
from venue_simulators.fapi.wording import Row, answer, plain
from venue_simulators.wire import HttpResponse
from venue_simulators.world import World

LEVERAGE_MAX = 125
SUCCESS: Row = {"code": 200, "msg": "success"}
ISOLATED, CROSSED = "ISOLATED", "CROSSED"

Brackets = Mapping[ContractId, Sequence[LeverageBracket]]


class AccountDesk:
    """Each method is one endpoint.

    Args:
        world: The truth.
        brackets: What leverage each market allows.
        publish: Tells an account's stream of an event.
        words: How the venue speaks of accounts.
    """

    def __init__(
        self,
        world: World,
        brackets: Brackets,
        publish: Callable[[str, str, Row], None],
        words: AccountWords,
    ) -> None:
        self._world = world
        self._brackets = brackets
        self._publish = publish
        self._words = words

    # Money and positions --------------------------------------------------------------------------

    def balance(self, call: Call) -> HttpResponse:
        """Answer with the one balance."""
        return answer([self._words.balance_row(self._world, call.account)])

    def account(self, call: Call) -> HttpResponse:
        """Answer with totals, assets and the positions of every market."""
        rows = [
            self._words.account_position(
                self._world, call.book, symbol, self._limit(call.book, symbol)
            )
            for symbol in self._world.markets
        ]
        return answer(self._words.account_row(self._world, call.book, rows))

    def risks(self, call: Call) -> HttpResponse:
        """Answer with the positions of every market, those without any included."""
        book = call.book
        asked = [market.contract_id for market in self._asked(call)]
        return answer(
            [
                row
                for symbol in asked
                for row in self._words.risk_rows(
                    self._world, book, symbol, self._limit(book, symbol)
                )
            ]
        )

    def queue_to_deleverage(self, call: Call) -> HttpResponse:
        """Answer with how soon positions would be closed for others' losses."""
        rows: list[Row] = [
            {"symbol": one.contract_id, "adlQuantile": {"LONG": 0, "SHORT": 0, "BOTH": 0}}
            for one in self._asked(call)
        ]
        return answer(rows)

    # Leverage and fees ----------------------------------------------------------------------------

    def set_leverage(self, call: Call) -> HttpResponse:
        """Choose the leverage of a market."""
        market = market_of(self._world.markets, call.parameters)
        leverage = call.parameters.whole("leverage")
        if leverage is None:
            raise missing("leverage")
        if not 1 <= leverage <= LEVERAGE_MAX:
            raise FapiError(-4028)
        symbol = market.contract_id
        if leverage > self._world.rules[symbol].max_leverage:
            raise FapiError(-4028)
        outcome = self._world.set_leverage(call.account, symbol, Decimal(leverage))
        if outcome.reason is Reason.INVALID_ORDER:
            raise FapiError(-4028)
        if outcome.reason is not None:
            raise FapiError(-2028)
        self._publish(call.account, "ACCOUNT_CONFIG_UPDATE", {"ac": {"s": symbol, "l": leverage}})
        limit = plain(self._limit(call.book, symbol))
        return answer({"leverage": leverage, "maxNotionalValue": limit, "symbol": symbol})

    def brackets(self, call: Call) -> HttpResponse:
        """Answer with what leverage is allowed: of one market as an object, else as a list."""
        rows = [
            self._words.bracket_row(one.contract_id, self._brackets[one.contract_id])
            for one in self._asked(call)
        ]
        return answer(rows[0] if call.parameters.has("symbol") else rows)

    def fees(self, call: Call) -> HttpResponse:
        """Answer with the account's fees in a market, as fractions."""
        market = market_of(self._world.markets, call.parameters)
        return answer(
            {
                "symbol": market.contract_id,
                "makerCommissionRate": format(market.maker_fee, ".6f"),
                "takerCommissionRate": format(market.taker_fee, ".6f"),
            }
        )

    def _limit(self, book: AccountBook, symbol: ContractId) -> Decimal:
        leverage = self._world.leverage(book.account, symbol)
        return notional_limit(self._brackets[symbol], leverage)

    # Modes ----------------------------------------------------------------------------------------

    def set_margin_mode(self, call: Call) -> HttpResponse:
        """Let a market's margin stand alone, or not; the engine's is shared either way."""
        book = call.book
        symbol = market_of(self._world.markets, call.parameters).contract_id
        mode = call.parameters.choice("marginType", (ISOLATED, CROSSED))
        if mode is None:
            raise missing("marginType")
        if book.isolated.get(symbol, False) is (mode == ISOLATED):
            raise FapiError(-4046)
        if book.open(symbol):
            raise FapiError(-4047)
        if held_in(self._world, book.account, symbol) is not None:
            raise FapiError(-4048)
        book.isolated[symbol] = mode == ISOLATED
        return answer(SUCCESS)

    def position_mode(self, call: Call) -> HttpResponse:
        """Answer with whether longs and shorts are kept apart."""
        return answer({"dualSidePosition": call.book.dual_side})

    def set_position_mode(self, call: Call) -> HttpResponse:
        """Keep longs and shorts apart, or not; orders are taken in the second way alone."""
        book, wanted = call.book, _truth(call, "dualSidePosition")
        if book.dual_side is wanted:
            raise FapiError(-4059)
        if book.open():
            raise FapiError(-4067)
        if self._world.positions(book.account):
            raise FapiError(-4068)
        book.dual_side = wanted
        self._tell_modes(book)
        return answer(SUCCESS)

    def asset_mode(self, call: Call) -> HttpResponse:
        """Answer with whether every asset is margin."""
        return answer({"multiAssetsMargin": call.book.multi_assets})

    def set_asset_mode(self, call: Call) -> HttpResponse:
        """Let every asset be margin, or not; here there is but one."""
        book, wanted = call.book, _truth(call, "multiAssetsMargin")
        if book.multi_assets is wanted:
            raise FapiError(-4171)
        book.multi_assets = wanted
        self._tell_modes(book)
        return answer(SUCCESS)

    def _tell_modes(self, book: AccountBook) -> None:
        modes: Row = {"j": book.multi_assets, "f": "0", "d": "1" if book.dual_side else "0"}
        self._publish(book.account, "ACCOUNT_CONFIG_UPDATE", {"ai": modes})

    def _asked(self, call: Call) -> list[Market]:
        if call.parameters.has("symbol"):
            return [market_of(self._world.markets, call.parameters)]
        return list(self._world.markets.values())


def _truth(call: Call, name: str) -> bool:
    value = call.parameters.text(name)
    if value is None:
        raise missing(name)
    if value.lower() not in ("true", "false"):
        raise invalid(name)
    return value.lower() == "true"
