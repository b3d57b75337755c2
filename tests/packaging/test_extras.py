"""The extra of a venue is enough, alone, to trade there: nothing else lies beside the library."""

from __future__ import annotations

import asyncio
import os
import re
import sysconfig
import tomllib
import venv
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from venue_simulators.catalogue import VENUES, start

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "exchange_clients" / "pyproject.toml").read_text())["project"]
TRADE = """
import asyncio, sys
from decimal import Decimal
from exchange_clients import ExchangeFactory

async def main():
    client = ExchangeFactory.create_exchange(sys.argv[1], {"environment": "simulator"})
    await client.connect()
    contract_id, _ = await client.get_contract_attributes("BTC")
    bid, ask = await client.fetch_bbo_prices(contract_id)
    far = bid * Decimal("0.95")
    placed = await client.place_limit_order(contract_id, Decimal("0.01"), far, "buy")
    cancelled = await client.cancel_order(placed.client_order_id)
    await client.disconnect()
    print(placed.success, cancelled.status)

asyncio.run(main())
"""

pytestmark = pytest.mark.slow


def installed_with(extra: str) -> set[str]:
    """Return every distribution that the library needs with one extra, by its name."""
    waiting = [Requirement(each) for each in PROJECT["dependencies"]]
    waiting += [Requirement(each) for each in PROJECT["optional-dependencies"][extra]]
    needed: dict[str, Path] = {}
    while waiting:
        wanted = waiting.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if name in needed or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        try:
            needed[name] = Path(str(distribution(name).locate_file("")))
        except PackageNotFoundError:
            pytest.fail(f"{name} is needed by {extra} and not installed")
        waiting += [Requirement(each) for each in distribution(name).requires or ()]
    return set(needed)


@pytest.fixture(params=VENUES)
def venue(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def interpreter(venue: str, tmp_path: Path) -> Path:
    """An interpreter that sees the library and what one venue's extra installs."""
    venv.create(tmp_path / "venv", symlinks=True)
    (target,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    installed = Path(sysconfig.get_path("purelib"))
    (target / "exchange_clients").symlink_to(ROOT / "exchange_clients")
    for name in sorted(installed_with(venue)):
        for top in {file.parts[0] for file in distribution(name).files or ()} - {".."}:
            if not (target / top).exists():
                (target / top).symlink_to(installed / top)
    return tmp_path / "venv" / "bin" / "python"


def test_the_extra_of_a_venue_is_all_that_is_needed_to_trade_there(
    venue: str, interpreter: Path, tmp_path: Path
) -> None:
    script = tmp_path / "trade.py"
    script.write_text(TRADE)

    async def main() -> tuple[str, str, int | None]:
        async with start(venue) as server:
            variables = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
            child = await asyncio.create_subprocess_exec(
                str(interpreter),
                str(script),
                venue,
                cwd=tmp_path,
                env={**variables, **server.environment()},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            out, errors = await child.communicate()
            return out.decode().strip(), errors.decode(), child.returncode

    out, errors, code = asyncio.run(main())
    assert (out, code) == ("True canceled", 0), errors


def test_no_venue_brings_what_another_needs() -> None:
    """Venues that sign alike need the same; otherwise no two have anything in common."""
    own = [
        frozenset(Requirement(line).name for line in lines)
        for each, lines in PROJECT["optional-dependencies"].items()
        if each in VENUES
    ]
    distinct = set(own)
    assert sum(map(len, distinct)) == len(frozenset().union(*distinct))
