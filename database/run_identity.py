"""What a journal tells of its run to those who read across runs."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

RUN_KEY = "run"
"""Under which a journal's state tells whose run it is."""
EXPLAINED_KEY = "explained"
"""Under which it tells why nothing is traded."""


class RunIdentity(msgspec.Struct, frozen=True):
    """Whose run a journal is of; written into it before anything else."""

    run_id: str
    strategy: str
    venues: tuple[str, ...]
    ticker: str
    account: str
    environment: str
    began_ns: int
    """By the machine's clock (epoch ns); a recording's market may be of another year."""


class Explained(msgspec.Struct, frozen=True):
    """Why nothing is traded, as the run itself found at an instant (epoch ns)."""

    at_ns: int
    rows: Sequence[tuple[str, str, bool, str]]
    """Subject, rule, whether it allows an entry, and the numbers."""
