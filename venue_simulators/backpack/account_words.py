"""Rows and frames about an account's money and positions, in Backpack's words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from exchange_clients.base_models import ZERO, ContractId
from venue_simulators.backpack.listing import (
    INITIAL_FRACTION,
    MAINTENANCE_FRACTION,
    initial_function,
    maintenance_function,
)
from venue_simulators.backpack.positions import PositionRecord, exposure
from venue_simulators.backpack.wording import US_NS, iso, plain
from venue_simulators.world import HeldPosition, World

if TYPE_CHECKING:
    from venue_simulators.backpack.account_book import AccountBook

Row = dict[str, object]
USER_ID = 1
MONEY = Decimal("1e-12")
"""Quotients are cut to the venue's twelve decimals."""


def money(value: Decimal) -> str:
    """Write what a division may have made endless, with at most twelve decimals."""
    return plain(value.quantize(MONEY))


# Positions ----------------------------------------------------------------------------------------


def position_row(
    world: World, book: AccountBook, held: HeldPosition, *, with_liquidation: bool
) -> Row:
    """Return an open position; where it would be liquidated is told only if its symbol was asked.

    ``netExposureQuantity`` and its notional have no sign and count open orders that add risk.
    """
    symbol = held.contract_id
    record = book.positions.open[symbol]
    exposed = exposure(held.size, world.open_orders(book.account, symbol))
    liquidation = held.liquidation_price if with_liquidation else None
    return {
        "positionId": record.position_id,
        "symbol": symbol,
        "netQuantity": plain(held.size),
        "netCost": money(record.cost),
        "netExposureQuantity": plain(exposed),
        "netExposureNotional": plain(exposed * held.mark),
        "entryPrice": money(record.entry),
        "breakEvenPrice": money(record.break_even),
        "markPrice": plain(held.mark),
        "estLiquidationPrice": "0" if liquidation is None else plain(liquidation),
        "pnlRealized": money(record.realised),
        "pnlUnrealized": plain(held.unrealised),
        "cumulativeFundingPayment": plain(record.funding),
        "cumulativeInterest": "0",
        "imf": plain(INITIAL_FRACTION),
        "mmf": plain(MAINTENANCE_FRACTION),
        "imfFunction": initial_function(symbol),
        "mmfFunction": maintenance_function(symbol),
        "subaccountId": None,
        "userId": USER_ID,
    }


def position_data(
    world: World, book: AccountBook, symbol: ContractId, event: str | None, at_ns: int
) -> Row:
    """Return a position as it is streamed; ``event`` None is the state at the subscription."""
    record = book.positions.open.get(symbol) or PositionRecord("0", symbol, at_ns)
    mark = world.prices(symbol).mark
    closed = record.net == 0
    exposed = ZERO if closed else exposure(record.net, world.open_orders(book.account, symbol))
    last = record if not closed else _last_closed(book, symbol) or record
    at_us = at_ns // US_NS
    data: Row = {} if event is None else {"e": event}
    return data | {
        "E": at_us,
        "T": at_us,
        "s": symbol,
        "q": plain(record.net),
        "Q": plain(exposed),
        "n": plain(exposed * mark),
        "B": money(record.entry),
        "b": money(record.break_even),
        "M": plain(mark),
        "f": plain(INITIAL_FRACTION),
        "m": plain(MAINTENANCE_FRACTION),
        "p": money(last.realised),
        "P": money(record.net * mark - record.cost),
        "i": last.position_id,
        "l": 0,
    }


def closed_row(record: PositionRecord) -> Row:
    """Return a position as the history lists it, open or closed."""
    return {
        "positionId": record.position_id,
        "symbol": record.symbol,
        "state": "Open" if record.closed_ns is None else "Closed",
        "netQuantity": plain(record.net),
        "fees": plain(record.fees),
        "fundingQuantity": plain(record.funding),
        "cumulativePnlRealized": money(record.realised),
        "openedAt": iso(record.opened_ns),
        "closedAt": None if record.closed_ns is None else iso(record.closed_ns),
    }


def _last_closed(book: AccountBook, symbol: ContractId) -> PositionRecord | None:
    return next((one for one in reversed(book.positions.closed) if one.symbol == symbol), None)


# Money --------------------------------------------------------------------------------------------


def capital_row(world: World, book: AccountBook) -> Row:
    """Return the balance of the one asset; what is lent out is not available."""
    funds = world.funds(book.account)
    available = ZERO if book.auto_lend else funds.available
    return {
        "available": plain(available),
        "locked": plain(ZERO if book.auto_lend else funds.initial_margin),
        "staked": "0",
    }


def balance_data(world: World, book: AccountBook) -> Row:
    """Return the balance as it is streamed, in absolute values."""
    row = capital_row(world, book)
    at_us = world.now_ns // US_NS
    return {
        "e": "balanceUpdate",
        "E": at_us,
        "T": at_us,
        "a": "USDC",
        "A": row["available"],
        "L": row["locked"],
        "S": row["staked"],
    }


def collateral_row(world: World, book: AccountBook) -> Row:
    """Return the account's equity; the available part nets the margin of positions and orders."""
    funds = world.funds(book.account)
    price = funds.price
    held = world.positions(book.account)
    exposed = sum(
        (
            exposure(one.size, world.open_orders(book.account, one.contract_id)) * one.mark
            for one in held
        ),
        ZERO,
    )
    lent = funds.cash if book.auto_lend else ZERO
    return {
        "netEquity": plain(funds.equity * price),
        "netEquityAvailable": plain(funds.available * price),
        "netEquityLocked": plain(funds.initial_margin * price),
        "assetsValue": plain(funds.cash * price),
        "liabilitiesValue": "0",
        "borrowLiability": "0",
        "unsettledEquity": plain((funds.equity - funds.cash) * price),
        "pnlUnrealized": plain(sum((one.unrealised for one in held), ZERO)),
        "netExposureFutures": plain(exposed),
        "imf": plain(INITIAL_FRACTION),
        "mmf": plain(MAINTENANCE_FRACTION),
        "marginFraction": money(funds.equity / exposed) if exposed else None,
        "collateral": [
            {
                "symbol": "USDC",
                "totalQuantity": plain(funds.cash),
                "availableQuantity": plain(funds.cash - lent),
                "lendQuantity": plain(lent),
                "openOrderQuantity": "0",
                "assetMarkPrice": plain(price),
                "collateralWeight": "1",
                "collateralValue": plain(funds.cash * price),
                "balanceNotional": plain(funds.cash * price),
            }
        ],
    }
