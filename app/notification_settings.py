"""The section ``notifications`` of a configuration."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator

from app import values
from app.section import Section, declare
from app.section import read_text as _text
from helpers.notices import NoticeKind

CHANNELS = ("log", "telegram", "webhook")
URL_ALLOWED = "an address that begins with https:// or http:// and names no user"
CHATS_ALLOWED = "numbers of chats, separated by commas; those of groups are below zero"
KINDS_ALLOWED = "some of " + ", ".join(each.value for each in NoticeKind)


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError(URL_ALLOWED)
    return text


def _chats(value: str | tuple[str, ...]) -> tuple[int, ...]:
    try:
        return tuple(dict.fromkeys(int(word) for word in values.words(value)))
    except ValueError as error:
        raise ValueError(CHATS_ALLOWED) from error


def _kinds(value: str | tuple[str, ...]) -> tuple[NoticeKind, ...]:
    try:
        return tuple(dict.fromkeys(NoticeKind(word) for word in values.words(value)))
    except ValueError as error:
        raise ValueError(KINDS_ALLOWED) from error


class NotificationSettings(Section):
    """Who is told what happens, by which channel; without a channel nobody is."""

    channels: Annotated[
        tuple[Literal["log", "telegram", "webhook"], ...], BeforeValidator(values.words)
    ] = declare(
        (),
        "Where notices go, separated by commas.",
        "some of " + ", ".join(CHANNELS),
    )
    kinds: Annotated[tuple[NoticeKind, ...], BeforeValidator(_kinds)] = declare(
        (), "Kinds of notices that are told; without any all of them.", KINDS_ALLOWED
    )
    telegram_token: str = declare(
        "",
        "Token of the Telegram bot that writes, as BotFather gave it; a variable is its place.",
        "the token of a bot",
        secret=True,
        repr=False,
    )
    telegram_chats: Annotated[tuple[int, ...], BeforeValidator(_chats)] = declare(
        (), "Chats that the Telegram bot writes to.", CHATS_ALLOWED
    )
    telegram_url: Annotated[str, _text(_address)] = declare(
        "https://api.telegram.org", "Where Telegram's API is.", URL_ALLOWED
    )
    webhook_url: Annotated[str, _text(_address)] = declare(
        "", "Address that notices are posted to as JSON.", URL_ALLOWED, secret=True, repr=False
    )
    webhook_secret: str = declare(
        "",
        "Signs what is posted: header X-Signature-256, HMAC-SHA256 of the body.",
        "any text",
        secret=True,
        repr=False,
    )
    repeat_minutes: float = declare(
        10.0,
        "After this time a condition that still holds is told again.",
        "a number above 0",
        gt=0,
    )
    venue_degraded_seconds: float = declare(
        30.0,
        "How long a venue may be away or silent before that is told.",
        "a number above 0",
        gt=0,
    )
    summary_hour: int = declare(
        0,
        "Hour (UTC) at which the daily summary is told.",
        "a whole number from 0 to 23",
        ge=0,
        le=23,
    )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        return tuple(
            each for each in (self.telegram_token, self.webhook_url, self.webhook_secret) if each
        )

    def problems(self, *, commands: bool) -> list[tuple[str, str]]:
        """Return the keys that are lacking, each with what it is for.

        Args:
            commands: Whether commands are taken by Telegram.
        """
        telegram = commands or "telegram" in self.channels
        needed = {
            "telegram_token": telegram and not self.telegram_token,
            "telegram_chats": telegram and not self.telegram_chats,
            "webhook_url": "webhook" in self.channels and not self.webhook_url,
        }
        fields = type(self).model_fields
        return [(name, fields[name].description or "") for name, lacks in needed.items() if lacks]
