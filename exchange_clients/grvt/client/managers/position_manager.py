"""Positions, as GRVT words them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from exchange_clients.base_models import ExchangePositionSnapshot
from exchange_clients.events import Unreadable
from exchange_clients.grvt.client.utils.converters import Page, Position
from exchange_clients.grvt.common import PERPETUAL, TRADES, call
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.rows import read_rows


class GrvtPositions:
    """Positions of one sub account."""

    def __init__(self, account_id: str) -> None:
        self._account = account_id

    def all(self) -> Flow[Sequence[ExchangePositionSnapshot | Unreadable]]:
        """Return every open position."""
        body = {"sub_account_id": self._account, "kind": [PERPETUAL]}
        answer = yield call(TRADES, "positions", body, "query", private=True)
        rows = msgspec.json.decode(answer.body, type=Page[list[msgspec.Raw]]).result
        return read_rows(rows, Position, Position.snapshot, ("instrument",))
