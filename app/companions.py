"""What lives beside a run and never decides: it hears what happens, and opens and closes with it.

Each is loaded only where the configuration asks for it, or the run keeps pace with the machine.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from exchange_clients.base_models import Fill, OrderInfo, Purpose

if TYPE_CHECKING:
    from app.session import Session


logger = logging.getLogger(__name__)


class Companion(Protocol):
    """Hears a run; every call but ``open`` and ``close`` is cheap and never waits."""

    async def open(self) -> None:
        """Begin, before the bot does.

        Raises:
            RunFailed: it cannot; nothing was started.
        """

    def on_start(self) -> None:
        """The first price is known and nothing was done yet."""

    def on_order(self, venue: str, purpose: Purpose, info: OrderInfo) -> None:
        """An order of ours changed."""

    def on_fill(self, venue: str, fill: Fill) -> None:
        """An order of ours traded."""

    async def close(self) -> None:
        """End, after the bot did; the run's ``ending`` says how."""


def companions_of(session: Session) -> list[Companion]:
    """Return what the configuration of a run asks for."""
    companions: list[Companion] = []
    if session.settings.speed == 1:
        from app.safety.life_line import LifeLine  # noqa: PLC0415  # of no use at full speed

        companions.append(LifeLine(session))
    notifier = None
    risk = session.settings.risk
    if risk.dead_man_seconds is not None and not session.settings.dry_run:
        companions += _switches(session, risk.dead_man_seconds)
    if session.settings.notifications.channels:
        from app.notices.run_notices import run_notices  # noqa: PLC0415  # brings the network

        notices = run_notices(session)
        notifier = notices.notifier
        companions.append(notices)
    if session.settings.control.wanted:
        from app.control.run_control import RunControl  # noqa: PLC0415  # likewise

        companions.append(RunControl(session, notifier))
    return companions


def _switches(session: Session, seconds: float) -> list[Companion]:
    """Return the dead-man switches, which are for accounts that nobody else trades on."""
    if not session.settings.risk.exclusive:
        logger.warning(
            "event=dead_man_not_armed reason=the_account_is_shared "
            "next=set risk.exclusive where nobody else trades on it"
        )
        return []
    from app.safety.dead_man import DeadMan  # noqa: PLC0415  # only where it is asked for

    return [DeadMan(session.clients, seconds, session.clock)]
