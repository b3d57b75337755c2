"""Rows and events about an account's money and positions, as Binance words them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from exchange_clients.base_models import ONE, ZERO, ContractId
from venue_simulators.fapi.account_book import AccountBook
from venue_simulators.fapi.account_words import ASSET, AccountWords
from venue_simulators.fapi.legs import BOTH, LONG, SHORT, Leg, flat
from venue_simulators.fapi.wording import Row, ms, on_grid, plain, to_eight, to_twelve
from venue_simulators.world import World

if TYPE_CHECKING:
    from venue_simulators.binance.book import BinanceBook

_ACCOUNT_POSITION = (
    "symbol",
    "initialMargin",
    "maintMargin",
    "positionInitialMargin",
    "openOrderInitialMargin",
    "leverage",
    "entryPrice",
    "positionSide",
    "positionAmt",
)


class BinanceAccountWords(AccountWords):
    """What Binance says of an account."""

    # Events ---------------------------------------------------------------------------------------

    def position(
        self,
        world: World,
        book: AccountBook,
        symbol: ContractId,
        size: Decimal,
        entry: Decimal,
        unrealised: Decimal,
    ) -> Row:
        """Return a position as events hold it."""
        row = super().position(world, book, symbol, size, entry, unrealised)
        del row["ma"]
        return row | {"bep": to_twelve(break_even(world, symbol, size, entry))}

    # Answers --------------------------------------------------------------------------------------

    def position_rows(self, world: World, book: BinanceBook, symbol: ContractId) -> list[Row]:
        """Return a market's positions as version 3 lists them: none without position and orders."""
        legs = list(book.positions(symbol))
        if not legs and not book.open(symbol):
            return []
        return [_position_row(world, book, leg) for leg in legs or [flat(symbol, BOTH)]]

    def older_position_rows(
        self, world: World, book: BinanceBook, symbol: ContractId, limit: Decimal
    ) -> list[Row]:
        """Return a market's positions as version 2 lists them: flat ones too, with leverage."""
        found = {leg.side: leg for leg in book.positions(symbol)}
        sides = (BOTH, LONG, SHORT) if book.dual_side else (BOTH,)
        settings: Row = {
            "leverage": plain(world.leverage(book.account, symbol)),
            "maxNotionalValue": plain(limit),
            "marginType": "isolated" if book.isolated.get(symbol) else "cross",
            "isAutoAddMargin": "false",
        }
        return [
            _older(_position_row(world, book, found.get(side) or flat(symbol, side))) | settings
            for side in sides
        ]

    def config_row(
        self, world: World, book: BinanceBook, symbol: ContractId, limit: Decimal
    ) -> Row:
        """Return a market's settings."""
        return {
            "symbol": symbol,
            "marginType": "ISOLATED" if book.isolated.get(symbol) else "CROSSED",
            "isAutoAddMargin": False,
            "leverage": int(world.leverage(book.account, symbol)),
            "maxNotionalValue": plain(limit),
        }

    def newer_account_row(self, world: World, book: BinanceBook, positions: Sequence[Row]) -> Row:
        """Return totals, the one asset and the positions as version 3 does."""
        row = self.account_row(world, book, positions)
        totals = {
            name: value
            for name, value in row.items()
            if name.startswith("total") or name in ("availableBalance", "maxWithdrawAmount")
        }
        margins = {
            "totalPositionInitialMargin": row["totalInitialMargin"],
            "totalOpenOrderInitialMargin": "0.00000000",
        }
        return totals | margins | {"assets": row["assets"], "positions": list(positions)}

    def older_account_position(self, row: Row) -> Row:
        """Return a position of version 2's list as the account of that version holds it."""
        return {name: row[name] for name in _ACCOUNT_POSITION} | {
            "unrealizedProfit": row["unRealizedProfit"],
            "isolated": row["marginType"] == "isolated",
            "maxNotional": row["maxNotionalValue"],
            "updateTime": row["updateTime"],
        }


def break_even(world: World, symbol: ContractId, size: Decimal, entry: Decimal) -> Decimal:
    """Return the price at which closing pays for itself and for the fee of opening."""
    if not size:
        return ZERO
    return entry * (ONE + world.markets[symbol].taker_fee.copy_sign(size))


def _position_row(world: World, book: BinanceBook, leg: Leg) -> Row:
    market = world.markets[leg.symbol]
    mark = world.prices(leg.symbol).mark
    notional = leg.size * mark
    leverage = world.leverage(book.account, leg.symbol)
    margin = to_eight(abs(notional) / leverage)
    return {
        "symbol": leg.symbol,
        "positionSide": leg.side,
        "positionAmt": on_grid(leg.size, market.step),
        "entryPrice": to_twelve(leg.entry) if leg.size else "0.0",
        "breakEvenPrice": to_twelve(break_even(world, leg.symbol, leg.size, leg.entry)),
        "markPrice": to_eight(mark),
        "unRealizedProfit": to_eight(leg.unrealised),
        "liquidationPrice": plain(leg.liquidation_price),
        "isolatedMargin": "0",
        "notional": to_eight(notional),
        "marginAsset": ASSET,
        "isolatedWallet": "0",
        "initialMargin": margin,
        "maintMargin": to_eight(abs(notional) * market.maintenance_margin),
        "positionInitialMargin": margin,
        "openOrderInitialMargin": "0",
        "adl": 0,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": ms(world.now_ns) if leg.size else 0,
    }


def _older(row: Row) -> Row:
    left_out = ("marginAsset", "adl", "bidNotional", "askNotional")
    return {name: value for name, value in row.items() if name not in left_out}
