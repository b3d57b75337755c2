"""Gets a run out of its bot's hands: asked to become flat, and killed where it does not react.

While a process holds the journal of a run nobody else can trade for it, and a process that hangs
may go on at any moment: so that a bot without a pulse is ended first, as the kernel can.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from app.safety.life_line import FLATTEN_SIGNAL
from app.safety.pulse import STILL_S, Pulse, read_pulse
from database.lease import Holder, holder_of, lock_of
from exchange_clients.base_models import NS
from exchange_clients.shared.clock import Clock

logger = logging.getLogger(__name__)

REACT_S = 5.0
"""How long a bot that was asked may take until its pulse says that it is closing."""
LOOK_S = 0.1


class Course(StrEnum):
    """How a run came out of its bot's hands."""

    IDLE = "no bot was running"
    ASKED = "the bot closed it"
    KILLED = "the bot did not react and was killed"


class Answer(StrEnum):
    """What to do about a bot that was asked."""

    WAIT = "wait"
    KILL = "kill"


class NotMine(Exception):  # it is the bot that is not mine
    """A bot runs where it can be neither asked nor killed; says where."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(f"{holder}: it can be reached from its own host, by its own user alone")


def judge(pid: int, pulse: Pulse | None, asked_ns: int, now_ns: int) -> Answer:
    """Say what to do about a bot.

    Args:
        pid: Of the bot.
        pulse: The last one; None where there is none.
        asked_ns: When it was asked to become flat.
        now_ns: The present.
    """
    if pulse is not None and pulse.pid == pid and pulse.flattening:
        return Answer.WAIT if pulse.age_s(now_ns) < STILL_S else Answer.KILL
    return Answer.WAIT if now_ns - asked_ns < REACT_S * NS else Answer.KILL


async def take_over(
    journal: Path, clock: Clock, heard: Callable[[Pulse], None] = lambda pulse: None
) -> Course:
    """Wait until no bot holds a run; one that is started meanwhile is asked as well.

    A bot that is closing and cannot reach a venue goes on for as long as that lasts: the caller
    bounds the wait.

    Args:
        journal: The run's.
        clock: Time and waiting.
        heard: Told of the pulse of a bot that is closing.

    Raises:
        NotMine: the bot is not this machine's, or another user's.
    """
    course, asked_ns, asked = Course.IDLE, 0, -1
    while (holder := holder_of(lock_of(journal))) is not None:
        now_ns, pulse = clock.now_ns(), read_pulse(journal)
        if holder.pid != asked:
            course, asked, asked_ns = max_course(course, Course.ASKED), holder.pid, now_ns
            _send(holder, FLATTEN_SIGNAL)
        elif judge(holder.pid, pulse, asked_ns, now_ns) is Answer.KILL:
            course = Course.KILLED
            logger.error("event=bot_killed holder=%s reason=no_pulse", holder)
            _send(holder, signal.SIGKILL)
        await clock.sleep(LOOK_S)
        pulse = read_pulse(journal)
        if pulse is not None and pulse.pid == asked and pulse.flattening:
            heard(pulse)
    return course


def max_course(one: Course, other: Course) -> Course:
    """Return the harder of two."""
    order = tuple(Course)
    return max(one, other, key=order.index)


def _send(holder: Holder, number: signal.Signals) -> None:
    if holder.host != os.uname().nodename:
        raise NotMine(holder)
    try:
        os.kill(holder.pid, number)
    except ProcessLookupError:
        pass  # it has just ended
    except PermissionError:
        raise NotMine(holder) from None
