"""An account's money and positions as the exchange's books have them."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.paper import account_view
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.margin_desk import free
from exchange_clients.paper.units import from_atoms
from venue_simulators.world_values import Funds, HeldPosition


def funds_of(exchange: PaperExchange, name: str, price: Decimal) -> Funds:
    """Return an account's money, of which a unit is worth ``price`` (USD)."""
    account, margin = exchange.ledger.accounts[name], exchange.margin
    equity, initial = margin.equity(account), margin.initial(account)
    return Funds(
        cash=from_atoms(account.cash),
        equity=from_atoms(equity),
        available=from_atoms(free(equity, initial)),
        initial_margin=from_atoms(initial),
        maintenance_margin=from_atoms(margin.maintenance(account)),
        price=price,
    )


def positions_of(exchange: PaperExchange, name: str) -> list[HeldPosition]:
    """Return the open positions, in the order of their first trades."""
    account = exchange.ledger.accounts[name]
    held = []
    for contract_id, _ in account.open_positions():
        market, totals = exchange.markets[contract_id], account.total(contract_id)
        seen = account_view.snapshot(exchange, account, market, funding_since_ns=None)
        known = (seen.entry_price, seen.mark_price, seen.unrealized_pnl)
        entry, mark, unrealised = known
        assert entry is not None, f"a position in {contract_id} was opened at a price"
        assert mark is not None, f"a position in {contract_id} has a mark"
        assert unrealised is not None, f"a position in {contract_id} has a value"
        assert seen.leverage is not None, f"{contract_id} has a leverage"
        assert seen.margin_used is not None, f"{contract_id} has a margin"
        held.append(
            HeldPosition(
                contract_id=contract_id,
                size=seen.quantity,
                entry_price=entry,
                mark=mark,
                unrealised=unrealised,
                realised=from_atoms(totals.realised),
                funding=from_atoms(totals.funding),
                leverage=seen.leverage,
                margin_used=seen.margin_used,
                liquidation_price=seen.liquidation_price,
            )
        )
    return held
