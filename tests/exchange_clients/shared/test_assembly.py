"""What a user has, a name and some variables, becomes a link."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace

import pytest

from exchange_clients.errors import ClientConfigError, MissingCredentialsError
from exchange_clients.shared.assembly import choose_environment, open_link
from exchange_clients.shared.credentials import CredentialField
from exchange_clients.shared.venue import Environment
from tests.support.toy_venue import VENUE

KEYS = {"TOY_KEY": "public", "TOY_SECRET": "s3cret"}
LOCAL = {"PERP_TOY_REST_URL": "http://127.0.0.1:1/", "PERP_TOY_STREAM_URL": "ws://127.0.0.1:2"}
WITH_TESTNET = replace(
    VENUE,
    environments={
        **VENUE.environments,
        "testnet": Environment("testnet", {"rest": "http://t"}, {"chain": "7"}),
    },
)


def test_an_environment_is_the_venues_own() -> None:
    assert choose_environment(VENUE, "Prod", {}) == VENUE.environments["prod"]
    chosen = choose_environment(WITH_TESTNET, "testnet", {})
    assert (chosen.urls, chosen.constants) == ({"rest": "http://t"}, {"chain": "7"})


def test_an_environment_that_is_missing_names_those_that_are_there() -> None:
    message = "environment 'testnet' of toy does not exist; it has prod, simulator"
    with pytest.raises(ClientConfigError, match=message):
        choose_environment(VENUE, "testnet", {})


def test_a_simulator_is_where_the_variables_say() -> None:
    chosen = choose_environment(VENUE, "simulator", LOCAL)
    assert chosen.name == "simulator"
    assert chosen.urls == {"rest": "http://127.0.0.1:1", "stream": "ws://127.0.0.1:2"}


@pytest.mark.parametrize("given", [{}, {"PERP_TOY_REST_URL": "http://127.0.0.1:1"}])
def test_a_simulator_needs_every_url(given: Mapping[str, str]) -> None:
    with pytest.raises(ClientConfigError, match=r"simulator of toy needs .*PERP_TOY_STREAM_URL"):
        choose_environment(VENUE, "simulator", given)


def test_a_variable_replaces_one_url_of_any_environment() -> None:
    chosen = choose_environment(VENUE, "prod", {"PERP_TOY_REST_URL": "http://proxy"})
    assert chosen.urls == {"rest": "http://proxy", "stream": "ws://toy"}


def test_credentials_come_from_what_is_given_and_then_from_variables() -> None:
    link = open_link(VENUE, variables=KEYS, given={"key": "mine"})
    assert link.account == {"key": "mine"}
    assert "s3cret" not in repr(link.account)


def test_missing_credentials_are_named() -> None:
    with pytest.raises(MissingCredentialsError, match=r"TOY_KEY \(not set\), TOY_SECRET"):
        open_link(VENUE, variables={})
    assert open_link(VENUE, variables={}, private=False).account == {}


def test_an_environment_may_have_keys_by_other_names_and_knows_no_others() -> None:
    held = CredentialField("key", "TOY_DEMO_KEY", secret=False)
    demo = Environment("demo", {"rest": "http://d", "stream": "ws://d"}, {}, (held,))
    venue = replace(VENUE, environments={**VENUE.environments, "demo": demo})
    link = open_link(venue, "demo", {**KEYS, "TOY_DEMO_KEY": "pretend"})
    assert link.account == {"key": "pretend"}
    assert open_link(venue, "prod", KEYS).account == {"key": "public"}
    with pytest.raises(MissingCredentialsError, match=r"TOY_DEMO_KEY \(not set\)"):
        open_link(venue, "demo", KEYS)
    assert open_link(venue, "demo", {}, {"key": "mine"}).account == {"key": "mine"}


def test_the_process_environment_is_what_is_read_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**KEYS, **LOCAL}.items():
        monkeypatch.setenv(name, value)
    link = open_link(VENUE, "simulator")
    assert (link.account, link.environment.name) == ({"key": "public"}, "simulator")


def test_real_sockets_are_loaded_with_the_first_link_only() -> None:
    code = (
        "import sys, exchange_clients.shared.network; "
        "print([name for name in ('aiohttp', 'websockets', 'picows') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
