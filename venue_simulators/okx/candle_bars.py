"""Bars of candles: those of days and their halves begin by the clock of Hong Kong, or by UTC."""

from __future__ import annotations

from collections.abc import Sequence

from exchange_clients.base_models import NS, ContractId
from venue_simulators.world import Candle, World
from venue_simulators.world_values import merged

HOUR_S = 3600
_HONG_KONG_S = 8 * HOUR_S
BARS = {
    "1m": (60, 0),
    "3m": (180, 0),
    "5m": (300, 0),
    "15m": (900, 0),
    "30m": (1800, 0),
    "1H": (HOUR_S, 0),
    "2H": (2 * HOUR_S, 0),
    "4H": (4 * HOUR_S, 0),
    "6H": (6 * HOUR_S, _HONG_KONG_S),
    "12H": (12 * HOUR_S, _HONG_KONG_S),
    "1D": (24 * HOUR_S, _HONG_KONG_S),
    "6Hutc": (6 * HOUR_S, 0),
    "12Hutc": (12 * HOUR_S, 0),
    "1Dutc": (24 * HOUR_S, 0),
}
"""Seconds of a bar, and how far its clock is ahead of UTC."""


def latest_candles(
    world: World, contract_id: ContractId, bar: str, last_ns: int, count: int
) -> Sequence[Candle]:
    """Return at most ``count`` candles that begin at ``last_ns`` or before, oldest first."""
    seconds, ahead_s = BARS[bar]
    span_ns, ahead_ns = seconds * NS, ahead_s * NS
    last_start_ns = (last_ns + ahead_ns) // span_ns * span_ns - ahead_ns
    first_ns = last_start_ns - (count - 1) * span_ns
    if ahead_ns % span_ns == 0:
        return world.candles(contract_id, seconds, first_ns, last_start_ns + 1)
    hours = world.candles(contract_id, HOUR_S, first_ns, last_start_ns + span_ns)
    groups: dict[int, list[Candle]] = {}
    for candle in hours:
        start_ns = (candle.start_ns + ahead_ns) // span_ns * span_ns - ahead_ns
        groups.setdefault(start_ns, []).append(candle)
    return [merged(group) for group in groups.values()]
