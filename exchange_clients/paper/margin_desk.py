"""What an account's positions and orders bind, and what it may add: cross margin over all markets.

Orders that only reduce bind nothing; neither do conditional orders before their trigger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from exchange_clients.base_models import ContractId, Side
from exchange_clients.paper.accounts import Account, HalfTicks, Ledger
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.margin import exposure
from exchange_clients.paper.market import PaperMarket
from exchange_clients.paper.orders import EngineOrder

SHORT_SEARCH = 1000
"""A short's liquidation is looked for up to this multiple of the mark."""


class MarginDesk:
    """Reads accounts and markets, changes nothing."""

    def __init__(
        self,
        config: PaperConfig,
        ledger: Ledger,
        markets: Mapping[ContractId, PaperMarket],
    ) -> None:
        self._default_leverage = config.leverage
        self._ledger = ledger
        self._markets = markets
        self.schedules = {
            contract: config.schedule(market.spec) for contract, market in markets.items()
        }

    def marks(self) -> dict[ContractId, HalfTicks]:
        """Return every known mark."""
        return self._marks_of(self._markets)

    def _marks_of(self, contracts: Iterable[ContractId]) -> dict[ContractId, HalfTicks]:
        markets = self._markets
        return {
            contract: mark
            for contract in contracts
            if (mark := markets[contract].mark()) is not None
        }

    def equity(self, account: Account) -> int:
        """Return cash plus open profit in atoms."""
        held = (contract for contract, _ in account.open_positions())
        return self._ledger.equity(account, self._marks_of(held))

    def available(self, account: Account) -> int:
        """Return what new orders may bind, in atoms; never below zero."""
        return free(self.equity(account), self.initial(account))

    def leverage(self, account: Account, contract_id: ContractId) -> Decimal:
        """Return the leverage that an account has chosen, within the market's maximum."""
        wanted = account.leverage.get(contract_id, self._default_leverage)
        return min(wanted, self.schedules[contract_id].max_leverage)

    def initial(self, account: Account) -> int:
        """Return what all positions and orders bind, in atoms."""
        return sum(self.initial_of(account, market) for market in self._markets.values())

    def initial_of(
        self, account: Account, market: PaperMarket, changed: EngineOrder | None = None
    ) -> int:
        """Return what positions and orders of one market bind, in atoms.

        ``changed`` is an order as it would be: in place of the live one of its id, or in addition.
        """
        bound = {Side.BUY: 0, Side.SELL: 0}
        for order in market.engine.open_orders(account.name):
            waits = order.order_type.conditional and order.triggered_ns is None
            same = changed is not None and order.order_id == changed.order_id
            if not (waits or same or order.reduce_only):
                bound[order.side] += _notional(market, order)
        if changed is not None and not changed.reduce_only:
            bound[changed.side] += _notional(market, changed)
        held = self.value(account, market)
        notional = exposure(held, bound[Side.BUY], bound[Side.SELL])
        leverage = self.leverage(account, market.contract_id)
        return self.schedules[market.contract_id].initial(notional, leverage)

    def can_carry(self, account: Account, market: PaperMarket, order: EngineOrder) -> bool:
        """Say whether an account may add, or change to, ``order``.

        What binds no more than is bound already is always carried: it reduces.
        """
        now = self.initial_of(account, market)
        then = self.initial_of(account, market, order)
        if then <= now:
            return True
        return self.initial(account) - now + then <= self.equity(account)

    def maintenance(self, account: Account) -> int:
        """Return what the positions must keep, in atoms."""
        return sum(
            self.schedules[contract].maintenance(abs(self.value(account, self._markets[contract])))
            for contract, _ in account.open_positions()
        )

    def liquidation_mark(self, account: Account, market: PaperMarket) -> HalfTicks | None:
        """Return the nearest mark at which the account is liquidated while other marks stand still.

        None when it is flat in this market, or when no price above zero comes to that.
        """
        lots, mark = account.lots(market.contract_id), market.mark()
        if lots == 0 or mark is None:
            return None
        schedule, size = self.schedules[market.contract_id], abs(lots) * market.grid.half_atoms
        excess = (
            self.equity(account) - self.maintenance(account) + schedule.maintenance(size * mark)
        )
        outward, end = (-1, 0) if lots > 0 else (1, mark * SHORT_SEARCH)

        def left(at: HalfTicks) -> int:
            """Return what the account has above its maintenance, were the mark there."""
            return excess - size * abs(at - mark) - schedule.maintenance(size * at)

        # A half tick takes no more than this: a step as long as what is left allows is safe, and a
        # few of them come all the way.
        most = size if lots > 0 else size + schedule.steepest(size)
        at, spare = mark, left(mark)
        while spare >= 0:
            if at == end:
                return None
            step = max((spare - len(schedule.brackets)) // most, 1)
            at = at - min(step, at) if outward < 0 else min(at + step, end)
            spare = left(at)
        return at

    def value(self, account: Account, market: PaperMarket) -> int:
        """Return a position's signed value at the mark, in atoms."""
        lots = account.lots(market.contract_id)
        if lots == 0:
            return 0
        mark = market.mark()
        assert mark is not None, f"a position in {market.contract_id} was opened at a price"
        return market.grid.value_atoms(mark, lots)


def free(equity: int, initial: int) -> int:
    """Return what is left of an account's value for new orders; never below zero."""
    return max(equity - initial, 0)


def _notional(market: PaperMarket, order: EngineOrder) -> int:
    """Return what an order would come to at its own price, or at the touch where it has none."""
    ticks = order.ticks
    if ticks == 0:
        touch = market.liquidity
        best = touch.best_ask() if order.side is Side.BUY else touch.best_bid()
        ticks = best or 0
    return market.grid.notional_atoms(ticks, order.remaining_lots)
