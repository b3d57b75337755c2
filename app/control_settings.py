"""The section ``control`` of a configuration."""

from __future__ import annotations

import re
from typing import Annotated

from app.section import Section, declare
from app.section import read_text as _text
from helpers.loopback import is_loopback

TOKEN_MIN = 16
TOKEN_ALLOWED = f"at least {TOKEN_MIN} characters without blanks"
HASH_ALLOWED = "64 hexadecimal digits, as sha256sum prints them"
HOST_ALLOWED = "an address or name of this machine"


def _token(text: str) -> str:
    if text and (len(text) < TOKEN_MIN or not re.fullmatch(r"[!-~]+", text)):
        raise ValueError(TOKEN_ALLOWED)
    return text


def _hash(text: str) -> str:
    if text and not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise ValueError(HASH_ALLOWED)
    return text.lower()


class ControlSettings(Section):
    """How a running bot is watched and told what to do; off unless a port or telegram is given."""

    port: int | None = declare(
        None,
        "Port of the control API; 0 takes a free one. Without one there is none.",
        "a whole number from 0 to 65535",
        ge=0,
        le=65535,
    )
    host: str = declare(
        "127.0.0.1",
        "Address that the control API answers at; any but this machine's own needs a token.",
        HOST_ALLOWED,
    )
    token: Annotated[str, _text(_token)] = declare(
        "",
        "What callers must present; a variable is its place. Without one a new one is made at "
        "each start, in a file beside the run's state that only its owner may read.",
        TOKEN_ALLOWED,
        secret=True,
        repr=False,
    )
    token_sha256: Annotated[str, _text(_hash)] = declare(
        "",
        "SHA-256 of the token, in its place: so the token itself is kept by its users alone.",
        HASH_ALLOWED,
        secret=True,
        repr=False,
    )
    telegram: bool = declare(
        False,
        "Take commands from notifications.telegram_chats, by the bot of "
        "notifications.telegram_token.",
        "true or false",
    )

    @property
    def wanted(self) -> bool:
        """Whether anybody may tell the bot anything."""
        return self.port is not None or self.telegram

    def problems(self) -> list[str]:
        """Say what does not go together, each with the key that it is about."""
        told = []
        if self.token and self.token_sha256:
            told.append("control.token_sha256 stands in the place of control.token: give one")
        if self.port is not None and not (
            is_loopback(self.host) or self.token or self.token_sha256
        ):
            told.append(
                f"control.host: {self.host} can be reached from elsewhere, so control.token (or "
                "control.token_sha256) is needed"
            )
        return told
