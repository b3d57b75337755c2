"""Accounts at rest: whose they are, what opens them, and what a stranger learns from the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from database.account_store import Account, AccountError, AccountKey, AccountStore, UnknownAccount
from database.vault import KeyCost, VaultKey, WrongKey, derive_key

CHEAP = KeyCost(memory_kib=64, iterations=1, lanes=1)
PASSPHRASE = "correct horse battery"
KEY = AccountKey("backpack", "prod", "main")
SECRET = "c2VjcmV0LXNlZWQtb2YtdGhpcnR5LXR3by1ieXRlcyE="
PROXY = "socks5://me:proxy-password@10.0.0.1:1080"
ACCOUNT = Account(KEY, {"BACKPACK_SECRET_KEY": SECRET, "BACKPACK_PUBLIC_KEY": "pub"}, PROXY)


def store(folder: Path, owner: str = "ann") -> AccountStore:
    return AccountStore(folder / "accounts.sealed", owner, CHEAP)


def filled(folder: Path, owner: str = "ann", value: str = SECRET) -> tuple[AccountStore, VaultKey]:
    opened = store(folder, owner)
    key = opened.unlock(f"{PASSPHRASE} of {owner}")
    opened.put(key, Account(KEY, {"BACKPACK_SECRET_KEY": value}), 5)
    return opened, key


def test_an_account_comes_back_as_it_was_put_and_a_second_put_replaces_it(tmp_path: Path) -> None:
    opened = store(tmp_path)
    key = opened.unlock(PASSPHRASE)
    opened.put(key, ACCOUNT, 7)
    assert opened.get(key, KEY) == Account(KEY, ACCOUNT.variables, PROXY, "1", 7)
    opened.put(key, Account(KEY, {"BACKPACK_SECRET_KEY": "new"}), 8)
    assert opened.get(key, KEY).variables == {"BACKPACK_SECRET_KEY": "new"}
    assert opened.names() == [KEY]


def test_one_name_of_two_owners_is_the_callers_alone(tmp_path: Path) -> None:
    """A2."""
    anns, ann = filled(tmp_path, "ann", "the key of ann")
    bobs, bob = filled(tmp_path, "bob", "the key of bob")
    assert anns.get(ann, KEY).variables == {"BACKPACK_SECRET_KEY": "the key of ann"}
    assert bobs.get(bob, KEY).variables == {"BACKPACK_SECRET_KEY": "the key of bob"}
    with pytest.raises(AccountError, match="does not open"):
        anns.get(bob, KEY)
    bobs.remove(KEY)
    assert anns.names() == [KEY]
    with pytest.raises(UnknownAccount):
        bobs.get(bob, KEY)


def test_an_unknown_account_is_refused_with_those_there_are(tmp_path: Path) -> None:
    """A2."""
    opened, key = filled(tmp_path)
    with pytest.raises(UnknownAccount, match=r"'other' at backpack .* ann has main there"):
        opened.get(key, AccountKey("backpack", "prod", "other"))
    with pytest.raises(UnknownAccount, match="has none there"):
        opened.remove(AccountKey("backpack", "testnet", "main"))


def test_a_wrong_passphrase_opens_nothing_and_seals_nothing(tmp_path: Path) -> None:
    """A2."""
    opened, _ = filled(tmp_path)
    with pytest.raises(AccountError, match="passphrase does not open the accounts of ann") as wrong:
        opened.unlock("wrong passphrase")
    assert "wrong passphrase" not in str(wrong.value)
    with pytest.raises(AccountError, match="fewer than 8"):
        store(tmp_path, "carol").unlock("short")


def test_changing_the_passphrase_seals_all_anew_and_readers_are_not_disturbed(
    tmp_path: Path,
) -> None:
    opened, old = filled(tmp_path)
    reader = store(tmp_path)
    before = reader.get(reader.unlock(f"{PASSPHRASE} of ann"), KEY)
    new = opened.rotate(old, "another passphrase")
    assert new.key_id == "2"
    assert reader.get(reader.unlock("another passphrase"), KEY).variables == before.variables
    with pytest.raises(AccountError):
        reader.unlock(f"{PASSPHRASE} of ann")
    with pytest.raises(AccountError):
        reader.get(old, KEY)


def test_a_rotation_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    opened, old = filled(tmp_path)
    with pytest.raises(AccountError, match="fewer than 8"):
        opened.rotate(old, "short")
    assert opened.get(opened.unlock(f"{PASSPHRASE} of ann"), KEY).key_id == "1"


def test_a_row_that_was_moved_or_changed_does_not_open(tmp_path: Path) -> None:
    key = derive_key(PASSPHRASE, "1", b"0" * 16, CHEAP)
    sealed = key.seal("text", "here")
    assert key.open(sealed, "here") == "text"
    for changed, place in ((sealed, "there"), (sealed[:-1] + b"x", "here"), (b"", "here")):
        with pytest.raises(WrongKey):
            key.open(changed, place)


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o606])
def test_a_file_that_others_may_read_or_write_is_refused_with_the_fix(
    tmp_path: Path, mode: int
) -> None:
    store(tmp_path).close()
    file = tmp_path / "accounts.sealed"
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(mode)
    with pytest.raises(AccountError, match="chmod 600"):
        store(tmp_path)


def test_another_file_is_not_taken_for_accounts(tmp_path: Path) -> None:
    file = tmp_path / "accounts.sealed"
    file.write_text("hello, this is a text and no database at all" * 50)
    file.chmod(0o600)
    with pytest.raises(AccountError, match="no file of accounts"):
        store(tmp_path)


def test_no_secret_is_in_the_file_or_in_a_repr(tmp_path: Path) -> None:
    """A2."""
    opened = store(tmp_path)
    key = opened.unlock(PASSPHRASE)
    opened.put(key, ACCOUNT, 7)
    opened.rotate(key, "another passphrase")
    opened.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    shown = repr(ACCOUNT) + repr(key) + str(KEY)
    for secret in (SECRET, "proxy-password", PASSPHRASE, "another passphrase"):
        assert secret.encode() not in content
        assert secret not in shown
