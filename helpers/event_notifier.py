"""Tells people what happens, by any channels, and never makes whoever has news wait.

``tell`` puts a notice before each channel and returns. A task for each channel sends what waits as
one message, then pauses, so that a burst becomes a few messages and a service that hangs holds up
nothing but its own channel.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from helpers.channels import (
    Channel,
    ChannelBusy,
    ChannelClosed,
    ChannelDown,
    MessageRefused,
)
from helpers.notices import Digest, Notice, NoticeKind
from helpers.outbox import WAITING_MAX, Outbox, ToldLately

logger = logging.getLogger(__name__)

REPEAT_S = 600.0
PAUSE_S = 3.0
"""Between two messages of a channel: 20 a minute, what Telegram allows a bot in one group."""
RETRY_FIRST_S = 1.0
RETRY_MAX_S = 60.0
GRACE_S = 5.0
"""How long the last notices may take at the end."""


class EventNotifier:
    """Sends notices to every channel.

    Args:
        channels: Where to.
        clock: Time and waiting.
        title: Which bot tells them.
        kinds: What is told; everything where none is named.
        repeat_s: After this time a condition that still holds is told again.
        pause_s: Between two messages of one channel.
    """

    def __init__(
        self,
        channels: Sequence[Channel],
        clock: Clock,
        title: str,
        *,
        kinds: Sequence[NoticeKind] = (),
        repeat_s: float = REPEAT_S,
        pause_s: float = PAUSE_S,
    ) -> None:
        self._kinds = tuple(kinds) or tuple(NoticeKind)
        self._clock = clock
        self._told = ToldLately(repeat_s)
        self._lanes = [_Lane(each, Outbox(title, WAITING_MAX), clock, pause_s) for each in channels]
        self._tasks = TaskScope()

    @property
    def waiting(self) -> dict[str, int]:
        """How many notices wait, by channel."""
        return {lane.channel.name: len(lane.outbox) for lane in self._lanes}

    @property
    def dropped(self) -> dict[str, int]:
        """How many were let go since the start, by channel."""
        return {lane.channel.name: lane.outbox.dropped for lane in self._lanes}

    def open(self) -> None:
        """Begin to send; called on the loop."""
        for lane in self._lanes:
            self._tasks.start(lane.run(), f"notices to {lane.channel.name}")

    def tell(self, notice: Notice) -> None:
        """Let a notice go out, unless nobody asked for its kind or it was told lately."""
        if notice.kind in self._kinds and self._told.is_news(notice):
            for lane in self._lanes:
                lane.put(notice)

    async def close(self, grace_s: float = GRACE_S) -> None:
        """Send what waits, within ``grace_s``, then let the channels go."""
        try:
            async with self._clock.deadline(grace_s):
                for lane in self._lanes:
                    await lane.empty()
        except TimeoutError:
            logger.warning("event=notices_lost waiting=%s", self.waiting)
        await self._tasks.close()
        for lane in self._lanes:
            await lane.channel.close()


class _Lane:
    """The way to one channel."""

    def __init__(self, channel: Channel, outbox: Outbox, clock: Clock, pause_s: float) -> None:
        self.channel = channel
        self.outbox = outbox
        self._clock = clock
        self._pause_s = pause_s
        self._changed = asyncio.Event()
        self._closed = False
        self._hurried = asyncio.Event()

    def put(self, notice: Notice) -> None:
        if not self._closed:
            self.outbox.put(notice)
            self._changed.set()

    async def empty(self) -> None:
        """Wait until nothing waits; nothing pauses any more."""
        self._hurried.set()
        while len(self.outbox) and not self._closed:
            self._changed.clear()
            await self._changed.wait()

    async def run(self) -> None:
        """Send for ever, or until the channel takes nothing from us."""
        while not self._closed:
            while not len(self.outbox):
                self._changed.clear()
                await self._changed.wait()
            await self._deliver(self.outbox.take())
            self._changed.set()
            await self._pause(self._pause_s)

    async def _deliver(self, digest: Digest) -> None:
        """Send one message, again and again where the service may take it later."""
        name, retry_s = self.channel.name, RETRY_FIRST_S
        while True:
            try:
                await self.channel.send(digest)
            except ChannelBusy as busy:
                await self._clock.sleep(busy.retry_after_s)
            except ChannelDown as error:
                logger.warning(
                    "event=notice_not_sent channel=%s error=%s next=again_in_%gs",
                    name, error, retry_s,
                )  # fmt: skip
                await self._clock.sleep(retry_s)
                retry_s = min(2 * retry_s, RETRY_MAX_S)
            except MessageRefused as error:
                logger.warning("event=notice_refused channel=%s error=%s", name, error)
                return self.outbox.lost(digest)
            except ChannelClosed as error:
                self._closed = True
                logger.error(  # noqa: TRY400  # the message says what to do
                    "event=channel_closed channel=%s error=%s next=no_notices_there", name, error
                )
                return self.outbox.lost(digest)
            else:
                return self.outbox.arrived(digest)

    async def _pause(self, seconds: float) -> None:
        try:
            async with self._clock.deadline(seconds):
                await self._hurried.wait()
        except TimeoutError:
            return


Tell = Callable[[Notice], None]
"""How whoever has news gives it."""
