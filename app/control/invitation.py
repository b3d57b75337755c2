"""The file that tells programs of this machine where a running bot answers, and by which token.

It stands beside the run's journal while the bot runs; its owner alone may read it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

SUFFIX = ".control.json"


class Invitation(msgspec.Struct, frozen=True):
    """How to reach one bot."""

    url: str
    title: str
    pid: int
    token: str = ""
    """Empty where the user has a token of their own."""

    def __repr__(self) -> str:
        return f"Invitation(url={self.url!r}, title={self.title!r})"


def path_of(journal: Path) -> Path:
    """Return where a run's invitation is."""
    return journal.with_suffix(SUFFIX)


def write(path: Path, invitation: Invitation) -> None:
    """Write an invitation that only its owner may read; one that is there is replaced.

    Raises:
        OSError: it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(invitation))
    part.replace(path)


def found_in(folder: Path) -> Sequence[Invitation]:
    """Return the invitations of a state folder, in the order of their names.

    One that cannot be read is of a bot that writes it just now, or of another user.
    """
    invitations = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            invitations.append(msgspec.json.decode(path.read_bytes(), type=Invitation))
        except (OSError, msgspec.DecodeError):
            continue
    return invitations
