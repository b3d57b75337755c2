"""What of OKX a test may want otherwise: delays, old habits, and what no document settles."""

from __future__ import annotations

from dataclasses import dataclass

from exchange_clients.base_models import NS

MS = 1_000_000
"""Nanoseconds in a millisecond."""


@dataclass(frozen=True, slots=True)
class OkxTerms:
    """Times in nanoseconds."""

    demo: bool = False
    """Whether the keys are of demo trading, whose requests carry ``x-simulated-trading: 1``."""
    rate_limits: bool = True
    checksums: bool = False
    """Whether books carry the CRC32 that was given up in June 2026; since then it is always 0."""
    book_snapshots: bool = True
    """Whether the ``books`` channel begins with a snapshot; without, a book begins with REST."""
    child_client_ids: bool = False
    """Whether the order of an algo is named ``<algoId>_0``; most have no name."""
    amends_fail_later: bool = False
    """Whether what the engine says against an amendment comes by the stream alone."""
    silence_ns: int = 30 * NS
    """After so long without traffic a connection is closed."""
    book_interval_ns: int = 100 * MS
    heartbeat_ns: int = 60 * NS
    """How long a ``books`` channel may say nothing."""
    account_interval_ns: int = 5 * NS
    """How often account and positions are told without a cause."""
    read_delay_ns: int = 0
    """How old what private reads tell of orders and fills may be."""
    paged_account: bool = False
    """Whether the account's snapshot comes in two pages, the first of a coin with empty fields."""
    replays_fills: bool = False
    """Whether whoever subscribes to orders is told the account's latest fill once more."""
