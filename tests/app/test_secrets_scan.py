"""Nothing that a bot writes, says or shows of itself holds a secret.

The bot is a process of its own, at its most talkative, on a venue that dies under it; its account
is sealed and the passphrase stands in a file. Everything that it leaves behind is searched for the
key, the passphrase and their usual disguises.
"""

from __future__ import annotations

import base64
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest

from app.accounts import stored_accounts
from app.flatten_command import read_request
from app.safety.accounts_at_hand import AccountsAtHand
from database.scripts.add_account import main as add_account
from exchange_clients.factory import ExchangeFactory
from exchange_clients.journal import MemoryJournal
from exchange_clients.shared.assembly import credentials_of
from exchange_clients.shared.clock import SystemClock
from exchange_clients.shared.network import NetworkClient
from tests.support.bot_process import start_bot
from tests.support.flatten_stage import GRID
from tests.support.live_process import Watched, simulator
from venue_simulators.catalogue import build

PASSPHRASE = "a marked passphrase that nobody may read"
OWNER = {"PERP_ACCOUNTS_OWNER": "ann"}


def disguises(secret: str) -> Iterator[bytes]:
    """Return how a secret may look where somebody has written it."""
    yield secret.encode()
    yield quote(secret, safe="").encode()
    yield base64.b64encode(secret.encode()).rstrip(b"=")
    yield secret.encode().hex().encode()
    yield secret.removeprefix("0x").encode()


def assert_hidden(secrets: list[str], text: bytes, where: object) -> None:
    """Assert that no secret stands in a text, in any disguise."""
    shown = [
        secrets.index(secret) for secret in secrets for look in disguises(secret) if look in text
    ]
    assert shown == [], f"secret {shown} stands in {where}"


def seal(folder: Path, venue: str, variables: Mapping[str, str]) -> dict[str, str]:
    """Keep an account as a user would, and return the variables that open it."""
    key = folder / "passphrase"
    key.write_text(PASSPHRASE + "\n", encoding="utf-8")
    key.chmod(0o600)
    access = {**OWNER, "PERP_ACCOUNTS_PASSPHRASE_FILE": str(key)}
    words = ["add", "--exchange", venue, "--account", "desk", "--environment", "simulator"]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**variables, **access}.items():
            patch.setenv(name, value)
        assert add_account([*words, "--from-env", "--state-dir", str(folder / "state")]) == 0
    return access


def secrets_of(venue: str, variables: Mapping[str, str]) -> list[str]:
    """Return what of an account nobody may read, and the passphrase."""
    client_class = ExchangeFactory.client_class(venue)
    assert issubclass(client_class, NetworkClient)
    return [*credentials_of(client_class.VENUE, variables).secrets, PASSPHRASE]


@pytest.mark.slow
def test_a_run_leaves_no_secret_anywhere(tmp_path: Path) -> None:
    """A2: everything that is said and left, and what the kernel shows of the process."""
    venue = "grvt"
    line = [
        *GRID, "--exchange", venue, "--environment", "simulator", "--account", "desk",
        "--log-level", "DEBUG", "--log-file", "bot.log", "--report", "report.json,report.html",
    ]  # fmt: skip
    with ExitStack() as venue_alive:
        variables = venue_alive.enter_context(simulator(venue))
        secrets = secrets_of(venue, variables)
        access = seal(tmp_path, venue, variables)
        urls = {name: value for name, value in variables.items() if name.endswith("_URL")}
        bot = start_bot(tmp_path, *line, variables={**urls, **access})
        with Watched(bot) as watched:
            watched.until("fills", 1)
            shown = [Path(f"/proc/{bot.pid}/{name}") for name in ("cmdline", "environ")]
            told = {path: path.read_bytes() for path in shown}
            venue_alive.close()
            watched.until_said("WARNING")
            _, said = watched.end(signal.SIGINT)
    assert "error=" in said
    for path, text in told.items():
        assert_hidden(secrets, text, path)
    assert_hidden(secrets, said.encode(), "what was said")
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "passphrase"]
    assert {"bot.log", "accounts.sealed", "store.db"} <= {path.name for path in left}
    for path in left:
        assert_hidden(secrets, path.read_bytes(), path)


def test_what_holds_a_secret_does_not_show_it(tmp_path: Path) -> None:
    venue = build("lighter")
    variables = venue.environment(
        {service.name: "http://127.0.0.1:1" for service in venue.services}
    )
    secrets = secrets_of("lighter", variables)
    known = {**variables, **seal(tmp_path, "lighter", variables)}
    client_class = ExchangeFactory.client_class("lighter")
    assert issubclass(client_class, NetworkClient)
    accounts = stored_accounts(
        account="desk",
        environment="simulator",
        variables=known,
        state_dir=tmp_path / "state",
        venues={"lighter": client_class.VENUE},
    )
    at_hand = AccountsAtHand(known, tmp_path / "state", "simulator", SystemClock())
    client = at_hand.client("lighter", "desk", "BTC", MemoryJournal())
    credentials = credentials_of(client_class.VENUE, known)
    for each in (accounts, credentials, client, at_hand, read_request({}, known).wanted):
        assert_hidden(secrets, f"{each!r} {each}".encode(), type(each))
