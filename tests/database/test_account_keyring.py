"""The passphrase may come from the system's keyring, where the library for it is installed."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from database.account_access import passphrase_of
from database.account_store import AccountError

VARIABLES = {"PERP_ACCOUNTS_PASSPHRASE_KEYRING": "perp", "PERP_ACCOUNTS_OWNER": "ann"}


class Locked(Exception):
    """The library's own error."""


def install(monkeypatch: pytest.MonkeyPatch, secrets: dict[tuple[str, str], str]) -> None:
    """Stand in for the library, which talks to a desktop's own store."""

    def get_password(service: str, user: str) -> str | None:
        if service == "locked":
            raise Locked("the keyring is locked")
        return secrets.get((service, user))

    library, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    vars(library).update(get_password=get_password, errors=errors)
    vars(errors).update(KeyringError=Locked)
    monkeypatch.setitem(sys.modules, "keyring", library)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)


def test_the_owners_passphrase_is_read_after_variable_and_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(monkeypatch, {("perp", "ann"): "kept by the system"})
    assert passphrase_of(VARIABLES) == "kept by the system"
    assert passphrase_of({**VARIABLES, "PERP_ACCOUNTS_PASSPHRASE": "said"}) == "said"


def test_what_is_missing_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, {})
    with pytest.raises(AccountError, match="keyring set perp ann"):
        passphrase_of(VARIABLES)
    with pytest.raises(AccountError, match="the keyring is locked"):
        passphrase_of({**VARIABLES, "PERP_ACCOUNTS_PASSPHRASE_KEYRING": "locked"})
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(AccountError, match="pip install"):
        passphrase_of(VARIABLES)
