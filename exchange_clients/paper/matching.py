"""One market's matching engine: price-time priority on integer ticks and lots, no clock, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from exchange_clients.base_models import Reason, Side
from exchange_clients.paper.external import ExternalLiquidity
from exchange_clients.paper.orders import EngineListener, EngineOrder
from exchange_clients.paper.price_levels import BookSide
from exchange_clients.paper.queue_model import QueueModel
from exchange_clients.paper.rules import VenueRules


class MatchingEngine:
    """Match orders of many owners with each other and with the external market."""

    external: ExternalLiquidity | None

    def __init__(
        self,
        rules: VenueRules,
        listener: EngineListener,
        position_lots: Callable[[str], int],
        queue_model: QueueModel | None = None,
        external: ExternalLiquidity | None = None,
    ) -> None:
        self.rules = rules
        self.listener = listener
        self.position_lots = position_lots
        self.queue_model = queue_model
        self.external = external
        self.bids = BookSide(Side.BUY)
        self.asks = BookSide(Side.SELL)

    def place(self, order: EngineOrder, now_ns: int) -> None:
        """Accept, match, rest or refuse an order; the outcome is in its status and reason."""
        raise NotImplementedError

    def cancel(self, order_id: int, now_ns: int, reason: Reason = Reason.USER_CANCELED) -> bool:
        """End a live order; False when there is none of that id."""
        raise NotImplementedError

    def amend(
        self, order_id: int, now_ns: int, *, ticks: int | None, lots: int | None
    ) -> Reason | None:
        """Change price or size; None when done, else why nothing was changed."""
        raise NotImplementedError

    def cancel_all(self, owner: str, now_ns: int) -> list[EngineOrder]:
        """Cancel every live order of an owner, oldest first, and return them."""
        raise NotImplementedError

    def find(self, owner: str, client_order_id: str) -> EngineOrder | None:
        """Return the order of that client order id, live or ended."""
        raise NotImplementedError

    def get(self, order_id: int) -> EngineOrder | None:
        """Return the order of that id, live or ended."""
        raise NotImplementedError

    def open_orders(self, owner: str) -> list[EngineOrder]:
        """Return the live orders of an owner, oldest first."""
        raise NotImplementedError

    def on_position_changed(self, owner: str, now_ns: int) -> None:
        """Cut resting reduce-only orders to a position that changed outside of a trade."""
        raise NotImplementedError

    def on_external_level(self, side: Side, ticks: int, lots: int, now_ns: int) -> None:
        """Take in that the source stated ``lots`` at a price of one side of the book."""
        raise NotImplementedError

    def on_external_refresh(self, side: Side, ticks: int) -> None:
        """Take in that the source stated a level anew: what was consumed there is back."""
        raise NotImplementedError

    def on_external_touch(self, bid_ticks: int | None, ask_ticks: int | None, now_ns: int) -> None:
        """Fill resting orders that the external best prices now cross."""
        raise NotImplementedError

    def on_external_trade(self, ticks: int, lots: int, aggressor: Side, now_ns: int) -> None:
        """Fill resting orders that a printed trade went through or reached in the queue."""
        raise NotImplementedError

    def on_mark(self, ticks: int, now_ns: int) -> None:
        """Take in the mark price: trigger conditional orders, ratchet trailing stops."""
        raise NotImplementedError

    @property
    def own_best_bid(self) -> int:
        """Best resting bid in ticks; -1 when none rests."""
        return self.bids.best

    @property
    def own_best_ask(self) -> int:
        """Best resting ask in ticks; ``NO_ASK``, above every price, when none rests."""
        return self.asks.best

    def prices_resting(self, side: Side) -> Sequence[int]:
        """Return the prices of one side where orders rest, best first."""
        return (self.bids if side is Side.BUY else self.asks).prices()
