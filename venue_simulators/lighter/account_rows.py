"""Accounts, positions and balances as the venue shows them.

A position's size is unsigned, with its sign beside it, and a market that was ever traded stays
listed at zero. REST shows the initial margin as a percent string, streams as a fraction
(unconfirmed live; recorded fixtures differ so).
"""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId
from venue_simulators.lighter import wording
from venue_simulators.lighter.listing import market_id, venue_symbol
from venue_simulators.lighter.state import AccountBook, State
from venue_simulators.world import HeldPosition

USDC_ASSET = 3


def position_row(
    state: State, book: AccountBook, contract_id: ContractId, *, streamed: bool
) -> dict[str, object]:
    """Return the position of one market, at zero where there is none."""
    market = state.world.markets[contract_id]
    held = state.position(book.account.index, contract_id)
    leverage = state.world.leverage(book.account.name, contract_id)
    orders = [one for one in book.orders.live.values() if one.market.contract_id == contract_id]
    waiting = sum(one.status == "pending" for one in orders)
    size = ZERO if held is None else held.size
    return {
        "market_id": market_id(contract_id),
        "symbol": venue_symbol(market),
        "initial_margin_fraction": (f"{1 / leverage:.4f}" if streamed else f"{100 / leverage:.2f}"),
        "open_order_count": len(orders) - waiting,
        "pending_order_count": waiting,
        "position_tied_order_count": 0,
        "sign": -1 if size < 0 else 1,
        "position": wording.amount(market, abs(size)),
        **_money(state, book, contract_id, held),
        "margin_mode": 0,
        "allocated_margin": "0.000000",
    }


def position_rows(state: State, book: AccountBook, *, streamed: bool) -> list[dict[str, object]]:
    """Return the positions of every market that was traded or given a leverage."""
    return [
        position_row(state, book, contract_id, streamed=streamed)
        for contract_id in state.world.markets
        if contract_id in book.markets
    ]


def account_row(state: State, book: AccountBook) -> dict[str, object]:
    """Return an account as ``account`` shows it."""
    funds = state.world.funds(book.account.name)
    return {
        "code": 0,
        "account_type": int(state.terms.tier),
        "index": book.account.index,
        "account_index": book.account.index,
        "l1_address": book.account.l1_address,
        "status": 1,
        "total_order_count": len(book.orders.live),
        "pending_order_count": sum(one.status == "pending" for one in book.orders.live.values()),
        "available_balance": wording.money(max(funds.available, ZERO)),
        "collateral": wording.money(funds.cash),
        "total_asset_value": wording.money(funds.equity),
        "cross_asset_value": wording.money(funds.equity),
        "cross_initial_margin_requirement": wording.money(funds.initial_margin),
        "cross_maintenance_margin_requirement": wording.money(funds.maintenance_margin),
        "positions": position_rows(state, book, streamed=False),
        "assets": [asset_row(state, book)],
    }


def asset_row(state: State, book: AccountBook) -> dict[str, object]:
    """Return the balance of the one asset that is simulated."""
    funds = state.world.funds(book.account.name)
    return {
        "symbol": "USDC",
        "asset_id": USDC_ASSET,
        "balance": wording.money(funds.cash),
        "locked_balance": "0.000000",
        "margin_mode": "enabled",
        "margin_balance": wording.money(funds.cash),
    }


def stats(state: State, book: AccountBook) -> dict[str, object]:
    """Return an account's money as the stream ``user_stats`` tells of it."""
    funds = state.world.funds(book.account.name)
    held = state.world.positions(book.account.name)
    exposure = sum((abs(one.size) * one.mark for one in held), ZERO)
    row: dict[str, object] = {
        "collateral": wording.money(funds.cash),
        "portfolio_value": wording.money(funds.equity),
        "leverage": f"{_ratio(exposure, funds.equity):.2f}",
        "available_balance": wording.money(max(funds.available, ZERO)),
        "margin_usage": f"{100 * _ratio(funds.initial_margin, funds.equity):.2f}",
        "buying_power": wording.money(max(funds.available, ZERO)),
    }
    return row | {"cross_stats": dict(row), "total_stats": dict(row)}


def _money(
    state: State, book: AccountBook, contract_id: ContractId, held: HeldPosition | None
) -> dict[str, object]:
    """Return the figures of a position that are money."""
    market = state.world.markets[contract_id]
    if held is None:
        names = ("avg_entry_price", "position_value", "unrealized_pnl", "liquidation_price")
        funding = sum(
            (
                one.amount
                for one in state.world.payments(book.account.name)
                if one.contract_id == contract_id
            ),
            ZERO,
        )
        row: dict[str, object] = dict.fromkeys((*names, "realized_pnl"), "0.000000")
        return row | {"total_funding_paid_out": wording.money(-funding)}
    return {
        "avg_entry_price": f"{held.entry_price:.6f}",
        "position_value": wording.money(abs(held.size) * held.mark),
        "unrealized_pnl": wording.money(held.unrealised),
        "realized_pnl": wording.money(held.realised),
        "liquidation_price": wording.price(market, held.liquidation_price or ZERO),
        "total_funding_paid_out": wording.money(-held.funding),
    }


def _ratio(part: Decimal, whole: Decimal) -> Decimal:
    return part / whole if whole > 0 else ZERO
