"""Where notices go: what every channel promises, how it fails, and the channel into the log."""

from __future__ import annotations

import logging
from typing import Protocol

from exchange_clients.shared.flow import Response
from exchange_clients.shared.transport.ports import Timeouts
from helpers.notices import Digest, Urgency

logger = logging.getLogger(__name__)

TIMEOUTS = Timeouts(connect_s=5.0, send_s=5.0, first_byte_s=10.0, total_s=10.0)
"""A service that takes longer counts as unreachable; nothing of the bot waits for it."""
RETRY_AFTER_MAX_S = 300.0
LEVELS = {
    Urgency.INFO: logging.INFO,
    Urgency.WARNING: logging.WARNING,
    Urgency.ERROR: logging.ERROR,
}


class ChannelError(Exception):
    """A message was not delivered."""


class ChannelDown(ChannelError):
    """The service cannot be reached or fails: the same message is tried again later."""


class ChannelBusy(ChannelError):
    """The service asks to wait.

    Args:
        retry_after_s: How long.
    """

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"the service asks to wait {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class MessageRefused(ChannelError):
    """The service does not take this message; others it may."""


class ChannelClosed(ChannelError):
    """The service takes nothing from us: a key is wrong, or we were locked out."""


class Channel(Protocol):
    """One way to a person."""

    @property
    def name(self) -> str:
        """What it is called in the log."""

    async def send(self, digest: Digest) -> None:
        """Deliver one message.

        Raises:
            ChannelError: it was not delivered; the kind says what is to be done.
        """

    async def close(self) -> None:
        """Let connections go."""


class LogChannel:
    """Writes notices to the log."""

    name = "log"

    async def send(self, digest: Digest) -> None:
        """Write a line for each notice."""
        for each in digest.notices:
            logger.log(
                LEVELS[each.kind.urgency],
                "event=notice kind=%s over=%s subject=%r text=%r",
                each.kind.value, each.over, each.subject, each.text,
            )  # fmt: skip

    async def close(self) -> None:
        """Do nothing."""


def judge(status: int, retry_after_s: float, reason: str) -> None:
    """Judge the status of an answer over HTTP.

    Raises:
        ChannelError: the kind that the status means; none for success.
    """
    if status < 300:
        return
    if status == 429:
        raise ChannelBusy(min(max(retry_after_s, 1.0), RETRY_AFTER_MAX_S))
    if status >= 500 or status in (408, 409):
        raise ChannelDown(reason)
    if status in (401, 403, 404):
        raise ChannelClosed(reason)
    raise MessageRefused(reason)


def retry_after(answer: Response) -> float:
    """Return the seconds that an answer's header asks to wait; 0 where it names none."""
    try:
        return float(answer.headers.get("retry-after", "0"))
    except ValueError:
        return 0.0  # a date; the least pause does for a service that says so
