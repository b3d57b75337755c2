"""The command that keeps accounts: every venue's credentials, from variables or asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

import database.account_store
from database.scripts.add_account import Surroundings, main, read_credentials_from_env
from database.vault import KeyCost
from exchange_clients.errors import MissingCredentialsError
from exchange_clients.factory import ExchangeFactory
from exchange_clients.shared.clock import ManualClock
from exchange_clients.shared.network import NetworkClient
from venue_simulators.catalogue import VENUES, build

ACCESS = {"PERP_ACCOUNTS_PASSPHRASE": "correct horse battery", "PERP_ACCOUNTS_OWNER": "ann"}


def keys_of(venue: str) -> dict[str, str]:
    """Return sound credentials, which only the venue's simulator knows."""
    told = build(venue).environment(defaultdict(str))
    return {name: value for name, value in told.items() if not name.startswith("PERP_")}


class Person:
    """Answers what is asked, and keeps what was said."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self.answers = answers
        self.said = ""

    def answer(self, question: str) -> str:
        return self.answers[question.split(":", maxsplit=1)[0].split(" (", maxsplit=1)[0]]

    def say(self, text: str) -> None:
        self.said += text


@pytest.fixture(autouse=True)
def _cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = KeyCost(memory_kib=64, iterations=1, lanes=1)
    defaults = (cheap, *(database.account_store.AccountStore.__init__.__defaults__ or ())[1:])
    monkeypatch.setattr(database.account_store.AccountStore.__init__, "__defaults__", defaults)


def run(
    folder: Path,
    line: str,
    variables: Mapping[str, str] | None = None,
    answers: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    person = Person(answers or {})
    around = Surroundings(
        variables={**ACCESS, **(variables or {})},
        ask=person.answer,
        ask_secret=person.answer,
        say=person.say,
        clock=ManualClock(10**18),
        at_terminal=answers is not None,
    )
    return main([*line.split(), "--state-dir", str(folder)], around), person.said


def assert_hides(text: str, *secrets: str) -> None:
    for secret in (*secrets, ACCESS["PERP_ACCOUNTS_PASSPHRASE"]):
        # What is shorter is the number of an account, which any text may hold.
        assert len(secret) < 8 or secret not in text


@pytest.mark.parametrize("venue", VENUES)
def test_every_venues_account_is_added_from_variables_verified_and_never_shown(
    tmp_path: Path, venue: str
) -> None:
    variables = keys_of(venue)
    code, said = run(tmp_path, f"add --exchange {venue} --account one --from-env", variables)
    assert (code, said) == (0, f"account 'one' at {venue} was added, sealed by key 1\n")
    code, verified = run(tmp_path, "verify")
    assert code == 0
    assert f"account 'one' at {venue}: sound" in verified
    _, listed = run(tmp_path, "list")
    assert listed.split() == [venue, "prod", "one"]
    assert_hides(said + verified + listed, *variables.values())


@pytest.mark.parametrize("venue", VENUES)
def test_what_is_missing_is_named_and_nothing_is_kept(tmp_path: Path, venue: str) -> None:
    code, said = run(tmp_path, f"add --exchange {venue} --account one --from-env")
    assert code == 3
    assert f"{venue} needs credentials" in said
    assert "has no accounts" in run(tmp_path, "list")[1]
    client = ExchangeFactory.client_class(venue)
    assert issubclass(client, NetworkClient)
    with pytest.raises(MissingCredentialsError):
        read_credentials_from_env(client.VENUE, "prod", {})


def test_a_person_is_asked_for_everything(tmp_path: Path) -> None:
    answers = {"exchange": "backpack", "account": "main", **keys_of("backpack")}
    code, said = run(tmp_path, "", answers=answers)
    assert code == 0
    assert_hides(said, *keys_of("backpack").values())


def test_an_account_is_not_replaced_by_mistake_and_removed_by_name(tmp_path: Path) -> None:
    line = "add --exchange okx --account main --from-env"
    assert run(tmp_path, line, keys_of("okx"))[0] == 0
    code, said = run(tmp_path, line, keys_of("okx"))
    assert (code, "--replace" in said) == (1, True)
    assert run(tmp_path, f"{line} --replace", keys_of("okx"))[0] == 0
    assert run(tmp_path, "remove --exchange okx --account other")[0] == 1
    assert run(tmp_path, "remove --exchange okx --account main")[0] == 0
    assert run(tmp_path, "remove --exchange okx --account main")[0] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--exchange okxx --account main", "did you mean 'okx'?"),
        ("--exchange okx --account main --environment prd", "it has prod"),
        ("--exchange okx --account my/desk", "letters, digits, _ and -"),
    ],
)
def test_what_no_run_could_name_is_wrong_usage(tmp_path: Path, words: str, told: str) -> None:
    code, said = run(tmp_path, f"add {words} --from-env", keys_of("okx"))
    assert code == 2
    assert told in said


def test_the_passphrase_is_changed_without_a_word_of_it(tmp_path: Path) -> None:
    run(tmp_path, "add --exchange okx --account main --from-env", keys_of("okx"))
    new = {"PERP_ACCOUNTS_NEW_PASSPHRASE": "a new passphrase"}
    code, said = run(tmp_path, "rotate", new)
    assert (code, said) == (0, "1 accounts are sealed by key 2\n")
    code, said = run(tmp_path, "verify")
    assert (code, "passphrase does not open" in said) == (1, True)
    assert run(tmp_path, "verify", {"PERP_ACCOUNTS_PASSPHRASE": "a new passphrase"})[0] == 0


def test_a_passphrase_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text("correct horse battery\n")
    told = {"PERP_ACCOUNTS_PASSPHRASE": "", "PERP_ACCOUNTS_PASSPHRASE_FILE": str(file)}
    file.chmod(0o644)
    code, said = run(tmp_path, "verify", told)
    assert (code, "chmod 600" in said) == (1, True)
    file.chmod(0o600)
    assert run(tmp_path, "verify", told)[0] == 0


def test_a_proxy_that_is_no_address_is_refused_without_its_password(tmp_path: Path) -> None:
    line = "add --exchange okx --account main --from-env"
    told = {**keys_of("okx"), "PERP_ACCOUNTS_PROXY": "ftp://me:hidden-word@host"}
    code, said = run(tmp_path, line, told)
    assert code == 2
    assert "the proxy is no address" in said
    assert_hides(said, "hidden-word")
