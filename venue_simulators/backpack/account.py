"""What an account holds and may do: positions, collateral, settings, limits."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Side
from venue_simulators.backpack import listing
from venue_simulators.backpack.account_book import AccountBook
from venue_simulators.backpack.account_words import capital_row, collateral_row, position_row
from venue_simulators.backpack.calls import Call
from venue_simulators.backpack.errors import Refusal, invalid_request, not_found, refused
from venue_simulators.backpack.public import MARKET_TYPES
from venue_simulators.backpack.wording import SIDES, answer, plain
from venue_simulators.wire import HttpResponse
from venue_simulators.world import World

SETTINGS = ("autoLend", "autoRepayBorrows", "autoBorrowSettlements", "autoRealizePnl")


class AccountDesk:
    """Each method is one endpoint."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._settings: dict[tuple[str, str], bool] = {}
        self._limits: dict[str, Decimal] = {}

    def positions(self, call: Call) -> HttpResponse:
        """Answer with open positions; one symbol without a position is not found."""
        symbol = call.query.text("symbol")
        if call.query.choice("marketType", MARKET_TYPES) not in (None, "PERP"):
            return answer([])
        held = [
            one
            for one in self._world.positions(call.book.account)
            if symbol in (None, one.contract_id)
        ]
        if symbol is not None and not held:
            raise not_found()
        rows = [
            position_row(self._world, call.book, one, with_liquidation=symbol is not None)
            for one in held
        ]
        return answer(rows)

    def capital(self, call: Call) -> HttpResponse:
        """Answer with balances by asset."""
        return answer({"USDC": capital_row(self._world, call.book)})

    def collateral(self, call: Call) -> HttpResponse:
        """Answer with equity and what of it is bound."""
        return answer(collateral_row(self._world, call.book))

    def account(self, call: Call) -> HttpResponse:
        """Answer with fees, the leverage limit and counts of orders."""
        book = call.book
        waiting = sum(1 for one in book.live.values() if one.waits)
        maker, taker = (plain(fee * 10_000) for fee in self._fees())
        settings = {name: self._settings.get((book.account, name), True) for name in SETTINGS}
        return answer(
            {
                "leverageLimit": plain(self._leverage_limit(book.account)),
                "futuresMakerFee": maker,
                "futuresTakerFee": taker,
                "spotMakerFee": "8",
                "spotTakerFee": "10",
                "limitOrders": len(book.live) - waiting,
                "triggerOrders": waiting,
                "liquidating": False,
                "positionLimit": "100000000",
                "borrowLimit": "100000000",
                **settings,
                "autoLend": book.auto_lend,
            }
        )

    def update(self, call: Call) -> HttpResponse:
        """Change the leverage limit of the whole account, or a setting; answer with nothing."""
        limit = call.body.decimal("leverageLimit")
        flags = {name: call.body.flag(name) for name in SETTINGS}
        if limit is not None:
            self._set_limit(call.book.account, limit)
        for name, value in flags.items():
            if value is not None:
                self._settings[call.book.account, name] = value
        if flags["autoLend"] is not None:
            call.book.auto_lend = flags["autoLend"]
        return HttpResponse(200, b"")

    def order_limit(self, call: Call) -> HttpResponse:
        """Answer with the largest size that an order may have."""
        symbol = ContractId(call.query.required("symbol"))
        side_word = call.query.required("side")
        call.query.choice("side", tuple(SIDES))
        price = call.query.decimal("price")
        reduce_only = call.query.flag("reduceOnly") or False
        if symbol not in self._world.markets:
            raise invalid_request("Invalid symbol")
        size = self._largest(call.book, symbol, SIDES[side_word], price, reduce_only=reduce_only)
        return answer(
            {
                "symbol": symbol,
                "side": side_word,
                "price": None if price is None else plain(price),
                "reduceOnly": reduce_only,
                "maxOrderQuantity": plain(size),
            }
        )

    # Leverage and margin --------------------------------------------------------------------------

    def _leverage_limit(self, account: str) -> Decimal:
        contract_ids = iter(self._world.markets)
        return self._limits.get(account) or self._world.leverage(account, next(contract_ids))

    def _set_limit(self, account: str, limit: Decimal) -> None:
        if not 1 <= limit <= listing.MAX_LEVERAGE:
            maximum = plain(listing.MAX_LEVERAGE)
            raise Refusal("INVALID_RANGE", f"leverageLimit must be between 1 and {maximum}")
        world = self._world
        before = {one: world.leverage(account, one) for one in world.markets}
        for contract_id in before:
            outcome = world.set_leverage(account, contract_id, limit)
            if outcome.reason is not None:
                # The limit is the whole account's, so no market keeps what another cannot carry.
                for changed, leverage in before.items():
                    world.set_leverage(account, changed, leverage)
                raise refused(outcome.reason)
        self._limits[account] = limit

    def _largest(
        self,
        book: AccountBook,
        symbol: ContractId,
        side: Side,
        price: Decimal | None,
        *,
        reduce_only: bool,
    ) -> Decimal:
        market = self._world.markets[symbol]
        held = [
            one.size for one in self._world.positions(book.account) if one.contract_id == symbol
        ]
        closable = max(-sum(held, ZERO) * side.sign, ZERO)
        if reduce_only:
            return closable
        at = price or self._world.prices(symbol).mark
        free = self._world.funds(book.account).available
        leverage = self._world.leverage(book.account, symbol)
        return market.round_size(2 * closable + free * leverage / at)

    def _fees(self) -> tuple[Decimal, Decimal]:
        market = next(iter(self._world.markets.values()))
        return market.maker_fee, market.taker_fee
