"""The stored accounts that a run trades with, and what of them must never be logged.

An account of the name ``main`` may as well come from the environment, as it does where nothing was
stored; any other name has to be known, so that a misspelt one never trades with another's keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from app.errors import MissingCredentials, UsageError
from app.settings import RunSettings, venue_account
from database.account_access import PASSPHRASE, accounts_file, open_store, passphrase_of
from database.account_store import Account, AccountError, AccountKey, UnknownAccount
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.venue import Venue
from helpers.redaction import SECRET_MIN
from helpers.unified_logger import register_secret

MAIN = "main"


def accounts_of_run(settings: RunSettings, venues: Mapping[str, Venue]) -> dict[str, Account]:
    """Return the stored account of each venue of a run; see ``accounts_by_label``."""
    return accounts_by_label(
        account=settings.account,
        environment=settings.environment,
        variables=settings.variables,
        state_dir=settings.state_dir,
        venues=venues,
    )


def accounts_by_label(
    *,
    account: str,
    environment: str,
    variables: Mapping[str, str],
    state_dir: Path,
    venues: Mapping[str, Venue],
) -> dict[str, Account]:
    """Return the stored account of each venue; ``lighter:one`` has its own. See the next one."""
    by_account: dict[str, dict[str, Venue]] = {}
    for name, venue in venues.items():
        by_account.setdefault(venue_account(name, account), {})[name] = venue
    found: dict[str, Account] = {}
    for label, named in by_account.items():
        found |= stored_accounts(
            account=label,
            environment=environment,
            variables=variables,
            state_dir=state_dir,
            venues=named,
        )
    return found


def stored_accounts(
    *,
    account: str,
    environment: str,
    variables: Mapping[str, str],
    state_dir: Path,
    venues: Mapping[str, Venue],
) -> dict[str, Account]:
    """Return the account of each venue that is stored; those that are not come from variables.

    Raises:
        UsageError: there is no account of that name, or the file cannot be used.
        MissingCredentials: the passphrase is not told.
    """
    by_variables = account == MAIN
    if not venues or (by_variables and not accounts_file(variables, state_dir).exists()):
        return {}
    try:
        with closing(open_store(variables, state_dir)) as store:
            wanted = {
                name: AccountKey(venue.name, environment, account) for name, venue in venues.items()
            }
            known = store.names()
            if by_variables:
                wanted = {name: key for name, key in wanted.items() if key in known}
            for key in wanted.values():
                if key not in known:
                    raise UnknownAccount(
                        f"{key} is not known: {store.path} has "
                        f"{', '.join(map(str, known)) or 'none'} of {store.owner}; add it by "
                        "python -m database.scripts.add_account"
                    )
            if not wanted:
                return {}
            vault = store.unlock(_passphrase(account, variables))
            accounts = {name: store.get(vault, key) for name, key in wanted.items()}
    except AccountError as error:
        raise UsageError(f"--account {account}: {error}") from None
    for each in accounts.values():
        _hide(each.secrets)
    return accounts


def variables_with(
    variables: Mapping[str, str], venue: Venue, account: Account | None
) -> dict[str, str]:
    """Return variables in which a stored account's credentials stand, and none of another one."""
    if account is None:
        return dict(variables)
    kinds = [
        venue.fields,
        venue.other_fields,
        *(each.fields for each in venue.environments.values()),
    ]
    own = {field.variable for fields in kinds for field in fields}
    kept = {name: value for name, value in variables.items() if name not in own}
    return {**kept, **account.variables}


def hide_credentials(credentials: Credentials) -> Credentials:
    """Keep the secrets out of every log line from now on, and return the credentials."""
    _hide(credentials.secrets)
    return credentials


def _hide(secrets: Sequence[str]) -> None:
    for secret in secrets:
        # A shorter one (a number of an account) could not be hidden without hiding ordinary text.
        if len(secret) >= 2 * SECRET_MIN:
            register_secret(secret)


def _passphrase(account: str, variables: Mapping[str, str]) -> str:
    told = passphrase_of(variables)
    if told is None:
        raise MissingCredentials(
            f"--account {account} is sealed: set {PASSPHRASE}, or {PASSPHRASE}_FILE to a "
            "file that you alone may read"
        )
    _hide([told])
    return told
