"""Rows and events about an account's money and positions; a venue overrides single methods."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from exchange_clients.base_models import ZERO, ContractId, LeverageBracket
from exchange_clients.events import PositionUpdate
from venue_simulators.fapi.legs import BOTH, Leg, flat
from venue_simulators.fapi.wording import Row, ms, on_grid, plain, to_eight, to_twelve
from venue_simulators.world import HeldPosition, World

if TYPE_CHECKING:
    from venue_simulators.fapi.account_book import AccountBook

ASSET = "USDT"
UNLIMITED = Decimal(9_223_372_036_854_775_807)
"""What stands for the notional limit of the last bracket."""


class AccountWords:
    """What the venue says of an account."""

    # Events ---------------------------------------------------------------------------------------

    def balance_data(self, world: World, account: str, change: Decimal) -> Row:
        """Return the one balance; ``change`` is what neither fees nor profits explain."""
        cash = to_eight(world.funds(account).cash)
        return {"a": ASSET, "wb": cash, "cw": cash, "bc": to_eight(change) if change else "0"}

    def position_data(self, world: World, book: AccountBook, update: PositionUpdate) -> Row:
        """Return a position as it is after a fill."""
        entry = update.entry_price or ZERO
        profit = update.quantity * (world.prices(update.contract_id).mark - entry)
        return self.position(world, book, update.contract_id, update.quantity, entry, profit)

    def held_data(self, world: World, book: AccountBook, symbol: ContractId) -> list[Row]:
        """Return the position that a market has now, none if it has none."""
        return [
            self.position(world, book, symbol, one.size, one.entry_price, one.unrealised)
            for one in world.positions(book.account)
            if one.contract_id == symbol
        ]

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
        return {
            "s": symbol,
            "pa": on_grid(size, world.markets[symbol].step),
            "ep": to_twelve(entry),
            "cr": to_eight(book.profit_of(symbol)),
            "up": to_eight(unrealised) if size else "0",
            "mt": "isolated" if book.isolated.get(symbol) else "cross",
            "iw": "0",
            "ps": "BOTH",
            "ma": ASSET,
        }

    def leg_data(self, world: World, book: AccountBook, leg: Leg) -> Row:
        """Return one of two positions as events hold it."""
        row = self.position(world, book, leg.symbol, leg.size, leg.entry, leg.unrealised)
        return row | {"ps": leg.side}

    # Answers --------------------------------------------------------------------------------------

    def balance_row(self, world: World, account: str) -> Row:
        """Return the one balance as ``/balance`` lists it."""
        funds = world.funds(account)
        return {
            "accountAlias": "SgsR",
            "asset": ASSET,
            "balance": to_eight(funds.cash),
            "crossWalletBalance": to_eight(funds.cash),
            "crossUnPnl": to_eight(funds.equity - funds.cash),
            "availableBalance": to_eight(max(funds.available, ZERO)),
            "maxWithdrawAmount": to_eight(max(min(funds.available, funds.cash), ZERO)),
            "marginAvailable": True,
            "updateTime": ms(world.now_ns),
        }

    def account_row(self, world: World, book: AccountBook, positions: Sequence[Row]) -> Row:
        """Return totals, the one asset and the positions."""
        funds = world.funds(book.account)
        available = to_eight(max(funds.available, ZERO))
        totals = {
            "InitialMargin": to_eight(funds.initial_margin),
            "MaintMargin": to_eight(funds.maintenance_margin),
            "WalletBalance": to_eight(funds.cash),
            "UnrealizedProfit": to_eight(funds.equity - funds.cash),
            "MarginBalance": to_eight(funds.equity),
            "CrossWalletBalance": to_eight(funds.cash),
            "CrossUnPnl": to_eight(funds.equity - funds.cash),
        }
        asset: Row = {"asset": ASSET}
        asset |= {f"{name[0].lower()}{name[1:]}": value for name, value in totals.items()}
        return {
            "feeTier": 0,
            "canTrade": book.trades,
            "canDeposit": True,
            "canWithdraw": True,
            "updateTime": 0,
            "multiAssetsMargin": book.multi_assets,
            **{f"total{name}": value for name, value in totals.items()},
            "availableBalance": available,
            "maxWithdrawAmount": available,
            "assets": [
                asset
                | {
                    "availableBalance": available,
                    "maxWithdrawAmount": available,
                    "marginAvailable": True,
                    "updateTime": ms(world.now_ns),
                }
            ],
            "positions": list(positions),
        }

    def risk_rows(
        self, world: World, book: AccountBook, symbol: ContractId, limit: Decimal
    ) -> list[Row]:
        """Return a market's positions: in hedge mode one of each side, and an empty one."""
        row = self.risk_row(world, book, symbol, limit)
        legs = book.legs(symbol)
        if not legs:
            return [row]
        step, mark = world.markets[symbol].step, world.prices(symbol).mark
        return [
            row
            | {
                "positionAmt": on_grid(leg.size, step),
                "entryPrice": plain(leg.entry),
                "unRealizedProfit": to_eight(leg.unrealised),
                "positionSide": leg.side,
                "notional": to_eight(leg.size * mark),
            }
            for leg in (flat(symbol, BOTH), *legs)
        ]

    def risk_row(self, world: World, book: AccountBook, symbol: ContractId, limit: Decimal) -> Row:
        """Return a market's position as ``/positionRisk`` lists it; ``limit`` is its notional's."""
        market = world.markets[symbol]
        held = held_in(world, book.account, symbol)
        return {
            "symbol": symbol,
            "positionAmt": on_grid(ZERO if held is None else held.size, market.step),
            "entryPrice": "0.0" if held is None else to_twelve(held.entry_price),
            "markPrice": to_eight(world.prices(symbol).mark),
            "unRealizedProfit": to_eight(ZERO if held is None else held.unrealised),
            "liquidationPrice": "0" if held is None else plain(held.liquidation_price or ZERO),
            "leverage": plain(world.leverage(book.account, symbol)),
            "maxNotionalValue": plain(limit),
            "marginType": "isolated" if book.isolated.get(symbol) else "cross",
            "isolatedMargin": "0.00000000",
            "isAutoAddMargin": "false",
            "positionSide": "BOTH",
            "notional": to_eight(ZERO if held is None else held.size * held.mark),
            "isolatedWallet": "0",
            "updateTime": 0 if held is None else ms(world.now_ns),
        }

    def account_position(
        self, world: World, book: AccountBook, symbol: ContractId, limit: Decimal
    ) -> Row:
        """Return a market's position as the account lists it."""
        risk = self.risk_row(world, book, symbol, limit)
        held = held_in(world, book.account, symbol)
        margin = to_eight(ZERO if held is None else held.margin_used)
        return {
            "symbol": symbol,
            "initialMargin": margin,
            "maintMargin": "0",
            "unrealizedProfit": risk["unRealizedProfit"],
            "positionInitialMargin": margin,
            "openOrderInitialMargin": "0",
            "leverage": risk["leverage"],
            "isolated": risk["marginType"] == "isolated",
            "entryPrice": risk["entryPrice"],
            "maxNotional": risk["maxNotionalValue"],
            "positionSide": "BOTH",
            "positionAmt": risk["positionAmt"],
            "updateTime": risk["updateTime"],
        }

    def bracket_row(self, symbol: ContractId, brackets: Sequence[LeverageBracket]) -> Row:
        """Return what leverage a market allows, smallest notional first; numbers, not texts."""
        rows: list[Row] = []
        floor = cumulative = before = ZERO
        for number, one in enumerate(brackets, 1):
            cumulative += floor * (one.maintenance_margin - before)
            before = one.maintenance_margin
            cap = UNLIMITED if one.max_notional is None else one.max_notional
            rows.append(
                {
                    "bracket": number,
                    "initialLeverage": int(one.max_leverage),
                    "notionalCap": int(cap),
                    "notionalFloor": int(floor),
                    "maintMarginRatio": float(one.maintenance_margin),
                    "cum": float(cumulative),
                }
            )
            floor = cap
        return {"symbol": symbol, "brackets": rows}


def held_in(world: World, account: str, symbol: ContractId) -> HeldPosition | None:
    """Return the position of a market, None without one."""
    return next((one for one in world.positions(account) if one.contract_id == symbol), None)


def notional_limit(brackets: Sequence[LeverageBracket], leverage: Decimal) -> Decimal:
    """Return up to which notional a leverage may be used."""
    allowed = [one for one in brackets if one.max_leverage >= leverage]
    return (allowed[-1].max_notional if allowed else None) or UNLIMITED
