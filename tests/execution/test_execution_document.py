"""The example of the document on executions trades as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from exchange_clients.paper.client import PaperClient
from exchange_clients.paper.sources.base import SourceEvent
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop
from execution.order_executor import OrderExecutor
from tests.exchange_clients.paper.client_stage import play
from tests.exchange_clients.paper.venue_stage import quote

DOCUMENT = Path(__file__).parents[2] / "docs" / "execution.md"


def examples() -> list[dict[str, Any]]:
    """Return the names that each example of the document defines."""
    found = []
    for block in re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL):
        names: dict[str, Any] = {}
        exec(compile(block, str(DOCUMENT), "exec"), names)
        found.append(names)
    return found


def test_the_example_buys_what_it_says() -> None:
    example, _ = examples()
    events: list[SourceEvent] = [quote(second, 100.0, 100.1) for second in range(100)]

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        told = await example["buy_half_a_bitcoin"]({"paper": client}, VirtualClock(loop))
        assert told == "filled: 0.500 at 100.1"

    play(act, events)


def test_each_algorithm_trades_and_reports_as_a_mode_does() -> None:
    _, example = examples()
    falling: list[SourceEvent] = [
        quote(second, 100.0 - second / 1000, 100.1 - second / 1000) for second in range(300)
    ]

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        executor = OrderExecutor({"paper": client}, VirtualClock(loop))
        contract_id, _ = await client.get_contract_attributes("BTC")
        reports = await example["spread_out"](executor, contract_id)
        assert [each.algorithm for each in reports] == ["twap", "iceberg", "chase"]
        traded = [sum(order.filled_size for order in each.orders) for each in reports]
        assert traded == [each.filled_size for each in reports]
        assert reports[0].filled
        assert not await client.get_active_orders(contract_id)
        assert await client.get_position(client.market(contract_id).symbol) == sum(traded)

    play(act, falling)
