"""One account of the paper venue in the words of the client contract."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from exchange_clients.base_models import ZERO, ExchangePositionSnapshot
from exchange_clients.events import FundingPayment
from exchange_clients.paper.accounts import Account
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.market import PaperMarket
from exchange_clients.paper.units import from_atoms


def positions(exchange: PaperExchange, account: Account) -> list[ExchangePositionSnapshot]:
    """Return every open position, in the order of the first trade."""
    return [
        snapshot(exchange, account, exchange.markets[contract])
        for contract, _ in account.open_positions()
    ]


def snapshot(
    exchange: PaperExchange,
    account: Account,
    market: PaperMarket,
    funding_since_ns: int | None = 0,
) -> ExchangePositionSnapshot:
    """Return one open position, with the funding paid from an instant (epoch ns) on.

    None leaves the funding out, which takes longer to look for the more has been paid.
    """
    grid, margin = market.grid, exchange.margin
    held = account.positions[market.contract_id]
    mark = market.mark()
    assert mark is not None, f"a position in {market.contract_id} was opened at a price"
    liquidation = margin.liquidation_mark(account, market)
    leverage = margin.leverage(account, market.contract_id)
    value = margin.value(account, market)
    schedule = margin.schedules[market.contract_id]
    payments: Sequence[FundingPayment] = ()
    if funding_since_ns is not None:
        payments = exchange.funding.payments(account.name, market.contract_id, funding_since_ns)
    return ExchangePositionSnapshot(
        symbol=market.spec.symbol,
        contract_id=market.contract_id,
        quantity=grid.size(held.lots),
        entry_price=grid.price(held.cost) / held.lots,
        mark_price=grid.price(mark) / 2,
        unrealized_pnl=from_atoms(held.unrealised(mark) * grid.half_atoms),
        cumulative_funding=sum((payment.amount for payment in payments), ZERO),
        margin_used=from_atoms(schedule.initial(abs(value), leverage)),
        leverage=leverage,
        liquidation_price=None if liquidation is None else grid.price(liquidation) / 2,
    )


def unrealised(exchange: PaperExchange, account: Account) -> Decimal:
    """Return the open profit of all positions (USD)."""
    return from_atoms(exchange.ledger.unrealised(account, exchange.margin.marks()))
