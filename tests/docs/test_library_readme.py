"""The blocks of the library's README run as they stand, each on a simulator of its venue."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from types import CodeType

import pytest

from tests.architecture.source_tree import ROOT
from venue_simulators.catalogue import start

README = (ROOT / "exchange_clients" / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
PRINTED = {
    "lighter": r"canceled",
    "backpack": r"[\d.]+(\n[\d.]+ [\d.]+)*",
    "grvt": r"(\w+( [-\d.E]+){3}\n?)+",
}


def venue_of(block: str) -> str:
    found = re.search(r"from exchange_clients\.(\w+) import", block)
    assert found is not None
    return found[1]


def test_there_is_a_block_for_client_streams_and_adapter() -> None:
    assert sorted(map(venue_of, BLOCKS)) == sorted(PRINTED)
    for kind in ("Client", "WebSocketManager", "FundingAdapter"):
        assert sum(kind in block for block in BLOCKS) == 1


@pytest.mark.parametrize("block", BLOCKS, ids=venue_of)
def test_a_block_runs_as_it_stands(
    block: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    venue = venue_of(block)
    code: CodeType = compile(block, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    assert code.co_flags & inspect.CO_COROUTINE

    async def main() -> None:
        async with start(venue) as server:
            for name, value in server.environment().items():
                monkeypatch.setenv(name, value)
            await eval(code, {})

    asyncio.run(main())
    assert re.fullmatch(PRINTED[venue], capsys.readouterr().out.strip())
