"""What was heard of one execution of several legs: its end is told with all of its fills."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import ZERO, ClientOrderId, Fill, FillIdentity, Purpose
from exchange_clients.errors import ExchangeError
from execution.legs.report import LegReport, LegsReport
from execution.legs_order import LegFill

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class HeardLegs:
    """One execution, as this process has heard of it."""

    purpose: Purpose
    """Of its first orders."""
    told: LegsReport | None = None
    """Its latest report."""
    _names: dict[ClientOrderId, None] = field(default_factory=dict)
    _fills: dict[tuple[str, FillIdentity], LegFill] = field(default_factory=dict)

    @property
    def fills(self) -> tuple[LegFill, ...]:
        """Every fill, in the order of hearing."""
        return tuple(self._fills.values())

    def name(self, client_order_id: ClientOrderId) -> bool:
        """Take an order's name; return whether it was new."""
        new = client_order_id not in self._names
        self._names[client_order_id] = None
        return new

    def hear(self, venue: str, fill: Fill) -> bool:
        """Take a fill; return whether it was new."""
        new = (venue, fill.identity) not in self._fills
        self._fills.setdefault((venue, fill.identity), LegFill(venue, fill))
        return new

    def complete(self, report: LegsReport) -> bool:
        """Tell whether every size that the report knows of was told by a fill."""
        return all(self._complete(leg) for leg in report.legs)

    async def read_history(
        self,
        clients: Mapping[str, BaseExchangeClient],
        report: LegsReport,
        since_ns: int,
        until_ns: int,
    ) -> None:
        """Read the fills of a report's orders; those of a venue that fails may come late."""
        for leg in report.legs:
            client = clients[leg.venue]
            ours = {each.order.client_order_id for each in leg.orders}
            try:
                symbol = client.market(leg.contract_id).symbol
                fills = await client.get_user_trade_history(symbol, since_ns, until_ns)
            except ExchangeError as error:
                logger.warning(
                    "event=fills_not_read key=%s venue=%s error=%r next=tell_without",
                    report.execution_id, leg.venue, error,
                )  # fmt: skip
                continue
            for fill in fills:
                if fill.client_order_id in ours:
                    self.hear(leg.venue, fill)

    def _complete(self, leg: LegReport) -> bool:
        told: dict[ClientOrderId | None, Decimal] = {}
        for each in self._fills.values():
            if each.venue == leg.venue and each.fill.voids is None:
                name = each.fill.client_order_id
                told[name] = told.get(name, ZERO) + each.fill.size
        return all(
            told.get(each.order.client_order_id, ZERO) >= each.order.filled for each in leg.orders
        )
