"""Positions, balances and payments in GRVT's words; shorts have negative sizes.

Funding that was paid is positive and funding that was received negative: the reverse of the world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Fill, Side
from exchange_clients.events import FundingPayment
from venue_simulators.grvt.login import Member
from venue_simulators.grvt.wording import Json, Words, number, percent
from venue_simulators.world import Funds, HeldPosition

CROSS, ISOLATED = "CROSS", "ISOLATED"


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as of one instant (epoch ns)."""

    at_ns: int
    funds: Funds
    positions: Mapping[ContractId, HeldPosition]


def position_words(held: HeldPosition, fees: Decimal, margin_type: str, at_ns: int) -> Words:
    """Return an open position; ``fees`` is what its fills have paid so far."""
    profit = held.unrealised + held.realised
    cost = abs(held.size * held.entry_price)
    words: Words = {
        "event_time": str(at_ns),
        "instrument": held.contract_id,
        "size": number(held.size),
        "notional": number(held.size * held.mark),
        "entry_price": number(held.entry_price),
        "exit_price": "0",
        "mark_price": number(held.mark),
        "unrealized_pnl": number(held.unrealised),
        "realized_pnl": number(held.realised),
        "total_pnl": number(profit),
        "roi": percent((profit / cost).quantize(Decimal("0.000001"))) if cost else "0",
        "quote_index_price": "1.0",
        "est_liquidation_price": number(held.liquidation_price),
        "leverage": number(held.leverage),
        "cumulative_fee": number(fees),
        "cumulative_realized_funding_payment": number(-held.funding),
        "margin_type": margin_type,
    }
    return words if margin_type == CROSS else words | _isolated(held.margin_used)


def flat(contract_id: ContractId, leverage: Decimal, mark: Decimal) -> HeldPosition:
    """Return the position that a closed one is told as."""
    return HeldPosition(
        contract_id, ZERO, ZERO, mark, ZERO, ZERO, ZERO, leverage, ZERO, liquidation_price=None
    )


def summary_words(state: AccountState, member: Member, positions: list[Json]) -> Words:
    """Return the account summary."""
    funds = state.funds
    unrealised = sum((each.unrealised for each in state.positions.values()), ZERO)
    available = funds.equity - funds.initial_margin - min(unrealised, ZERO)
    return {
        "event_time": str(state.at_ns),
        "sub_account_id": member.sub_account_id,
        "margin_type": "SIMPLE_CROSS_MARGIN",
        "settle_currency": "USDT",
        "unrealized_pnl": number(unrealised),
        "total_equity": number(funds.equity),
        "initial_margin": number(funds.initial_margin),
        "maintenance_margin": number(funds.maintenance_margin),
        "available_balance": number(max(available, ZERO)),
        "spot_balances": [spot_balance(funds)],
        "positions": positions,
        "settle_index_price": _priced(funds.price),
        "total_cross_equity": number(funds.equity),
        "margin_balance": number(funds.equity),
        "sub_account_mode": "SINGLE_ASSET_MODE",
    }


def spot_balance(funds: Funds) -> Words:
    """Return a balance of the settlement currency."""
    price = _priced(funds.price)
    return {"currency": "USDT", "balance": number(funds.cash), "index_price": price}


def _priced(price: Decimal) -> str:
    """Return a price of the collateral: ``"1.0"``."""
    return f"{price:f}" if price % 1 else f"{price:.1f}"


def payment_words(payment: FundingPayment, sub_account_id: str, tx_id: int) -> Words:
    """Return a funding payment."""
    return {
        "event_time": str(payment.venue_ns),
        "sub_account_id": sub_account_id,
        "instrument": payment.contract_id,
        "currency": "USDT",
        "amount": number(-payment.amount),
        "tx_id": str(tx_id),
    }


def realise(size: Decimal, entry: Decimal, fill: Fill) -> tuple[Decimal, Decimal, Decimal]:
    """Return signed size and entry price after a fill, and the profit that it realised."""
    change = fill.size if fill.side is Side.BUY else -fill.size
    after = size + change
    if size * change >= 0:
        return after, (size * entry + change * fill.price) / after, ZERO
    closed = min(abs(size), fill.size) * (1 if size > 0 else -1)
    profit = closed * (fill.price - entry)
    return after, entry if after * size > 0 else fill.price, profit


def _isolated(margin: Decimal) -> Words:
    return {
        "isolated_balance": number(margin),
        "isolated_im": number(margin),
        "isolated_mm": number(margin / 2),
    }
