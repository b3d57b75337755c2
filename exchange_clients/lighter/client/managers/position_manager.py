"""Positions, as Lighter words them: a part of the account, which is public."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from exchange_clients.base_models import ExchangePositionSnapshot
from exchange_clients.events import Unreadable
from exchange_clients.lighter.client.utils.converters import Position
from exchange_clients.lighter.common import API
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.rows import read_rows


class _Positions(msgspec.Struct):
    positions: list[msgspec.Raw]


class _Accounts(msgspec.Struct):
    accounts: list[_Positions]


class LighterPositions:
    """Positions of one account."""

    def __init__(self, account: int) -> None:
        self._account = account

    def all(self) -> Flow[Sequence[ExchangePositionSnapshot | Unreadable]]:
        """Return every open position; rows of markets that are flat are left out."""
        answer = yield account_query(self._account)
        (account,) = msgspec.json.decode(answer.body, type=_Accounts).accounts
        rows = read_rows(account.positions, Position, Position.snapshot, ("market_id",))
        return [row for row in rows if isinstance(row, Unreadable) or row.quantity]


def account_query(account: int) -> Request:
    """Return the query of the whole account."""
    params = {"by": "index", "value": account}
    return Request(Method.GET, f"{API}/account", params, private=True)
