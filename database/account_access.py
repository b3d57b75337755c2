"""Where the accounts are, whose they are, and how they are opened: said by variables.

``PERP_ACCOUNTS_FILE``, ``PERP_ACCOUNTS_OWNER`` (the system's user by default), and the passphrase
in ``PERP_ACCOUNTS_PASSPHRASE``, in the file ``PERP_ACCOUNTS_PASSPHRASE_FILE``, which is how systemd
and container engines hand over secrets, or in the system's keyring, under the service that
``PERP_ACCOUNTS_PASSPHRASE_KEYRING`` names and the owner's name.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from pathlib import Path

from database.account_store import AccountError, AccountStore, check_private

FILE = "PERP_ACCOUNTS_FILE"
OWNER = "PERP_ACCOUNTS_OWNER"
PASSPHRASE = "PERP_ACCOUNTS_PASSPHRASE"  # the name of a variable
DEFAULT_FILE = "accounts.sealed"
"""Beside the journals of runs, and by its name none of them."""


def accounts_file(variables: Mapping[str, str], state_dir: Path) -> Path:
    """Return where the accounts are."""
    told = variables.get(FILE, "")
    return Path(told) if told else state_dir / DEFAULT_FILE


def open_store(variables: Mapping[str, str], state_dir: Path) -> AccountStore:
    """Open the accounts of whoever asks.

    Raises:
        AccountError: the file cannot be used; says what to do.
    """
    return AccountStore(accounts_file(variables, state_dir), _owner(variables))


def passphrase_of(variables: Mapping[str, str], name: str = PASSPHRASE) -> str | None:
    """Return the passphrase that variables tell, or whose file they name; None where they do not.

    Raises:
        AccountError: the file cannot be read, or others may read it; the keyring has none.
    """
    told = variables.get(name, "")
    if told:
        return told
    file, service = variables.get(f"{name}_FILE", ""), variables.get(f"{name}_KEYRING", "")
    if service and not file:
        return _from_keyring(service, _owner(variables))
    if not file:
        return None
    path = Path(file)
    try:
        check_private(path, path.stat())
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise AccountError(
            f"{name}_FILE names {path}, which cannot be read: {error.strerror}"
        ) from error


def _owner(variables: Mapping[str, str]) -> str:
    return variables.get(OWNER, "") or getpass.getuser()


def _from_keyring(service: str, owner: str) -> str:
    """Return what the system's keyring has for an owner.

    Raises:
        AccountError: there is no keyring, or nothing in it; says what to do.
    """
    try:
        import keyring  # noqa: PLC0415  # an extra, and of no use on most servers
        from keyring.errors import KeyringError  # noqa: PLC0415  # likewise
    except ImportError:
        raise AccountError(
            "the system's keyring is read by a library that is not installed: "
            "pip install 'keyring>=25'"
        ) from None
    try:
        told: str | None = keyring.get_password(service, owner)
    except KeyringError as error:
        raise AccountError(f"the system's keyring cannot be read: {error}") from None
    if not told:
        raise AccountError(
            f"the system's keyring has nothing for {owner} at {service}: "
            f"put it there by keyring set {service} {owner}"
        )
    return told
