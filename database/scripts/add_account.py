"""Keeps the credentials of accounts, sealed by a passphrase.

    python -m database.scripts.add_account                         asks for everything
    python -m database.scripts.add_account add --exchange lighter --account main --from-env
    python -m database.scripts.add_account list
    python -m database.scripts.add_account verify
    python -m database.scripts.add_account rotate
    python -m database.scripts.add_account remove --exchange lighter --account main

Nothing that is secret is ever printed. The passphrase is asked for, or taken from
PERP_ACCOUNTS_PASSPHRASE or the file PERP_ACCOUNTS_PASSPHRASE_FILE; rotate takes the new one from
PERP_ACCOUNTS_NEW_PASSPHRASE likewise. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 credentials
are missing.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from database.account_access import PASSPHRASE, open_store, passphrase_of
from database.account_store import Account, AccountError, AccountKey, AccountStore
from database.labels import LABEL, LABEL_WORDS
from exchange_clients.errors import ClientConfigError, ExchangeError, MissingCredentialsError
from exchange_clients.factory import ExchangeFactory
from exchange_clients.shared.assembly import PROD, SIMULATOR, choose_environment, credentials_of
from exchange_clients.shared.clock import Clock, SystemClock, to_iso
from exchange_clients.shared.credentials import CredentialField
from exchange_clients.shared.network import NetworkClient
from exchange_clients.shared.transport.tunnel import Tunnel
from exchange_clients.shared.venue import Venue

NEW_PASSPHRASE = "PERP_ACCOUNTS_NEW_PASSPHRASE"  # the name of a variable
PROXY = "PERP_ACCOUNTS_PROXY"
ACTIONS = ("add", "list", "verify", "rotate", "remove")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the command reads and writes outside of its file."""

    variables: Mapping[str, str]
    ask: Callable[[str], str]
    """Asks a person and returns the answer, which is seen while it is typed."""
    ask_secret: Callable[[str], str]
    """The same, unseen."""
    say: Callable[[str], object]
    clock: Clock
    at_terminal: bool


def main(words: Sequence[str] | None = None, around: Surroundings | None = None) -> int:
    """Run a command line and return the exit code."""
    around = around or _surroundings()
    given = _parser().parse_args(words)
    try:
        store = open_store(around.variables, given.state_dir)
        try:
            _act(given, store, around)
        finally:
            store.close()
    except MissingCredentialsError as error:
        return _fail(around, error, 3)
    except ClientConfigError as error:
        return _fail(around, error, 2)
    except (AccountError, ExchangeError, EOFError) as error:
        return _fail(around, error, 1)
    return 0


def read_credentials_from_env(
    venue: Venue, environment: str, variables: Mapping[str, str]
) -> dict[str, str]:
    """Return an account's credentials by variable, from variables.

    Raises:
        MissingCredentialsError: names what is absent, a placeholder or malformed.
    """
    chosen = venue.environments.get(environment)
    if chosen is None and environment != SIMULATOR:
        choose_environment(venue, environment, variables)  # says which there are
    credentials = credentials_of(venue, variables, environment=chosen)
    fields = (*venue.fields, *venue.other_fields, *(chosen.fields if chosen else ()))
    held = {*credentials.public, *credentials.secret_names}
    return {
        each.variable: credentials[each.name]
        for each in fields
        if each.name in held and variables.get(each.variable, "").strip()
    }


def interactive_mode(venue: Venue, environment: str, around: Surroundings) -> dict[str, str]:
    """Ask for each of a venue's credentials and return them by variable; secrets are not seen.

    Raises:
        MissingCredentialsError: an answer is empty or malformed; names it.
    """
    chosen = venue.environments.get(environment)
    fields = (chosen.fields if chosen else ()) or venue.fields
    told = {each.variable: _answer(each, around) for each in fields}
    return read_credentials_from_env(venue, environment, told)


def _answer(field: CredentialField, around: Surroundings) -> str:
    ask = around.ask_secret if field.secret else around.ask
    return ask(f"{field.variable}: ").strip()


def _act(given: argparse.Namespace, store: AccountStore, around: Surroundings) -> None:
    if given.action == "list":
        _list(store, around)
    elif given.action == "remove":
        wanted = _wanted(given, around)
        store.remove(wanted)
        around.say(f"{wanted} was removed\n")
    elif given.action == "verify":
        _verify(store, around)
    elif given.action == "rotate":
        key = store.unlock(_passphrase(PASSPHRASE, "passphrase", around))
        fresh = store.rotate(key, _passphrase(NEW_PASSPHRASE, "new passphrase", around))
        around.say(f"{len(store.names())} accounts are sealed by key {fresh.key_id}\n")
    else:
        _add(given, store, around)


def _add(given: argparse.Namespace, store: AccountStore, around: Surroundings) -> None:
    wanted = _wanted(given, around)
    venue = _venue(wanted.venue)
    if not LABEL.fullmatch(wanted.name):
        raise ClientConfigError(f"account {wanted.name!r} is not allowed: {LABEL_WORDS}")
    if wanted in store.names() and not given.replace:
        raise AccountError(f"{wanted} is there already: --replace gives it new credentials")
    if given.from_env:
        values = read_credentials_from_env(venue, wanted.environment, around.variables)
    else:
        values = interactive_mode(venue, wanted.environment, around)
    # A proxy may hold a password, which a command line would show to every process.
    proxy = around.variables.get(PROXY, "")
    if given.proxy and not proxy:
        proxy = around.ask_secret("proxy (http:// or socks5://): ").strip()
    if proxy:
        Tunnel(proxy)
    key = store.unlock(_passphrase(PASSPHRASE, "passphrase", around))
    store.put(key, Account(wanted, values, proxy), around.clock.now_ns())
    around.say(f"{wanted} was added, sealed by key {key.key_id}\n")


def _list(store: AccountStore, around: Surroundings) -> None:
    names = store.names()
    if not names:
        around.say(f"{store.owner} has no accounts in {store.path}\n")
    for each in names:
        around.say(f"{each.venue:<10} {each.environment:<10} {each.name}\n")


def _verify(store: AccountStore, around: Surroundings) -> None:
    """Open every account and look at its credentials' form; the venues are not asked.

    Raises:
        AccountError: one of them is not sound; the others were looked at all the same.
    """
    key = store.unlock(_passphrase(PASSPHRASE, "passphrase", around))
    unsound = 0
    for each in store.names():
        try:
            account = store.get(key, each)
            read_credentials_from_env(_venue(each.venue), each.environment, account.variables)
        except (AccountError, ExchangeError) as error:
            unsound += 1
            around.say(f"{each}: {error}\n")
        else:
            proxied = ", through a proxy" if account.proxy else ""
            around.say(f"{each}: sound, of {to_iso(account.updated_ns)}{proxied}\n")
    if unsound:
        raise AccountError(f"{unsound} accounts are not sound")


def _wanted(given: argparse.Namespace, around: Surroundings) -> AccountKey:
    venue = given.exchange or _asked("exchange", around)
    name = given.account or _asked("account", around)
    return AccountKey(_venue(venue).name, given.environment, name)


def _venue(name: str) -> Venue:
    client_class = ExchangeFactory.client_class(name)
    if not issubclass(client_class, NetworkClient):
        raise AccountError(f"{name} needs no credentials")
    return client_class.VENUE


def _asked(what: str, around: Surroundings) -> str:
    if not around.at_terminal:
        raise AccountError(f"--{what} is not given, and nobody is there to be asked")
    return around.ask(f"{what}: ").strip()


def _passphrase(variable: str, what: str, around: Surroundings) -> str:
    told = passphrase_of(around.variables, variable)
    if told is not None:
        return told
    if not around.at_terminal:
        raise AccountError(f"{variable} is not set, and nobody is there to be asked")
    return around.ask_secret(f"{what}: ")


def _fail(around: Surroundings, error: Exception, code: int) -> int:
    around.say(f"add_account: {error}\n")
    return code


def _surroundings() -> Surroundings:
    return Surroundings(
        variables=os.environ,
        ask=input,
        ask_secret=getpass.getpass,
        say=sys.stdout.write,
        clock=SystemClock(),
        at_terminal=sys.stdin.isatty(),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m database.scripts.add_account",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("action", nargs="?", choices=ACTIONS, default="add")
    parser.add_argument("--exchange", metavar="NAME", help="venue")
    parser.add_argument("--account", metavar="NAME", help="the name you give it")
    parser.add_argument("--environment", default=PROD, help="prod, testnet or demo (default prod)")
    parser.add_argument("--from-env", action="store_true", help="take the venue's variables")
    parser.add_argument("--replace", action="store_true", help="give it new credentials")
    parser.add_argument(
        "--proxy", action="store_true", help=f"ask for a proxy, or take it from {PROXY}"
    )
    parser.add_argument("--state-dir", type=Path, default=Path("state"), help="(default state)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
