"""Positions and money of Binance, in one-way and in hedge mode, and the mode itself."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from exchange_clients.base_models import ExchangePositionSnapshot
from exchange_clients.binance.common import POSITION_SIDE
from exchange_clients.shared.dialects.fapi.account_manager import (
    FapiAccount,
    FapiPositions,
    PositionRow,
)
from exchange_clients.shared.dialects.fapi.dialect import ONE_WAY
from exchange_clients.shared.flow import Flow, Method

MODE = "positionSide/dual"


class _Mode(msgspec.Struct, rename="camel"):
    dual_side_position: bool


_MODE = msgspec.json.Decoder(_Mode)


class BinancePositions(FapiPositions):
    """Positions of one account; in hedge mode a market has one of each side."""

    def snapshot(self, row: PositionRow) -> ExchangePositionSnapshot:
        """Return what a row says; quantities are signed in either mode."""
        side = POSITION_SIDE[row.position_side]
        told = super().snapshot(msgspec.structs.replace(row, position_side=ONE_WAY))
        return replace(told, position_side=side)


class BinanceAccount(FapiAccount):
    """The money of one account, and its mode, which the coin-margined markets share."""

    def hedged(self) -> Flow[bool]:
        """Say whether the account is in hedge mode."""
        answer = yield self._dialect.ask_privately(MODE, {}, scope="mode")
        return _MODE.decode(answer.body).dual_side_position

    def set_hedged(self, hedged: bool) -> Flow[None]:
        """Change the mode where it is another; open orders and positions forbid it."""
        if (yield from self.hedged()) is not hedged:
            yield self._dialect.ask_privately(
                MODE, {"dualSidePosition": hedged}, Method.POST, scope="mode_change"
            )
