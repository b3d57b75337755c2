"""What people may tell a running bot, and who told it; each command said twice does the same once.

Every command is logged and noted in the run's report with who asked. Those that trade act on what
is ours alone, reduce-only.
"""

from __future__ import annotations

import logging

import msgspec

from app.control.reloading import reload_settings
from app.control.run_view import OwnedBook
from app.errors import AppError
from app.safety.life_line import progress_of
from app.safety.pulse import VenueProgress
from app.session import Session
from exchange_clients.base_models import Purpose
from exchange_clients.journal import JournalError
from exchange_clients.shared.tasks import TaskScope
from helpers.event_notifier import Tell
from helpers.notices import Notice, NoticeKind

logger = logging.getLogger(__name__)

CLOSE_WITHIN_S = 60.0
"""How long closing one symbol goes on; what is left then is told."""


class Refused(Exception):
    """A command that is not carried out; the message says why, and what can be done."""


class Told(msgspec.Struct, frozen=True):
    """What came of a command."""

    done: bool
    """Whether it changed anything; a command said twice finds nothing to do."""
    text: str
    venues: tuple[VenueProgress, ...] = ()
    """What became of each venue, where something was closed."""


class Operator:
    """The commands of one run.

    Args:
        session: The run.
        tell: Where notices go.
    """

    def __init__(self, session: Session, tell: Tell) -> None:
        self.owned = OwnedBook()
        """What is ours; whoever owns the commands lets it hear of fills."""
        self._session = session
        self._tell = tell
        self._tasks = TaskScope()
        self._flattening = False
        """Whether it was asked for; the deed begins a moment later."""

    def pause(self, by: str) -> Told:
        """Open nothing new, and cancel what would; exits go on.

        Raises:
            Refused: it could not be kept, and does not hold.
        """
        pause = self._session.risk.pause
        try:
            if not pause.begin(by):
                return Told(False, f"entries are paused already, by {pause.by}")
        except JournalError as error:
            raise Refused(f"nothing was paused: {error}") from error
        self._note(by, "pause: entries are paused")
        desk = self._session.bot.desk
        entries = [each.key for each in desk.keys.live() if each.purpose is Purpose.ENTRY]
        if entries:
            self._session.bot.carry_out((), entries, f"paused by {by}")
        return Told(True, f"entries are paused, {len(entries)} pending ones are cancelled")

    def resume(self, by: str) -> Told:
        """Let entries through again, as far as the risk check does.

        Raises:
            Refused: it could not be kept, and the pause holds.
        """
        risk = self._session.risk
        try:
            if not risk.pause.end():
                return Told(False, "entries were not paused")
        except JournalError as error:
            raise Refused(f"entries stay paused: {error}") from error
        self._note(by, "resume: entries may be sent again")
        verdict = risk.check(self._session.clock.now_ns())
        rest = "" if verdict.entries_allowed else f", but risk forbids them: {verdict.reason}"
        return Told(True, f"entries may be sent again{rest}")

    async def close(self, symbol: str, by: str) -> Told:
        """Pause entries, then cancel and close what is ours of a symbol, on every venue.

        Raises:
            Refused: nothing of it is traded here.
        """
        session = self._session
        wanted = symbol.strip().upper()
        if session.settings.traded and wanted not in session.settings.traded:
            traded = ", ".join(session.settings.traded)
            raise Refused(f"{wanted or 'nothing'} is not traded by this run; it trades {traded}")
        if session.settings.dry_run:
            raise Refused("a dry run has nothing to close")
        if not session.risk.pause.by:
            # Else the strategy would open again what was just closed.
            self.pause(by)
        self._note(by, f"close {wanted}: cancelled and closed on every venue")
        closing = session.risk.flatten_symbol(wanted, f"closed by {by}", CLOSE_WITHIN_S)
        report = await self._tasks.uninterrupted(closing, f"close {wanted}")
        venues = tuple(progress_of(each) for each in report.venues)
        if report.idle:
            return Told(False, f"nothing of {wanted} was open", venues)
        what = "is closed" if report.flat else "could not be closed everywhere"
        return Told(True, f"{wanted} {what}; entries stay paused until resume", venues)

    def flatten(self, by: str) -> Told:
        """Begin to close everything of ours; when all is flat the run ends and stays halted."""
        risk = self._session.risk
        if risk.flattening or self._flattening:
            return Told(False, "everything is being closed already", self.progress())
        if self._session.settings.dry_run:
            raise Refused("a dry run has nothing to close")
        self._note(by, "flatten: everything of ours is closed, then the run ends")
        self._flattening = True
        self._tasks.start(risk.flatten(f"flatten by {by}"), "flatten")
        return Told(True, "everything of ours is being closed; then the run ends")

    def progress(self) -> tuple[VenueProgress, ...]:
        """Return how far each venue is on its way to flat."""
        return tuple(progress_of(each) for each in self._session.risk.flatness.values())

    def reload(self, by: str) -> Told:
        """Read the configuration again and take over what may change while the bot runs.

        Raises:
            Refused: it is wrong, or something changed that needs a new start; nothing was taken.
        """
        try:
            changed = reload_settings(self._session)
        except AppError as error:
            raise Refused(str(error)) from error
        if not changed:
            return Told(False, "nothing has changed")
        self._note(by, f"reload: {', '.join(changed)}")
        return Told(True, f"taken over: {', '.join(changed)}")

    async def end(self) -> None:
        """Carry nothing out any more."""
        await self._tasks.close()

    def _note(self, by: str, text: str) -> None:
        now_ns = self._session.clock.now_ns()
        logger.warning("event=operator by=%r command=%r", by, text)
        self._session.on_note(now_ns, f"{by}: {text}")
        self._tell(Notice(NoticeKind.OPERATOR, by, text, now_ns))
