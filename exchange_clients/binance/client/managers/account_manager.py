"""Positions and money of Binance, in one-way and in hedge mode, and the mode itself."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import ExchangePositionSnapshot
from exchange_clients.binance.common import LIMITS, POSITION_SIDE
from exchange_clients.shared.dialects.fapi.account_manager import (
    FapiAccount,
    FapiPositions,
    PositionRow,
)
from exchange_clients.shared.dialects.fapi.converters import Number, listed
from exchange_clients.shared.dialects.fapi.dialect import ONE_WAY
from exchange_clients.shared.flow import Flow, Method
from exchange_clients.shared.limits import BucketScope, RateLimits
from exchange_clients.shared.rows import as_is, read_rows, readable

MODE = "positionSide/dual"
SECONDS = MappingProxyType({"SECOND": 1.0, "MINUTE": 60.0})


class _Mode(msgspec.Struct, rename="camel"):
    dual_side_position: bool


class _Limit(msgspec.Struct, rename="camel"):
    interval: str
    interval_num: Number
    limit: Number


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

    def limits(self) -> Flow[RateLimits]:
        """Return what this account may place in each window; makers of markets may place more."""
        answer = yield self._dialect.ask_privately("rateLimit/order", {})
        rows = readable(read_rows(listed(answer.body), _Limit, as_is))
        told = {SECONDS[row.interval] * row.interval_num: float(row.limit) for row in rows}
        buckets = (
            replace(bucket, capacity=told.get(bucket.window_s, bucket.capacity))
            if bucket.scope is BucketScope.ACCOUNT
            else bucket
            for bucket in LIMITS.buckets
        )
        return replace(LIMITS, buckets=tuple(buckets))

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
