"""Positions, as Lighter words them: a part of the account."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from exchange_clients.base_models import ExchangePositionSnapshot
from exchange_clients.events import Unreadable
from exchange_clients.lighter.client.utils.converters import Position
from exchange_clients.lighter.common import ask_own
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.rows import read_rows


class _Positions(msgspec.Struct):
    positions: list[msgspec.Raw]


class _Accounts(msgspec.Struct):
    accounts: list[_Positions]


class LighterPositions:
    """Positions of one account."""

    def __init__(self, index: str) -> None:
        self._index = index

    def all(self) -> Flow[Sequence[ExchangePositionSnapshot | Unreadable]]:
        """Return every open position; rows of markets that are flat are left out."""
        answer = yield ask_own("account", by="index", value=self._index)
        (account,) = msgspec.json.decode(answer.body, type=_Accounts).accounts
        rows = read_rows(account.positions, Position, Position.snapshot, ("market_id",))
        return [row for row in rows if isinstance(row, Unreadable) or row.quantity]
