"""What is told unasked: of the markets to everyone, of an account to its owner."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from exchange_clients.base_models import NS, ContractId, Fill, LiquidationEvent, OrderInfo
from exchange_clients.events import FundingPayment, PositionUpdate, PrivateEvent
from exchange_clients.paper.timeline import NEVER_NS
from venue_simulators.paper import rows
from venue_simulators.paper.hub import Hub, Topic
from venue_simulators.paper.public_desk import book_row, has_price
from venue_simulators.paper.rows import Row
from venue_simulators.world import BookChange, MarketTrade, PublicLiquidation, World

FUNDING_EVERY_NS = NS
"""How often a running rate is told, at whole seconds."""


class Streams:
    """Words what happens in a world for those who listen; ``hub`` is given right after."""

    hub: Hub

    def __init__(self, world: World, accounts: Sequence[str]) -> None:
        self._world = world
        self._changed: dict[str, None] = {}
        """Accounts whose money has changed since it was told."""
        for contract_id in world.markets:
            world.listen_book(contract_id, self._on_book)
            world.listen_trades(contract_id, self._on_trade)
        world.listen_liquidations(self._on_liquidation)
        for account in accounts:
            world.listen_private(account, self._hearer(account))

    # Time -----------------------------------------------------------------------------------------

    def next_ns(self, after_ns: int) -> int:
        """Return the next instant at which a rate is told."""
        heard = any(self.hub.heard(f"funding:{each}") for each in self._world.markets)
        return (after_ns // FUNDING_EVERY_NS + 1) * FUNDING_EVERY_NS if heard else NEVER_NS

    def tell_rates(self) -> None:
        """Tell the running rates."""
        for contract_id in self._world.markets:
            name = f"funding:{contract_id}"
            if self.hub.heard(name) and has_price(self._world, contract_id):
                self.hub.publish(name, "funding", self._funding(contract_id))

    def tell_balances(self) -> None:
        """Tell the money of every account in which it has changed."""
        changed, self._changed = self._changed, {}
        for account in changed:
            self.hub.publish("balances", "balance", self._balance(account), account)

    # A new listener -------------------------------------------------------------------------------

    def begin(self, topic: Topic, account: str, tell: Callable[[str, Row], None]) -> None:
        """Tell a new listener where things stand."""
        if topic.kind == "book":
            tell("book_snapshot", book_row(self._world, topic.market))
        elif topic.kind == "best":
            row = self._best(topic.market)
            if row is not None:
                tell("best", row)
        elif topic.kind == "funding" and has_price(self._world, topic.market):
            tell("funding", self._funding(topic.market))
        elif topic.kind == "balances":
            tell("balance", self._balance(account))

    # Markets --------------------------------------------------------------------------------------

    def _on_book(self, change: BookChange) -> None:
        contract_id = change.contract_id
        if self.hub.heard(f"book:{contract_id}"):
            self.hub.publish(f"book:{contract_id}", "book_delta", rows.delta_row(change))
        if self.hub.heard(f"best:{contract_id}"):
            row = self._best(contract_id)
            if row is not None:
                self.hub.publish(f"best:{contract_id}", "best", row)

    def _on_trade(self, trade: MarketTrade) -> None:
        name = f"trades:{trade.contract_id}"
        if self.hub.heard(name):
            self.hub.publish(name, "trade", rows.trade_row(trade))

    def _on_liquidation(self, event: PublicLiquidation) -> None:
        self.hub.publish("liquidations", "liquidation", rows.public_liquidation_row(event))

    def _best(self, contract_id: ContractId) -> Row | None:
        bid, ask, number = self._world.best(contract_id)
        if bid is None or ask is None:
            return None
        return {
            "market": contract_id,
            "number": number,
            "bid": rows.levels([bid])[0],
            "ask": rows.levels([ask])[0],
            "time": self._world.now_ns,
        }

    def _funding(self, contract_id: ContractId) -> Row:
        return rows.funding_row(self._world.ticker(contract_id), self._world.now_ns)

    # Accounts -------------------------------------------------------------------------------------

    def _hearer(self, account: str) -> Callable[[PrivateEvent], None]:
        return lambda event: self._on_private(account, event)

    def _on_private(self, account: str, event: PrivateEvent) -> None:
        world, hub = self._world, self.hub
        if isinstance(event, OrderInfo):
            row = rows.order_row(event, world.wanted(account, event.order_id))
            hub.publish("orders", "order", row, account)
        elif isinstance(event, Fill):
            row = rows.fill_row(event, world.wanted(account, event.order_id))
            hub.publish("fills", "fill", row, account)
            self._changed[account] = None
        elif isinstance(event, PositionUpdate):
            hub.publish("positions", "position", rows.position_event_row(event), account)
        elif isinstance(event, LiquidationEvent):
            hub.publish("positions", "liquidation", rows.liquidation_row(event), account)
        elif isinstance(event, FundingPayment):
            hub.publish("balances", "payment", rows.payment_row(event), account)
            self._changed[account] = None

    def _balance(self, account: str) -> Row:
        return rows.balance_row(self._world.funds(account), self._world.now_ns)
