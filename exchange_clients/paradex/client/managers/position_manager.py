"""Positions, as Paradex words them."""

from __future__ import annotations

from collections.abc import Sequence

from exchange_clients.base_models import ExchangePositionSnapshot
from exchange_clients.events import Unreadable
from exchange_clients.paradex.client.utils.converters import Position, pages, perpetual
from exchange_clients.paradex.common import get
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.rows import read_rows


class ParadexPositions:
    """Positions of one account."""

    def all(self) -> Flow[Sequence[ExchangePositionSnapshot | Unreadable]]:
        """Return open positions in perpetuals; those that were closed are listed as well."""
        found = yield from pages(get("positions", private=True))
        rows = read_rows(found, Position, Position.snapshot, ("market",))
        return [
            row
            for row in rows
            if isinstance(row, Unreadable) or (row.quantity and perpetual(row.contract_id))
        ]
