"""Notices reach people whatever the services do, and whoever has news never waits."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.flow import Response
from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.transport.ports import Timeouts
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from helpers.channels import Channel, LogChannel
from helpers.event_notifier import EventNotifier
from helpers.notices import Notice, NoticeKind
from helpers.telegram_bot import TelegramBot, TelegramChannel
from helpers.webhook import SIGNATURE, WebhookChannel
from tests.support.log_ear import hearing
from tests.support.telegram_api import SILENCE, TOKEN, URL, TelegramApi

CHAT = -100200300


def notice(text: str, kind: NoticeKind = NoticeKind.POSITION_OPENED) -> Notice:
    return Notice(kind, "BTC on lighter", text, 0)


def play(
    channels: Callable[[Clock], Sequence[Channel]],
    deeds: Callable[[EventNotifier], None],
    *,
    for_s: float = 0.0,
) -> EventNotifier:
    """Open a notifier, do something, wait, and close it."""

    async def main(loop: VirtualLoop) -> EventNotifier:
        clock = VirtualClock(loop)
        notifier = EventNotifier(channels(clock), clock, "grid BTC on lighter")
        notifier.open()
        deeds(notifier)
        await clock.sleep(for_s)
        await notifier.close()
        return notifier

    return run_virtual(main)


def telegram(
    api: TelegramApi, times: list[float] | None = None
) -> Callable[[Clock], list[Channel]]:
    """Return a channel to one chat; the seconds of what arrives are noted."""

    def make(clock: Clock) -> list[Channel]:
        if times is not None:
            api.on_message = lambda: times.append(clock.now_ns() / NS)
        return [TelegramChannel(TelegramBot(TOKEN, api.transport(clock), URL), CHAT)]

    return make


def three(notifier: EventNotifier) -> None:
    for number in (1, 2, 3):
        notifier.tell(notice(f"news {number}"))


def test_what_waits_together_is_told_as_one_message() -> None:
    api = TelegramApi()
    play(telegram(api), three, for_s=60)
    (message,) = api.messages
    assert message[0] == CHAT
    assert message[1].splitlines() == [
        "grid BTC on lighter",
        "position opened BTC on lighter: news 1",
        "position opened BTC on lighter: news 2",
        "position opened BTC on lighter: news 3",
    ]


def test_telegram_asks_to_wait_and_the_same_message_comes_after_that() -> None:
    api = TelegramApi([429], retry_after_s=37)
    times: list[float] = []
    play(telegram(api, times), three, for_s=60)
    assert times == [37.0]
    assert "news 3" in api.messages[0][1]


@pytest.mark.parametrize(
    ("trouble", "at_s"), [([500, 502, 503], 7.0), ([SILENCE, 500], 13.0)], ids=["5xx", "silence"]
)
def test_a_service_that_fails_is_asked_again_and_nothing_is_lost(
    trouble: list[int], at_s: float
) -> None:
    api = TelegramApi(trouble)
    times: list[float] = []
    notifier = play(telegram(api, times), three, for_s=60)
    assert times == [at_s]
    assert api.messages[0][1].count("news") == 3
    assert notifier.dropped == {f"telegram {CHAT}": 0}


def test_a_wrong_token_ends_its_channel_alone_and_is_never_shown() -> None:
    api = TelegramApi([401])
    said: list[tuple[int, str]] = []

    def deeds(notifier: EventNotifier) -> None:
        for venue in ("grvt", "okx", "paradex"):
            notifier.tell(Notice(NoticeKind.VENUE_DEGRADED, venue, "silent", 0))

    with hearing(logging.DEBUG, lambda level, text: said.append((level, text))):
        notifier = play(lambda clock: [*telegram(api)(clock), LogChannel()], deeds, for_s=60)
    errors = [text for level, text in said if level == logging.ERROR]
    assert len(errors) == 1
    assert "check notifications.telegram_token" in errors[0]
    assert "event=channel_closed" in errors[0]
    assert len([text for _, text in said if "event=notice " in text]) == 3
    assert not [text for _, text in said if TOKEN in text]
    assert TOKEN not in repr(TelegramBot(TOKEN, Posted(), URL))
    assert notifier.dropped == {f"telegram {CHAT}": 3, "log": 0}
    assert api.asked == ["sendMessage"]


def test_a_service_that_is_silent_for_ever_holds_up_neither_news_nor_the_end() -> None:
    api = TelegramApi([SILENCE] * 100)
    taken: list[int] = []

    def deeds(notifier: EventNotifier) -> None:
        for number in range(500):
            notifier.tell(notice(f"news {number}"))
        taken.append(notifier.waiting[f"telegram {CHAT}"])

    notifier = play(telegram(api), deeds, for_s=100)
    assert taken == [200]
    assert notifier.dropped == {f"telegram {CHAT}": 300}


def test_after_the_least_pause_between_messages_the_next_goes_out_and_the_end_hurries() -> None:
    api = TelegramApi()
    times: list[float] = []

    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        notifier = EventNotifier(telegram(api, times)(clock), clock, "bot")
        notifier.open()
        for number in range(3):
            notifier.tell(notice(f"news {number}"))
            await clock.sleep(1.0)
        await clock.sleep(1.0)
        notifier.tell(notice("last"))
        await notifier.close()

    run_virtual(main)
    assert times == [0.0, 3.0, 4.0]
    assert "last" in api.messages[-1][1]


class Posted:
    """A transport that keeps what it sends, and answers by a script."""

    def __init__(self, *statuses: int) -> None:
        self.sent: list[tuple[str, WireRequest]] = []
        self._statuses = list(statuses)

    async def send(
        self, base_url: str, request: WireRequest, timeouts: Timeouts, *, urgent: bool = False
    ) -> Response:
        self.sent.append((base_url, request))
        status = self._statuses.pop(0) if self._statuses else 204
        return Response(status, b"", {"retry-after": "2"})

    async def close(self) -> None:
        """Hold nothing."""


def test_a_webhook_is_told_in_json_signed_and_again_when_it_is_busy() -> None:
    posted = Posted(429)
    url = "https://hooks.test/in/my-secret-path?key=1"
    channel = WebhookChannel(url, posted, "a shared secret")
    play(lambda clock: [channel], three, for_s=10)
    assert [base for base, _ in posted.sent] == ["https://hooks.test"] * 2
    request = posted.sent[1][1]
    assert request.path == "/in/my-secret-path?key=1"
    expected = hmac.new(b"a shared secret", request.body, hashlib.sha256).hexdigest()
    assert request.headers[SIGNATURE] == f"sha256={expected}"
    told: dict[str, Any] = json.loads(request.body)
    assert told["bot"] == "grid BTC on lighter"
    assert told["notices"][2] == {
        "kind": "position_opened",
        "urgency": "info",
        "subject": "BTC on lighter",
        "text": "news 3",
        "over": False,
        "at": "1970-01-01T00:00:00.000000Z",
    }
    assert "secret" not in repr(channel)


def test_a_kind_that_nobody_asked_for_is_not_told() -> None:
    api = TelegramApi()

    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        kinds = [NoticeKind.RISK_ACTION]
        notifier = EventNotifier(telegram(api)(clock), clock, "bot", kinds=kinds)
        notifier.open()
        notifier.tell(notice("quiet"))
        notifier.tell(notice("loud", NoticeKind.RISK_ACTION))
        await notifier.close()

    run_virtual(main)
    assert [text.splitlines()[1:] for _, text in api.messages] == [
        ["(!!) risk action BTC on lighter: loud"]
    ]


def test_what_people_write_is_read_once_and_oldest_first() -> None:
    api = TelegramApi()
    api.write(CHAT, "/status")
    api.write(CHAT, "/pause", sender="")

    async def main(loop: VirtualLoop) -> None:
        bot = TelegramBot(TOKEN, api.transport(VirtualClock(loop)), URL)
        first, second = await bot.written(0, wait_s=25)
        assert (first.chat, first.text, first.sender) == (CHAT, "/status", "ann")
        assert (second.text, second.sender) == ("/pause", "7")
        assert await bot.written(second.update_id, wait_s=25) == []

    run_virtual(main)
    assert api.asked == ["getUpdates", "getUpdates"]
