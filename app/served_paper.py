"""The paper venue in another process: when a run means that one and not the embedded one."""

from __future__ import annotations

from app.errors import UsageError
from app.settings import PAPER, RunSettings

SIMULATOR = "simulator"
URL_VARIABLES = ("PERP_PAPER_REST_URL", "PERP_PAPER_WS_URL")
"""What ``python -m venue_simulators paper`` prints beside the key; either of them means it."""


def paper_is_served(settings: RunSettings) -> bool:
    """Say whether ``paper`` is reached over sockets; a labelled one, as ``paper:one``, never is."""
    return (
        settings.environment == SIMULATOR
        and PAPER in settings.exchange
        and any(settings.variables.get(name) for name in URL_VARIABLES)
    )


def refuse_another_time(settings: RunSettings) -> None:
    """Refuse what only the embedded venue can do: the served one lives in the present.

    Raises:
        UsageError: a recording was named, or another speed.
    """
    given = ["--data"] * bool(settings.data) + ["--speed"] * (settings.speed != 1)
    if given:
        raise UsageError(
            f"{' and '.join(given)}: not where the paper venue is served by another process; "
            f"unset {' and '.join(URL_VARIABLES)} to trade on the embedded one"
        )
