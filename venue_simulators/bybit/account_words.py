"""Rows and frames about an account's money and positions.

The stream names the entry price of a position otherwise than REST does, and writes zeros where REST
leaves a flat position's prices empty.
"""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ZERO
from venue_simulators.bybit.account_book import AccountBook
from venue_simulators.bybit.order_record import STOP_LOSS, TAKE_PROFIT, TRAILING_STOP
from venue_simulators.bybit.positions import ONE_WAY, Leg
from venue_simulators.bybit.wording import (
    SIDE_WORDS,
    Row,
    given,
    money,
    ms,
    ms_text,
    on_grid,
    plain,
)


def position_row(book: AccountBook, leg: Leg) -> Row:
    """Return a position as REST lists it."""
    row = _position(book, leg)
    opened = bool(leg.size)
    stops = {name: row[name] if row[name] != "0" else "" for name in ("takeProfit", "stopLoss")}
    return (
        row
        | stops
        | {
            "avgPrice": money(leg.entry) if opened else "",
            "positionValue": row["positionValue"] if opened else "",
            "markPrice": row["markPrice"],
            "unrealisedPnl": row["unrealisedPnl"] if opened else "",
            "openTime": ms(leg.opened_ns) if opened else 0,
            "mmrSysUpdatedTime": "",
            "leverageSysUpdatedTime": "",
        }
    )


def position_data(book: AccountBook, leg: Leg) -> Row:
    """Return a position as it is streamed."""
    row = {"category": "linear", **_position(book, leg)}
    return row | {"entryPrice": money(leg.entry) if leg.size else "0"}


def _position(book: AccountBook, leg: Leg) -> Row:
    world = book.world
    market = world.markets[leg.contract_id]
    mark = world.prices(leg.contract_id).mark
    size, leverage = abs(leg.size), world.leverage(book.account, leg.contract_id)
    value = size * mark
    return {
        "positionIdx": leg.index,
        "riskId": 1,
        "riskLimitValue": "2000000",
        "symbol": leg.contract_id,
        "side": "" if leg.side is None else SIDE_WORDS[leg.side],
        "size": on_grid(size, market.step) if size else "0",
        "positionValue": money(size * leg.entry),
        "leverage": plain(leverage),
        "markPrice": on_grid(market.nearest_tick(mark), market.tick),
        "liqPrice": _liquidation(book, leg),
        "bustPrice": "",
        "positionIM": money(value / leverage),
        "positionMM": money(value * market.maintenance_margin),
        "positionBalance": "0",
        "unrealisedPnl": money(book.unrealised_of(leg)),
        "curRealisedPnl": money(leg.realised),
        "cumRealisedPnl": money(leg.realised_ever),
        "sessionAvgPrice": "",
        "takeProfit": _stop(book, leg, TAKE_PROFIT),
        "stopLoss": _stop(book, leg, STOP_LOSS),
        "trailingStop": _stop(book, leg, TRAILING_STOP),
        "tpslMode": "Full",
        "breakEvenPrice": money(_break_even(leg, market.taker_fee)) if size else "",
        "adlRankIndicator": 2 if size else 0,
        "positionStatus": "Normal",
        "isReduceOnly": False,
        "autoAddMargin": 0,
        "tradeMode": 0,
        "seq": leg.seq if leg.seq else -1,
        "createdTime": ms_text(leg.created_ns),
        "updatedTime": ms_text(leg.updated_ns or leg.created_ns),
    }


def _liquidation(book: AccountBook, leg: Leg) -> str:
    """Return where a position would be liquidated; of a leg of two there is no such price."""
    if leg.index != ONE_WAY or not leg.size:
        return ""
    held = [one for one in book.world.positions(book.account) if one.contract_id == leg.contract_id]
    price = held[0].liquidation_price if held else None
    market = book.world.markets[leg.contract_id]
    return "" if price is None else on_grid(market.nearest_tick(price), market.tick)


def _stop(book: AccountBook, leg: Leg, kind: str) -> str:
    record = book.stops.get(((leg.contract_id, leg.index), kind))
    if record is None or record.ended:
        return "0"
    return given(record.form.trailing or record.trigger_price)


def _break_even(leg: Leg, taker_fee: Decimal) -> Decimal:
    """Return the price at which closing by a market order would bring back all that was paid."""
    sign = 1 if leg.size > 0 else -1
    return (leg.cost - leg.realised) / leg.size / (1 - sign * taker_fee)


def wallet_row(book: AccountBook) -> Row:
    """Return the account's money: of the coin in the coin, of the account in USD.

    Per coin what can be withdrawn is no longer told.
    """
    funds = book.world.funds(book.account)
    wallet, unrealised = book.wallet_balance(), book.unrealised()
    equity, initial, upkeep = funds.equity, funds.initial_margin, funds.maintenance_margin
    price = funds.price
    positions = sum(
        (
            abs(leg.size)
            * book.world.prices(leg.contract_id).mark
            / book.world.leverage(book.account, leg.contract_id)
            for leg in book.legs.values()
        ),
        ZERO,
    )
    orders = max(initial - positions, ZERO)
    isolated = book.margin_mode == "ISOLATED_MARGIN"
    coin: Row = {
        "coin": "USDT",
        "equity": money(equity),
        "usdValue": money(equity * price),
        "walletBalance": money(wallet),
        "locked": "0",
        "spotHedgingQty": "0",
        "borrowAmount": "0",
        "spotBorrow": "0",
        "accruedInterest": "0",
        "totalOrderIM": money(orders),
        "totalPositionIM": money(min(positions, initial)),
        "totalPositionMM": money(upkeep),
        "unrealisedPnl": money(unrealised),
        "cumRealisedPnl": money(sum((leg.realised_ever for leg in book.legs.values()), ZERO)),
        "bonus": "0",
        "availableToWithdraw": "",
        "availableToBorrow": "",
        "collateralSwitch": True,
        "marginCollateral": True,
    }
    return {
        "accountType": "UNIFIED",
        "accountLTV": "",
        "accountIMRate": "" if isolated else _rate(initial, equity),
        "accountMMRate": "" if isolated else _rate(upkeep, equity),
        "totalEquity": money(equity * price),
        "totalWalletBalance": money(wallet * price),
        "totalMarginBalance": "" if isolated else money(equity * price),
        "totalAvailableBalance": "" if isolated else money(funds.available * price),
        "totalPerpUPL": money(unrealised * price),
        "totalInitialMargin": "" if isolated else money(initial * price),
        "totalMaintenanceMargin": "" if isolated else money(upkeep * price),
        "coin": [coin],
    }


def _rate(margin: Decimal, equity: Decimal) -> str:
    return plain((margin / equity).quantize(Decimal("0.0001"))) if equity > 0 else "0"
