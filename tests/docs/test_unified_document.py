"""The blocks of docs/unified-api.md run as they stand, on the simulated Binance."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re

import pytest

from exchange_clients.routing import get_current_symbol_mapping, set_symbol_exchange_mapping
from tests.architecture.source_tree import ROOT
from venue_simulators.catalogue import start

BLOCKS = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "unified-api.md").read_text("utf-8"), re.DOTALL
)
PRINTED = (
    r"Order \d+: OPEN on binance\nCANCELED",
    r"BTC BUY 0\.02\d*\nUSD True\n3\n\[\]",
    r"bybit binance",
    r"ETH -0\.50* True\nTrue",
)


def test_every_block_is_run() -> None:
    assert len(BLOCKS) == len(PRINTED)


@pytest.mark.parametrize(("block", "printed"), list(zip(BLOCKS, PRINTED, strict=True)))
def test_a_block_of_the_unified_api_runs_as_it_stands(
    block: str, printed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = compile(block, "unified-api.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    monkeypatch.chdir(ROOT)

    async def main() -> None:
        async with start("binance") as server:
            for name, value in server.environment().items():
                monkeypatch.setenv(name, value)
            result = eval(code, {})
            if inspect.isawaitable(result):
                await result

    before = get_current_symbol_mapping()
    asyncio.run(main())
    set_symbol_exchange_mapping(before)
    assert re.fullmatch(printed, capsys.readouterr().out.strip())
