"""Each thing outside the program has one owner; everyone else is given what it needs."""

from __future__ import annotations

import pytest

from tests.architecture.detectors import imports_of, uses_of
from tests.architecture.source_tree import lines_of, sources

CLOCK = ("exchange_clients/shared/clock.py", "exchange_clients/shared/virtual_time.py")

OWNERS = {
    "time": (*CLOCK, "venue_simulators/server.py"),
    "random": (),
    "secrets": (),
    "uuid": (),
    "sqlite3": ("database/",),
    "rich": ("app/", "reporting/"),
    "textual": ("app/watch/screen.py",),
    "yaml": (
        "app/",
        "exchange_clients/paper/sources/sidecar.py",
        "exchange_clients/routing.py",
    ),
    "pydantic": ("app/", "funding_rate_service/api/", "exchange_clients/unified_models.py"),
    "aiohttp": (
        "app/control/server.py",
        "exchange_clients/shared/transport/aiohttp_transport.py",
        "venue_simulators/server.py",
    ),
    "httptools": ("exchange_clients/shared/transport/http_connection.py",),
    "websockets": ("exchange_clients/shared/websocket/connection.py",),
    "python_socks": ("exchange_clients/shared/transport/tunnel.py",),
    "picows": ("exchange_clients/shared/websocket/accelerated.py",),
    "requests": (),
    "socket": ("funding_rate_service/api/server.py", "helpers/service_manager.py"),
    "threading": (
        "database/follower.py",
        "exchange_clients/shared/transport/signing_thread.py",
    ),
    "multiprocessing": (),
    "concurrent": ("funding_rate_service/core/store_desk.py",),
    "selectors": CLOCK,
    "fastapi": ("funding_rate_service/api/",),
    "starlette": ("funding_rate_service/api/",),
    "uvicorn": ("funding_rate_service/api/",),
    "alembic": ("database/", "funding_rate_service/core/"),
    "sqlalchemy": ("database/", "funding_rate_service/core/"),
    "pyarrow": ("funding_rate_service/core/export.py",),
}
"""Module -> where it may be imported."""

USES = {
    "importlib.import_module": (
        "exchange_clients/__init__.py",
        "exchange_clients/factory.py",
        "exchange_clients/paper/__init__.py",
        "exchange_clients/shared/lazy.py",
        "strategies/factory.py",
        "venue_simulators/catalogue.py",
    ),
    "os.environ": (
        "app/",
        "database/scripts/",
        "exchange_clients/shared/assembly.py",
        "funding_rate_service/__main__.py",
        "runbot.py",
    ),
    "os.getenv": (),
    "os.urandom": (
        "app/control/run_control.py",
        "database/account_store.py",
        "database/vault.py",
        "exchange_clients/shared/assembly.py",
    ),
    "datetime.now": (),
    "datetime.utcnow": (),
    "datetime.datetime.now": (),
    "date.today": (),
    "time.sleep": (),
    "asyncio.to_thread": ("app/key_watch.py",),
}
"""Dotted name -> where it may be used."""


@pytest.mark.parametrize(("module", "owners"), OWNERS.items(), ids=OWNERS)
def test_a_module_is_imported_only_by_its_owner(module: str, owners: tuple[str, ...]) -> None:
    strangers = {
        (source.path, line)
        for source in sources()
        if not source.within(*owners)
        for line, _ in imports_of(source.tree, [module])
    }
    assert not strangers, lines_of(strangers)


@pytest.mark.parametrize(("name", "owners"), USES.items(), ids=USES)
def test_a_name_is_used_only_by_its_owner(name: str, owners: tuple[str, ...]) -> None:
    strangers = {
        (source.path, line)
        for source in sources()
        if not source.within(*owners)
        for line, _ in uses_of(source.tree, [name])
    }
    assert not strangers, lines_of(strangers)


CURVES = (
    "coincurve",
    "cryptography",
    "ecdsa",
    "eth_account",
    "eth_keys",
    "fast_stark_crypto",
    "nacl",
)


def test_simulators_verify_signatures_in_one_module_each() -> None:
    strangers = {
        (source.path, line)
        for source in sources("venue_simulators/")
        if not source.path.endswith("/signatures.py")
        for line, _ in imports_of(source.tree, CURVES)
    }
    assert not strangers, lines_of(strangers)
