"""Rows of an account's ledgers: fills, what they did to positions and to collateral, terms."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Fill, Side
from exchange_clients.events import FundingPayment
from venue_simulators.edgex.order_record import OrderRecord
from venue_simulators.edgex.positions import Change, Position
from venue_simulators.edgex.wording import COLLATERAL_ID, Words, money, ms, plain, side_word

BARE = ("realizePnl", "orderSide", "contractId")
"""What pushed fills may lack."""


PAID, MONEY_PAID = "SETTLE_FUNDING_FEE", "POSITION_FUNDING"
FUNDING = (PAID, MONEY_PAID)
"""The ledgers' words for a payment of funding: of positions, and of the collateral."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a ledger."""

    row_id: str
    at_ns: int
    contract_id: ContractId
    kind: str
    words: Words


@dataclass(frozen=True, slots=True)
class Booking:
    """What one fill is written down as."""

    fill: Row
    position: Row
    collateral: Row


def fill_row(row_id: str, fill: Fill, record: OrderRecord, gross: Decimal) -> Row:
    """Return a fill; its profit includes its own fee, which is positive when paid."""
    maker = fill.liquidity.value == "maker"
    words: Words = {
        "id": row_id,
        "accountId": record.account_id,
        "coinId": COLLATERAL_ID,
        "contractId": fill.contract_id,
        "orderId": record.order_id,
        "orderSide": side_word(fill.side),
        "fillSize": plain(fill.size),
        "fillValue": plain(fill.size * fill.price),
        # To the last decimal, as the world books it: rounded fees would not add up to its cash.
        "fillFee": plain(fill.fee),
        "fillPrice": plain(fill.price),
        "liquidateFee": "0",
        "realizePnl": money(gross - fill.fee),
        "direction": "MAKER" if maker else "TAKER",
        "isPositionTpsl": record.form.position_tpsl,
        "isLiquidate": record.liquidation,
        "isDeleverage": False,
        "isGtc": record.form.time_in_force == "GOOD_TIL_CANCEL",
        "matchSequenceId": fill.trade_id,
        "matchIndex": 0,
        "matchTime": ms(fill.venue_ns),
        "matchAccountId": "0",
        "matchOrderId": "0",
        "matchFillId": f"{fill.contract_id}{fill.trade_id}",
        "censorStatus": "CENSOR_SUCCESS",
        "createdTime": ms(fill.venue_ns),
        "updatedTime": ms(fill.venue_ns),
    }
    return Row(row_id, fill.venue_ns, fill.contract_id, side_word(fill.side), words)


def position_row(row_id: str, fill: Row, change: Change, position: Position) -> Row:
    """Return what a fill did to its position."""
    opened, closed = change.opened, change.closed
    told = fill.words
    kind = "BUY_POSITION" if told["orderSide"] == "BUY" else "SELL_POSITION"
    words = _movement(row_id, told["accountId"], position, kind, fill.at_ns) | {
        "deltaOpenSize": plain(change.size),
        "deltaOpenValue": money(change.value),
        "deltaOpenFee": money(change.open_fee),
        "deltaFundingFee": "0",
        "beforeOpenSize": plain(position.size - change.size),
        "beforeOpenValue": money(position.open_value - change.value),
        "fillCloseSize": plain(closed[0]),
        "fillCloseValue": money(closed[1]),
        "fillCloseFee": money(closed[2]),
        "fillOpenSize": plain(opened[0]),
        "fillOpenValue": money(opened[1]),
        "fillOpenFee": money(opened[2]),
        "fillPrice": told["fillPrice"],
        "liquidateFee": "0",
        "realizePnl": told["realizePnl"],
        "isLiquidate": told["isLiquidate"],
        "isDeleverage": False,
        "orderId": told["orderId"],
        "orderFillTransactionId": fill.row_id,
        "collateralTransactionId": row_id,
        **_no_funding(),
    }
    return Row(row_id, fill.at_ns, fill.contract_id, kind, words)


def funding_row(
    row_id: str,
    account_id: str,
    paid: FundingPayment,
    position: Position,
    prices: tuple[Decimal, Decimal],
) -> Row:
    """Return a funding payment at (index, oracle): negative was paid."""
    words = _movement(row_id, account_id, position, PAID, paid.venue_ns) | {
        "deltaOpenSize": "0",
        "deltaOpenValue": "0",
        "deltaOpenFee": "0",
        "deltaFundingFee": money(paid.amount),
        "beforeOpenSize": plain(position.size),
        "beforeOpenValue": money(position.open_value),
        "realizePnl": "0",
        "fundingTime": ms(paid.venue_ns),
        "fundingRate": plain(paid.rate or ZERO),
        "fundingIndexPrice": plain(prices[0]),
        "fundingOraclePrice": plain(prices[1]),
        "fundingPositionSize": plain(paid.quantity or ZERO),
        "orderId": "0",
        "orderFillTransactionId": "0",
        "collateralTransactionId": row_id,
    }
    return Row(row_id, paid.venue_ns, paid.contract_id, PAID, words)


def collateral_row(of: Row, account_id: str, kind: str, delta: Decimal, legacy: Decimal) -> Row:
    """Return what a line about a position did to the collateral.

    Args:
        of: That line; both have one id.
        account_id: Whose.
        kind: The ledger's word for it.
        delta: Of the amount, from which buying takes the whole notional.
        legacy: Of what would be left if the position were closed at its entry.
    """
    words: Words = {
        "id": of.row_id,
        "accountId": account_id,
        "coinId": COLLATERAL_ID,
        "type": kind,
        "deltaAmount": money(delta),
        "deltaLegacyAmount": money(legacy),
        "contractId": of.contract_id,
        "orderId": of.words["orderId"],
        "orderFillTransactionId": of.words["orderFillTransactionId"],
        "positionTransactionId": of.row_id,
        "fillFee": of.words.get("fillOpenFee", "0"),
        "censorStatus": "CENSOR_SUCCESS",
        "createdTime": ms(of.at_ns),
        "updatedTime": ms(of.at_ns),
    }
    return Row(of.row_id, of.at_ns, of.contract_id, kind, words)


def term_row(account_id: str, position: Position, *, long: bool) -> Words:
    """Return the term of a position: from its opening to its end, if it has ended."""
    stat = position.long_term if long else position.short_term
    open_now = position.size != 0
    return {
        "accountId": account_id,
        "coinId": COLLATERAL_ID,
        "contractId": position.contract_id,
        "termCount": position.term,
        "isLongTerm": long,
        **stat.words(),
        "currentLeverage": "0",
        "createdTime": ms(position.opened_ns),
        "completeTime": "0" if open_now else ms(position.updated_ns),
    }


def kind_of_trade(side: Side) -> str:
    """Return the collateral ledger's word for a fill."""
    return "POSITION_BUY" if side is Side.BUY else "POSITION_SELL"


def _movement(row_id: str, account_id: object, position: Position, kind: str, at_ns: int) -> Words:
    return {
        "id": row_id,
        "accountId": account_id,
        "coinId": COLLATERAL_ID,
        "contractId": position.contract_id,
        "type": kind,
        "censorStatus": "CENSOR_SUCCESS",
        "createdTime": ms(at_ns),
        "updatedTime": ms(at_ns),
    }


def _no_funding() -> Words:
    names = ("Time", "Rate", "IndexPrice", "OraclePrice", "PositionSize")
    return {f"funding{name}": "0" for name in names}
