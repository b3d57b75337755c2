"""How long edges have lasted, read from the store once for each pair and hour."""

from __future__ import annotations

from exchange_clients.base_models import NS
from execution.settlements import HOUR_NS
from funding_rate_service.api.state import ServiceState
from funding_rate_service.core.engine import StoreError
from funding_rate_service.core.survival import Survival, survival
from funding_rate_service.core.values import SeriesKey

DAYS = 30
REFRESHED_S = 600
"""Summaries of an hour come a little after it, and imports at any time."""
KEPT_MAX = 5000
"""Series whose hours are kept: some 50 KB for a thousand hours of ten."""


class PastEdges:
    """Remembers the hours of the series that are asked for."""

    def __init__(self, state: ServiceState) -> None:
        self._state = state
        self._period = -1
        self._hours: dict[SeriesKey, dict[int, float]] = {}

    def survival(self, symbol: str, long: str, short: str, now_ns: int) -> Survival | None:
        """Return how lasting a pair's edge was; None where the past is not known."""
        period = now_ns // (REFRESHED_S * NS)
        if period != self._period or len(self._hours) > KEPT_MAX:
            self._period, self._hours = period, {}
        try:
            return survival(
                self._read(SeriesKey(long, symbol), now_ns),
                self._read(SeriesKey(short, symbol), now_ns),
            )
        except StoreError:
            return None  # health tells of the store; what is known of now is still of use

    def _read(self, key: SeriesKey, now_ns: int) -> dict[int, float]:
        hours = self._hours.get(key)
        if hours is None:
            hours = self._state.reader.hours(key, now_ns - DAYS * 24 * HOUR_NS, now_ns)
            self._hours[key] = hours
        return hours
