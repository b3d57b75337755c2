"""The companion of a run by which people watch and command it: over HTTP, and by Telegram."""

from __future__ import annotations

import base64
import logging
import os

from app.control.api import ControlApi
from app.control.guard import Guard, digest_of
from app.control.invitation import Invitation, path_of, write
from app.control.metrics import RunMetrics
from app.control.operator import Operator
from app.control.server import ControlServer
from app.control.telegram import TelegramCommands
from app.errors import RunFailed
from app.notices.channels import telegram_bot
from app.session import Session
from exchange_clients.base_models import Fill, OrderInfo, Purpose
from helpers.event_notifier import EventNotifier
from helpers.unified_logger import register_secret

logger = logging.getLogger(__name__)

TOKEN_BYTES = 24


class RunControl:
    """Opens what the configuration asks for.

    Args:
        session: The run.
        notifier: Tells people of commands; None where nobody is told anything.
    """

    def __init__(self, session: Session, notifier: EventNotifier | None) -> None:
        settings = session.settings
        self._session = session
        if notifier is None:
            self.operator = Operator(session, lambda notice: None)
            self.metrics = RunMetrics(session)
        else:
            self.operator = Operator(session, notifier.tell)
            self.metrics = RunMetrics(session, lambda: notifier.waiting, lambda: notifier.dropped)
        self._telegram: TelegramCommands | None = None
        if settings.control.telegram:
            register_secret(settings.notifications.telegram_token)
            self._telegram = TelegramCommands(
                session,
                self.operator,
                telegram_bot(settings.notifications),
                settings.notifications.telegram_chats,
            )
        self.server: ControlServer | None = None
        self._file = path_of(session.state_path)

    async def open(self) -> None:
        """Let people in.

        Raises:
            RunFailed: the port is not free, or the file cannot be written.
        """
        self.metrics.open()
        if self._session.settings.control.port is not None:
            await self._serve()
        if self._telegram is not None:
            self._telegram.open()

    def on_start(self) -> None:
        """Take up what earlier processes hold."""
        self.operator.owned.load(self._session)

    def on_order(self, venue: str, purpose: Purpose, info: OrderInfo) -> None:
        """Count it."""
        del purpose
        self.metrics.on_order(venue, info)

    def on_fill(self, venue: str, fill: Fill) -> None:
        """Count it."""
        self.metrics.on_fill(venue, fill)
        self.operator.owned.on_fill(venue, fill)

    async def close(self) -> None:
        """Let nobody in any more."""
        if self._telegram is not None:
            await self._telegram.close()
        if self.server is not None:
            await self.server.close()
            self._file.unlink(missing_ok=True)
        await self.operator.end()
        await self.metrics.close()

    async def _serve(self) -> None:
        session, control = self._session, self._session.settings.control
        own = control.token_sha256 or (digest_of(control.token) if control.token else "")
        token = "" if own else base64.urlsafe_b64encode(os.urandom(TOKEN_BYTES)).decode()
        for secret in (control.token, token):
            if secret:
                register_secret(secret)
        guard = Guard(own or digest_of(token))
        api = ControlApi(session, self.operator, guard, self.metrics)
        assert control.port is not None, "asked before"
        self.server = ControlServer(api, control.host, control.port, session.machine)
        await self.server.open()
        try:
            write(self._file, Invitation(self.server.url, session.title, os.getpid(), token))
        except OSError as error:
            raise RunFailed(f"{self._file} cannot be written: {error.strerror}") from error
        logger.info("event=control_open url=%s file=%s", self.server.url, self._file)
