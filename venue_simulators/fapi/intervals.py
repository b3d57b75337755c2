"""Lengths of candles and distances of streams, by the words of the dialect."""

from __future__ import annotations

from collections.abc import Mapping

CANDLE_SECONDS: Mapping[str, int] = {
    "1m": 60,
    "3m": 180,
    "5m": 300,
    "15m": 900,
    "30m": 1800,
    "1h": 3600,
    "2h": 7200,
    "4h": 14_400,
    "6h": 21_600,
    "8h": 28_800,
    "12h": 43_200,
    "1d": 86_400,
    "3d": 259_200,
    "1w": 604_800,
    "1M": 2_592_000,
}
"""A month has thirty days here."""
DEPTH_SPEEDS_NS: Mapping[str, int] = {
    "": 250_000_000,
    "100ms": 100_000_000,
    "250ms": 250_000_000,
    "500ms": 500_000_000,
}
MARK_SPEEDS_NS: Mapping[str, int] = {"": 3_000_000_000, "1s": 1_000_000_000}
