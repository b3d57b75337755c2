"""The file of accounts: who owns them, and their credentials, sealed.

Every owner has a passphrase and sees the own accounts alone, whatever others are called. Changing
the passphrase seals all of an owner's accounts anew in one transaction: who reads meanwhile sees
either all of the old or all of the new, and a bot that runs is not disturbed.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from database.vault import (
    PROOF,
    Entropy,
    KeyCost,
    VaultKey,
    WrongKey,
    derive_key,
    new_salt,
)

VERSION = 1
PASSPHRASE_MIN = 8
"""A shorter passphrase is guessed, however slow each guess is made."""
BUSY_TIMEOUT_S = 5.0

SCHEMA = """
CREATE TABLE keys (
    owner TEXT NOT NULL, key_id TEXT NOT NULL, salt BLOB NOT NULL, memory_kib INTEGER NOT NULL,
    iterations INTEGER NOT NULL, lanes INTEGER NOT NULL, proof BLOB NOT NULL,
    PRIMARY KEY (owner)
) STRICT;
CREATE TABLE accounts (
    owner TEXT NOT NULL, venue TEXT NOT NULL, environment TEXT NOT NULL, name TEXT NOT NULL,
    key_id TEXT NOT NULL, sealed BLOB NOT NULL, updated_ns INTEGER NOT NULL,
    PRIMARY KEY (owner, venue, environment, name)
) STRICT;
"""


class AccountError(Exception):
    """The accounts cannot be used as asked; the message says what to do and holds no secret."""


class UnknownAccount(AccountError):
    """There is no such account of this owner."""


@dataclass(frozen=True, slots=True)
class AccountKey:
    """Which account: its venue, its environment and the name its owner gave it."""

    venue: str
    environment: str
    name: str

    def __str__(self) -> str:
        place = self.venue if self.environment == "prod" else f"{self.venue} {self.environment}"
        return f"account {self.name!r} at {place}"


@dataclass(frozen=True, slots=True)
class Account:
    """An opened account; its values are in no repr."""

    key: AccountKey
    variables: Mapping[str, str] = field(repr=False)
    """The credentials, by the environment variable that each would come from."""
    proxy: str = field(default="", repr=False)
    """Through which it is reached; empty for none. It may hold a password."""
    key_id: str = ""
    updated_ns: int = 0

    @property
    def secrets(self) -> Sequence[str]:
        """What must stay out of logs."""
        return [*self.variables.values(), *([self.proxy] if self.proxy else [])]


class _Sealed(msgspec.Struct, frozen=True):
    variables: dict[str, str]
    proxy: str = ""


class AccountStore:
    """The accounts of one owner.

    Args:
        path: The file; made, for its owner alone, where there is none.
        owner: Whose accounts.
        cost: What deriving a new key takes.
        entropy: Unpredictable bytes.
    """

    def __init__(
        self,
        path: Path,
        owner: str,
        cost: KeyCost = KeyCost(),  # noqa: B008  # is frozen
        entropy: Entropy = os.urandom,
    ) -> None:
        self.path = path
        self.owner = owner
        self._cost = cost
        self._entropy = entropy
        _check_file(path)
        self._base = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        self._prepare()

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def unlock(self, passphrase: str) -> VaultKey:
        """Return the owner's key; the first passphrase an owner gives makes it.

        Raises:
            AccountError: the passphrase is wrong, or too short for a new key.
        """
        row = self._base.execute(
            "SELECT key_id, salt, memory_kib, iterations, lanes, proof FROM keys WHERE owner = ?",
            (self.owner,),
        ).fetchone()
        if row is None:
            with self._transaction():
                return self._new_key(passphrase, "1")
        key_id, salt, memory_kib, iterations, lanes, proof = row
        cost = KeyCost(memory_kib, iterations, lanes)
        key = derive_key(passphrase, key_id, salt, cost, self._entropy)
        try:
            key.open(proof, self.owner)
        except WrongKey:
            raise AccountError(
                f"the passphrase does not open the accounts of {self.owner} in {self.path}: give "
                "the one they were added with"
            ) from None
        return key

    def put(self, key: VaultKey, account: Account, now_ns: int) -> None:
        """Add an account, or replace its credentials."""
        with self._transaction():
            self._write(key, account, now_ns)

    def get(self, key: VaultKey, wanted: AccountKey) -> Account:
        """Return an account.

        Raises:
            UnknownAccount: this owner has none of that name there; names those there are.
            AccountError: it does not open: the file was changed, or sealed by another key.
        """
        row = self._base.execute(
            "SELECT key_id, sealed, updated_ns FROM accounts "
            "WHERE owner = ? AND venue = ? AND environment = ? AND name = ?",
            (self.owner, wanted.venue, wanted.environment, wanted.name),
        ).fetchone()
        if row is None:
            raise UnknownAccount(self._unknown(wanted))
        return self._open(key, wanted, row)

    def names(self) -> Sequence[AccountKey]:
        """Return which accounts the owner has; nothing is opened."""
        rows = self._base.execute(
            "SELECT venue, environment, name FROM accounts WHERE owner = ? "
            "ORDER BY venue, environment, name",
            (self.owner,),
        )
        return [AccountKey(*row) for row in rows]

    def remove(self, wanted: AccountKey) -> None:
        """Forget an account.

        Raises:
            UnknownAccount: this owner has none of that name there.
        """
        with self._transaction():
            gone = self._base.execute(
                "DELETE FROM accounts "
                "WHERE owner = ? AND venue = ? AND environment = ? AND name = ?",
                (self.owner, wanted.venue, wanted.environment, wanted.name),
            ).rowcount
        if not gone:
            raise UnknownAccount(self._unknown(wanted))

    def rotate(self, key: VaultKey, passphrase: str) -> VaultKey:
        """Seal every account of the owner anew, by a key of another passphrase; return that key."""
        with self._transaction():
            accounts = [self.get(key, each) for each in self.names()]
            fresh = self._new_key(passphrase, str(int(key.key_id) + 1))
            for each in accounts:
                self._write(fresh, each, each.updated_ns)
        # Pages that held what the old passphrase opens are overwritten, not only let go.
        self._base.execute("VACUUM")
        return fresh

    def _new_key(self, passphrase: str, key_id: str) -> VaultKey:
        if len(passphrase) < PASSPHRASE_MIN:
            raise AccountError(f"the passphrase has fewer than {PASSPHRASE_MIN} characters")
        salt, cost = new_salt(self._entropy), self._cost
        key = derive_key(passphrase, key_id, salt, cost, self._entropy)
        self._base.execute(
            "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                self.owner,
                key_id,
                salt,
                cost.memory_kib,
                cost.iterations,
                cost.lanes,
                key.seal(PROOF, self.owner),
            ),
        )
        return key

    def _write(self, key: VaultKey, account: Account, now_ns: int) -> None:
        sealed = msgspec.json.encode(_Sealed(dict(account.variables), account.proxy)).decode()
        where = account.key
        self._base.execute(
            "INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                self.owner,
                where.venue,
                where.environment,
                where.name,
                key.key_id,
                key.seal(sealed, self._place(where)),
                now_ns,
            ),
        )

    def _open(self, key: VaultKey, wanted: AccountKey, row: tuple[str, bytes, int]) -> Account:
        key_id, sealed, updated_ns = row
        try:
            opened = msgspec.json.decode(key.open(sealed, self._place(wanted)), type=_Sealed)
        except WrongKey:
            raise AccountError(
                f"{wanted} does not open: {self.path} was changed, or its passphrase was; add the "
                "account again"
            ) from None
        return Account(wanted, opened.variables, opened.proxy, key_id, updated_ns)

    def _place(self, wanted: AccountKey) -> str:
        return "\n".join((self.owner, wanted.venue, wanted.environment, wanted.name))

    def _unknown(self, wanted: AccountKey) -> str:
        known = ", ".join(
            each.name
            for each in self.names()
            if (each.venue, each.environment) == (wanted.venue, wanted.environment)
        )
        return (
            f"{wanted} is not known to {self.path}; {self.owner} has {known or 'none'} there. Add "
            "it by python -m database.scripts.add_account"
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    def _prepare(self) -> None:
        try:
            version = self._base.execute("PRAGMA user_version").fetchone()[0]
            self._base.execute("PRAGMA secure_delete = ON")
            if version == 0:
                with self._transaction():
                    for statement in SCHEMA.split(";\n"):
                        self._base.execute(statement)
                    self._base.execute(f"PRAGMA user_version = {VERSION}")
        except sqlite3.Error as error:
            self._base.close()
            raise AccountError(f"{self.path} is no file of accounts: {error}") from error
        if version > VERSION:
            self._base.close()
            raise AccountError(f"{self.path} was written by a newer version: update this one")


def _check_file(path: Path) -> None:
    """Make the file for its owner alone, or refuse one that others may read or write.

    Raises:
        AccountError: says which permission is wrong, and the command that mends it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        found = path.stat()
    except OSError as error:
        raise AccountError(f"{path} cannot be opened: {error.strerror}") from error
    check_private(path, found)


def check_private(path: Path, found: os.stat_result) -> None:
    """Refuse a file that holds secrets and that somebody else may read or write.

    Raises:
        AccountError: says which permission is wrong, and the command that mends it.
    """
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        raise AccountError(
            f"{path} may be read or written by others (mode {mode:04o}): chmod 600 {path}"
        )
    if found.st_uid != os.getuid():
        raise AccountError(f"{path} belongs to another user (id {found.st_uid}): chown it")
