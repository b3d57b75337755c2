"""Telegram's bot API, as much of it as a trading bot needs: send a message, read what was written.

The token is part of every path there; transports tell a host and never a path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from exchange_clients.errors import ExchangeError
from exchange_clients.shared.flow import Response
from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.transport.ports import AnswerLost, HttpTransport, NotSent, Timeouts
from helpers.channels import TIMEOUTS, ChannelClosed, ChannelDown, MessageRefused, judge
from helpers.notices import Digest

TEXT_MAX = 4096
"""Characters of one message, by Telegram's documents (sendMessage)."""
JSON = {"Content-Type": "application/json"}


class _Parameters(msgspec.Struct):
    retry_after: float = 0.0


class _Answer(msgspec.Struct):
    ok: bool
    result: msgspec.Raw = msgspec.Raw(b"null")
    error_code: int = 0
    description: str = ""
    parameters: _Parameters = msgspec.field(default_factory=_Parameters)


class _Chat(msgspec.Struct):
    id: int


class _Person(msgspec.Struct):
    id: int
    username: str = ""


class _Message(msgspec.Struct):
    chat: _Chat
    date: int = 0
    sender: _Person | None = msgspec.field(default=None, name="from")
    text: str = ""


class _Update(msgspec.Struct):
    update_id: int
    message: _Message | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """One message that somebody wrote to the bot."""

    update_id: int
    chat: int
    text: str
    sender: str
    """The writer's name, or number, for people."""
    at_s: int
    """When (epoch seconds)."""


class TelegramBot:
    """One bot at Telegram.

    Args:
        token: As BotFather gave it.
        transport: Sends requests; closed with this.
        api_url: Where the API is: ``https://api.telegram.org``.
    """

    def __init__(self, token: str, transport: HttpTransport, api_url: str) -> None:
        self._api_url = api_url.rstrip("/")
        self._token = token
        self._transport = transport

    def __repr__(self) -> str:
        return "TelegramBot(token=***)"

    async def send_message(self, chat: int, text: str) -> None:
        """Write a message to a chat.

        Raises:
            ChannelError: it was not written, as far as is known.
        """
        await self._ask("sendMessage", {"chat_id": chat, "text": text[:TEXT_MAX]}, TIMEOUTS)

    async def written(self, after: int, wait_s: int) -> Sequence[Written]:
        """Return what was written after an update, oldest first.

        Args:
            after: The last update that was read; 0 for none, which gives what is kept.
            wait_s: How long Telegram may hold the question open until something is written.

        Raises:
            ChannelError: it could not be read.
        """
        asked = {"offset": after + 1, "timeout": wait_s, "allowed_updates": ["message"]}
        patient = Timeouts(
            TIMEOUTS.connect_s,
            TIMEOUTS.send_s,
            first_byte_s=TIMEOUTS.first_byte_s + wait_s,
            total_s=TIMEOUTS.total_s + wait_s,
        )
        raw = await self._ask("getUpdates", asked, patient)
        try:
            updates = msgspec.json.decode(raw, type=list[_Update])
        except msgspec.DecodeError as error:
            raise ChannelDown(f"Telegram's updates cannot be read: {error}") from None
        return [_written(each) for each in updates]

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def _ask(self, method: str, body: dict[str, Any], timeouts: Timeouts) -> bytes:
        path = f"/bot{self._token}/{method}"
        request = WireRequest("POST", path, JSON, msgspec.json.encode(body))
        try:
            answer = await self._transport.send(self._api_url, request, timeouts)
        except (NotSent, AnswerLost) as error:
            raise ChannelDown(f"Telegram: {error}") from None
        except ExchangeError as error:
            raise MessageRefused(f"Telegram: {type(error).__name__}") from None
        return bytes(_judged(method, answer).result)


class TelegramChannel:
    """Writes notices to one chat.

    Args:
        bot: Writes; closed with this.
        chat: Where to.
    """

    def __init__(self, bot: TelegramBot, chat: int) -> None:
        self.name = f"telegram {chat}"
        self._bot = bot
        self._chat = chat

    async def send(self, digest: Digest) -> None:
        """Write one message."""
        await self._bot.send_message(self._chat, str(digest))

    async def close(self) -> None:
        """Close the connections."""
        await self._bot.close()


def _judged(method: str, answer: Response) -> _Answer:
    """Return an answer that says yes.

    Raises:
        ChannelError: it says no, or says nothing that can be read.
    """
    try:
        told = msgspec.json.decode(answer.body, type=_Answer)
    except msgspec.DecodeError:
        judge(answer.status, 0.0, f"Telegram answered {answer.status} to {method}")
        raise ChannelDown(f"Telegram's answer to {method} cannot be read") from None
    status = told.error_code or answer.status
    reason = f"Telegram refused {method}: {status} {told.description}"
    if status in (401, 404):
        raise ChannelClosed(f"{reason}; check notifications.telegram_token")
    if status == 403:
        raise ChannelClosed(f"{reason}; write to the bot first from each of telegram_chats")
    judge(status, told.parameters.retry_after, reason)
    return told


def _written(update: _Update) -> Written:
    message = update.message
    if message is None:
        return Written(update.update_id, 0, "", "", 0)
    person = message.sender
    sender = "" if person is None else (person.username or str(person.id))
    return Written(update.update_id, message.chat.id, message.text, sender, message.date)
