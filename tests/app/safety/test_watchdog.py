"""Who is helpless, and that the watchdog acts for a bot that was killed or hangs."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from app.arguments import Given
from app.errors import UsageError
from app.safety.pulse import Pulse
from app.safety.take_over import Answer, Course, judge, max_course
from app.safety.watchdog import Health, health_of
from app.watchdog_command import watchdog_command
from database.lease import Holder
from exchange_clients.base_models import NS
from tests.support.bot_process import start_bot
from tests.support.flatten_stage import assert_flat, flattened, trading
from tests.support.live_process import Watched

PULSE = Pulse(pid=7, at_ns=0, risk="active", flattening=False)
ENDED = Pulse(pid=7, at_ns=0, risk="active", flattening=False, ended=True)
CLOSING = Pulse(pid=7, at_ns=0, risk="halted", flattening=True)


BOT = Holder(7, "here", "runbot.py", 0)
NEXT = Holder(8, "here", "runbot.py", 0)
"""Took the run up when the pulse ceased."""


@pytest.mark.parametrize(
    ("pulse", "holder", "still_s", "health"),
    [
        (None, BOT, 999, Health.ENDED),
        (ENDED, None, 999, Health.ENDED),
        (ENDED, BOT, 999, Health.ALIVE),
        (PULSE, BOT, 1, Health.ALIVE),
        (PULSE, BOT, 29, Health.STILL),
        (PULSE, None, 1, Health.STILL),
        (PULSE, BOT, 30, Health.HANGS),
        (PULSE, None, 30, Health.DEAD),
        (CLOSING, BOT, 30, Health.HANGS),
        (PULSE, NEXT, 119, Health.STARTING),
        (PULSE, NEXT, 121, Health.HANGS),
    ],
)
def test_a_bot_is_helpless_when_its_pulse_stands_still_for_too_long(
    pulse: Pulse | None, holder: Holder | None, still_s: float, health: Health
) -> None:
    now_ns = int(still_s * NS)
    told = health_of(pulse, holder=holder, now_ns=now_ns, still_s=still_s, after_s=30)
    assert told is health
    assert told.helpless is (health in (Health.HANGS, Health.DEAD))


def test_a_bot_that_was_asked_is_killed_only_where_it_does_not_react_or_stops_to_beat() -> None:
    def answer(pulse: Pulse | None, *, now_s: float, asked_s: float = 0) -> Answer:
        return judge(7, pulse, int(asked_s * NS), int(now_s * NS))

    assert answer(PULSE, now_s=4) is Answer.WAIT
    assert answer(PULSE, now_s=6) is Answer.KILL
    assert answer(None, now_s=6) is Answer.KILL
    assert answer(CLOSING, now_s=4) is Answer.WAIT
    assert answer(CLOSING, now_s=6) is Answer.KILL
    assert judge(8, CLOSING, 0, 4 * NS) is Answer.WAIT
    assert max_course(Course.KILLED, Course.ASKED) is Course.KILLED


@pytest.mark.slow
def test_the_watchdog_acts_for_a_bot_that_hangs(tmp_path: Path) -> None:
    with trading(tmp_path) as (bot, variables):
        line = ["watchdog", "--environment", "simulator", "--after", "3s"]
        with Watched(start_bot(tmp_path, *line, variables=variables)) as dog:
            dog.until_said("health=alive")
            bot.process.send_signal(signal.SIGSTOP)
            dog.until_said("event=acted")
            code, said = dog.end(signal.SIGTERM)
        again = flattened(tmp_path, variables)
    assert code == 130
    assert "health=hangs" in said
    assert "result=flat after" in said
    assert [venue["found"] for run in again[1] for venue in run["venues"]] == ["nothing"]


@pytest.mark.slow
def test_the_watchdog_only_withdraws_the_orders_of_a_bot_that_was_killed(tmp_path: Path) -> None:
    with trading(tmp_path) as (bot, variables):
        bot.process.kill()
        bot.process.wait()
        line = ["watchdog", "--environment", "simulator", "--after", "3s", "--then", "cancel"]
        with Watched(start_bot(tmp_path, *line, variables=variables)) as dog:
            dog.until_said("event=acted")
            _, said = dog.end(signal.SIGTERM)
        code, told = flattened(tmp_path, variables)
    assert "health=dead" in said
    assert "result=orders cancelled" in said
    assert code == 0
    assert_flat(told, "no bot was running")
    (venue,) = told[0]["venues"]
    assert "order" not in venue["found"], "what was left to close is the position alone"


def test_a_wrong_bound_or_deed_is_told() -> None:
    def command(**words: str) -> None:
        watchdog_command({name: Given(value, f"--{name}") for name, value in words.items()}, {})

    with pytest.raises(UsageError, match="--after: 1 s is not allowed"):
        command(after="1s")
    with pytest.raises(UsageError, match="--then: pray is not allowed"):
        command(then="pray")
