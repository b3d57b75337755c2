"""A run trades with the stored account it names: the caller's own, or it does not start."""

from __future__ import annotations

import logging
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest

import runbot
from app.accounts import accounts_of_run, variables_with
from app.arguments import Given
from app.configuration import settings_of
from app.errors import MissingCredentials, RunFailed, UsageError
from app.run_state import RunState
from app.settings import RunSettings
from database.account_store import Account, AccountKey, AccountStore
from database.lease import Holder
from database.vault import KeyCost
from exchange_clients.backpack import BackpackClient
from helpers.unified_logger import setup_logging

CHEAP = KeyCost(memory_kib=64, iterations=1, lanes=1)
VENUE = BackpackClient.VENUE
VENUES = {"backpack": VENUE}
PASSPHRASE = "correct horse battery"
ACCESS = {"PERP_ACCOUNTS_PASSPHRASE": PASSPHRASE, "PERP_ACCOUNTS_OWNER": "ann"}


def keep(folder: Path, name: str, values: dict[str, str], owner: str = "ann") -> None:
    """Store an account at the simulator."""
    with closing(AccountStore(folder / "accounts.sealed", owner, CHEAP)) as store:
        key = AccountKey("backpack", "simulator", name)
        store.put(store.unlock(PASSPHRASE), Account(key, values), 0)


def settings(
    folder: Path,
    account: str,
    variables: dict[str, str] | None = None,
    exchange: str = "backpack",
) -> RunSettings:
    given = {
        "run.exchange": exchange,
        "run.ticker": "BTC",
        "run.environment": "simulator",
        "run.account": account,
        "run.state_dir": str(folder),
        "strategy.name": "grid",
        "strategy.quantity": "1",
        "strategy.take_profit": "1",
        "strategy.direction": "buy",
        "strategy.max_orders": "1",
        "strategy.wait_time": "0",
    }
    known = settings_of({name: Given(value, name) for name, value in given.items()})
    return known.model_copy(update={"variables": ACCESS if variables is None else variables})


def test_the_callers_account_is_found_and_its_secrets_leave_every_log_line(tmp_path: Path) -> None:
    """A2: an account name of two owners."""
    keep(tmp_path, "desk", {"BACKPACK_SECRET_KEY": "the secret of ann"})
    keep(tmp_path, "desk", {"BACKPACK_SECRET_KEY": "the secret of bob"}, owner="bob")
    found = accounts_of_run(settings(tmp_path, "desk"), VENUES)["backpack"]
    assert found.variables == {"BACKPACK_SECRET_KEY": "the secret of ann"}
    said = StringIO()
    setup_logging("DEBUG", stream=said)
    try:
        raise RuntimeError("the secret of ann, opened by correct horse battery")
    except RuntimeError:
        logging.getLogger("exchange_clients.backpack").exception("event=x %s", found.variables)
    finally:
        setup_logging("WARNING", console=False)
    assert "Traceback" in said.getvalue()
    assert "the secret of ann" not in said.getvalue()
    assert PASSPHRASE not in said.getvalue()


def test_an_unknown_account_refuses_to_start_and_names_those_there_are(tmp_path: Path) -> None:
    """A2."""
    keep(tmp_path, "desk", {})
    with pytest.raises(UsageError, match=r"'dsek' at backpack simulator is not known.*'desk'"):
        accounts_of_run(settings(tmp_path, "dsek"), VENUES)


def test_a_wrong_or_absent_passphrase_is_told_clearly(tmp_path: Path) -> None:
    """A2."""
    keep(tmp_path, "desk", {})
    wrong = {**ACCESS, "PERP_ACCOUNTS_PASSPHRASE": "quite another one"}
    with pytest.raises(UsageError, match="passphrase does not open") as told:
        accounts_of_run(settings(tmp_path, "desk", wrong), VENUES)
    assert "quite another one" not in str(told.value)
    absent = {"PERP_ACCOUNTS_OWNER": "ann"}
    with pytest.raises(MissingCredentials, match="set PERP_ACCOUNTS_PASSPHRASE"):
        accounts_of_run(settings(tmp_path, "desk", absent), VENUES)


def test_the_account_main_comes_from_the_environment_where_none_is_stored(tmp_path: Path) -> None:
    assert accounts_of_run(settings(tmp_path, "main", {}), VENUES) == {}
    assert not (tmp_path / "accounts.sealed").exists()
    keep(tmp_path, "desk", {})
    assert accounts_of_run(settings(tmp_path, "main", {"PERP_ACCOUNTS_OWNER": "ann"}), VENUES) == {}


def test_credentials_of_the_environment_do_not_mix_with_a_stored_account() -> None:
    environment = {"BACKPACK_PUBLIC_KEY": "theirs", "LANG": "C.UTF-8"}
    account = Account(AccountKey("backpack", "prod", "desk"), {"BACKPACK_SECRET_KEY": "ours"})
    expected = {"LANG": "C.UTF-8", "BACKPACK_SECRET_KEY": "ours"}
    assert variables_with(environment, VENUE, account) == expected
    assert variables_with(environment, VENUE, None) == environment


def test_a_label_after_the_venue_names_its_account(tmp_path: Path) -> None:
    for name in ("one", "two", "desk"):
        keep(tmp_path, name, {"BACKPACK_SECRET_KEY": f"secret of {name}"})
    both = settings(tmp_path, "desk", exchange="backpack:one,backpack:two,backpack")
    found = accounts_of_run(both, dict.fromkeys(both.exchange, VENUE))
    assert {name: each.variables["BACKPACK_SECRET_KEY"] for name, each in found.items()} == {
        "backpack:one": "secret of one",
        "backpack:two": "secret of two",
        "backpack": "secret of desk",
    }
    with pytest.raises(UsageError, match="the account one at backpack is named twice"):
        settings(tmp_path, "one", exchange="backpack,backpack:one")


def test_the_doctor_looks_at_each_of_two_accounts_of_a_venue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = "doctor --exchanges backpack:one,backpack:two --environment simulator"
    assert runbot.main(line.split(), {}) == 2
    assert "account 'one' at backpack simulator is not known" in capsys.readouterr().err


def test_an_account_is_traded_once_however_it_is_named(tmp_path: Path) -> None:
    me = Holder.this_process()
    state = RunState(settings(tmp_path, "main", exchange="backpack:one"), me)
    try:
        with pytest.raises(RunFailed, match="on account one is in use"):
            RunState(settings(tmp_path, "one", exchange="backpack"), me)
        RunState(settings(tmp_path, "two", exchange="backpack"), me).close()
    finally:
        state.close()
