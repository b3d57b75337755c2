"""A running bot signs with another key as soon as one is stored, and keeps its own otherwise."""

from __future__ import annotations

from base64 import b64encode
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.accounts import stored_accounts
from app.key_watch import KeyWatch
from database.account_store import Account, AccountKey, AccountStore
from database.vault import KeyCost
from exchange_clients.errors import AuthenticationFailed
from tests.conformance.rig import BTC, Rig, Setting, play, setting
from tests.conformance.venues import VENUES

CHEAP = KeyCost(memory_kib=64, iterations=1, lanes=1)
PASSPHRASE = "correct horse battery"
ACCESS = {"PERP_ACCOUNTS_PASSPHRASE": PASSPHRASE, "PERP_ACCOUNTS_OWNER": "ann"}
BACKPACK = next(each for each in VENUES if each.name == "backpack")
_OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
OTHER = {
    "BACKPACK_PUBLIC_KEY": b64encode(_OTHER.public_key().public_bytes_raw()).decode(),
    "BACKPACK_SECRET_KEY": b64encode(bytes(range(1, 33))).decode(),
}


def keep(folder: Path, variables: dict[str, str], at_ns: int) -> dict[str, Account]:
    """Store an account, and return what a run reads."""
    with closing(AccountStore(folder / "accounts.sealed", "ann", CHEAP)) as store:
        key = AccountKey("backpack", "prod", "desk")
        own = {name: value for name, value in variables.items() if name.startswith("BACKPACK_")}
        store.put(store.unlock(PASSPHRASE), Account(key, own), at_ns)
    return read(folder)


def read(folder: Path) -> dict[str, Account]:
    """Return what a run reads."""
    return stored_accounts(
        account="desk",
        environment="prod",
        variables=ACCESS,
        state_dir=folder,
        venues={"backpack": BACKPACK.words},
    )


def watch(folder: Path, rig: Rig) -> KeyWatch:
    """Return a watch over the rig's account as it is now."""
    urls = {service.name: service.hosts[0] for service in rig.venue.services}
    accounts = keep(folder, rig.venue.environment(urls), 1)
    keys = KeyWatch(folder / "accounts.sealed", accounts, lambda: read(folder), rig.clock)
    keys.add("backpack", rig.link)
    return keys


def test_the_next_request_is_signed_by_the_key_that_was_stored(tmp_path: Path) -> None:
    @setting(Setting(ticker="BTC"))
    async def case(rig: Rig) -> None:
        keys = watch(tmp_path, rig)
        await keys.look()
        await rig.client.get_account_balance()
        keep(tmp_path, dict(OTHER), 2)
        await keys.look()
        with pytest.raises(AuthenticationFailed):  # the simulator knows its first key alone
            await rig.client.get_position(BTC)
        await keys.close()

    rig = play(BACKPACK, case)
    assert rig.link.account["public_key"] == OTHER["BACKPACK_PUBLIC_KEY"]


def test_what_cannot_be_used_leaves_the_key_that_is(tmp_path: Path) -> None:
    @setting(Setting(ticker="BTC"))
    async def case(rig: Rig) -> None:
        keys = watch(tmp_path, rig)
        keep(tmp_path, {"BACKPACK_PUBLIC_KEY": "no key"}, 2)
        await keys.look()
        (tmp_path / "accounts.sealed").unlink()
        await keys.look()
        assert await rig.client.get_account_balance() > 0
        await keys.close()

    rig = play(BACKPACK, case)
    assert rig.link.account["public_key"] not in ("no key", OTHER["BACKPACK_PUBLIC_KEY"])
