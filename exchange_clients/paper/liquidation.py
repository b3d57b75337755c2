"""What happens to an account whose equity at the mark is below its maintenance margin.

It loses its orders, then its positions, largest first, until it is sound again. The insurance fund
takes the fee, and pays what is left owing once the account is flat. The watch also says between
which quotes no account can come that far, so that most quotes need no look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf

from exchange_clients.base_models import (
    ContractId,
    LiquidationEvent,
    OrderType,
    Reason,
    Side,
    TimeInForce,
)
from exchange_clients.paper.accounts import Account, Ledger
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.margin_desk import MarginDesk
from exchange_clients.paper.market import PaperMarket
from exchange_clients.paper.orders import EngineOrder
from exchange_clients.paper.settlement import Outbox
from exchange_clients.paper.units import share


class LiquidationWatch:
    """Looks over every account after anything that may have moved its margin."""

    def __init__(
        self,
        config: PaperConfig,
        ledger: Ledger,
        markets: Mapping[ContractId, PaperMarket],
        margin: MarginDesk,
        outbox: Outbox,
        next_order_id: Callable[[], int],
    ) -> None:
        self._fee = config.liquidation_fee
        self._ledger = ledger
        self._markets = markets
        self._margin = margin
        self._outbox = outbox
        self._next_order_id = next_order_id
        self.liquidations = 0

    def review(self, now_ns: int) -> None:
        """Liquidate whom it is due, then tell each market which quotes are safe."""
        for account in self._ledger.accounts.values():
            if self._breached(account):
                self._liquidate(account, now_ns)
        for market in self._markets.values():
            bands = [self._band(account, market) for account in self._ledger.accounts.values()]
            market.settle_down(
                max((low for low, _ in bands), default=-inf),
                min((high for _, high in bands), default=inf),
            )

    # Liquidating ----------------------------------------------------------------------------------

    def _breached(self, account: Account) -> bool:
        if not any(True for _ in account.open_positions()):
            return False
        return self._margin.equity(account) < self._margin.maintenance(account)

    def _liquidate(self, account: Account, now_ns: int) -> None:
        for market in self._markets.values():
            for order in market.engine.open_orders(account.name):
                market.engine.cancel(order.order_id, now_ns, Reason.LIQUIDATED)
        held = [self._markets[contract] for contract, _ in account.open_positions()]
        for market in sorted(held, key=lambda each: -abs(self._margin.value(account, each))):
            side = Side.SELL if account.lots(market.contract_id) > 0 else Side.BUY
            somebody = market.engine.book.best(side.opposite) is not None
            if market.ready and somebody and self._breached(account):
                self._close(account, market, side, now_ns)
        if account.cash < 0 and not any(True for _ in account.open_positions()):
            self._ledger.insure(account, account.cash)

    def _close(self, account: Account, market: PaperMarket, side: Side, now_ns: int) -> None:
        """Sell a long, buy back a short, with whatever liquidity there is; the rest waits."""
        lots = abs(account.lots(market.contract_id))
        traded = self._trade(account, market, side, lots, now_ns)
        if traded:
            owed = share(traded, self._fee)
            self._ledger.insure(account, max(min(owed, self._margin.equity(account)), 0))
            self.liquidations += 1

    def take(self, account: Account, market: PaperMarket, lots: int, now_ns: int) -> None:
        """Close a part of a position as the venue does when it unwinds who is ahead.

        Told as a liquidation is, and without its fee.
        """
        held = account.lots(market.contract_id)
        side = Side.SELL if held > 0 else Side.BUY
        if market.ready and held and lots:
            self._trade(account, market, side, min(lots, abs(held)), now_ns)

    def _trade(
        self, account: Account, market: PaperMarket, side: Side, lots: int, now_ns: int
    ) -> int:
        """Trade in the account's place and tell of it; return what it came to (atoms)."""
        totals = account.total(market.contract_id)
        traded_before = totals.traded
        order_id = self._next_order_id()
        order = EngineOrder(
            order_id=order_id,
            owner=account.name,
            client_order_id=f"liquidation-{order_id}",
            side=side,
            lots=lots,
            order_type=OrderType.MARKET,
            time_in_force=TimeInForce.IOC,
            reduce_only=True,
            forced=True,
        )
        market.engine.place(order, now_ns)
        if order.filled_lots == 0:
            return 0
        traded = totals.traded - traded_before
        price = market.grid.price(traded // market.grid.notional_atoms(1, 1)) / order.filled_lots
        self._outbox(
            account.name,
            LiquidationEvent(
                contract_id=market.contract_id,
                symbol=market.spec.symbol,
                side=side,
                size=market.grid.size(order.filled_lots),
                price=price,
                venue_ns=now_ns,
                ours=True,
            ),
        )
        return traded

    # Where nobody is in danger --------------------------------------------------------------------

    def _band(self, account: Account, market: PaperMarket) -> tuple[float, float]:
        """Return the quotes between which this account is safe, as far as this market goes.

        The excess over maintenance is shared evenly among the account's positions: while no market
        uses up its share, the whole is not used up. A falling price also lowers a long's
        maintenance, which is left out; a rising one raises a short's, which is counted.
        """
        lots = account.lots(market.contract_id)
        mark = market.mark()
        if lots == 0 or mark is None:
            return -inf, inf
        held = sum(1 for _ in account.open_positions())
        excess = (self._margin.equity(account) - self._margin.maintenance(account)) // held
        if excess <= 0:
            return inf, -inf
        tick = float(market.grid.tick)
        per_half_tick = abs(lots) * market.grid.half_atoms
        if lots > 0:
            return (mark / 2 - excess / per_half_tick / 2 + 1) * tick, inf
        schedule = self._margin.schedules[market.contract_id]
        rate = max(float(bracket.maintenance_margin) for bracket in schedule.brackets)
        return -inf, (mark / 2 + excess / (per_half_tick * (1 + rate)) / 2 - 1) * tick
