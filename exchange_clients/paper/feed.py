"""The paper venue as a feed of the virtual loop: epoch time there, loop time here."""

from __future__ import annotations

from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.timeline import NEVER_NS
from exchange_clients.shared.virtual_time import NEVER, Horizon, VirtualLoop


class PaperFeed:
    """Runs an exchange between the timers of a loop; ``loop.add_feed(PaperFeed(...))``.

    The exchange stays still until a client has connected.
    """

    def __init__(self, exchange: PaperExchange, loop: VirtualLoop) -> None:
        self._exchange = exchange
        self._loop = loop

    def next_ns(self) -> int:
        """Return the instant of the next event in ns of loop time."""
        at_ns = self._exchange.next_ns()
        return NEVER if at_ns >= NEVER_NS else at_ns - self._loop.epoch_ns

    def run(self, horizon: Horizon) -> None:
        """Deliver events up to the horizon, at least one."""
        self._exchange.run(horizon, self._loop.epoch_ns)
