"""The example of the document on executions trades as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from exchange_clients.paper.client import PaperClient
from exchange_clients.paper.sources.base import SourceEvent
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop
from tests.exchange_clients.paper.client_stage import play
from tests.exchange_clients.paper.venue_stage import quote

DOCUMENT = Path(__file__).parents[2] / "docs" / "execution.md"


def test_the_example_buys_what_it_says() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    example: dict[str, Any] = {}  # the names that the example defines
    exec(compile(block, str(DOCUMENT), "exec"), example)
    events: list[SourceEvent] = [quote(second, 100.0, 100.1) for second in range(100)]

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        told = await example["buy_half_a_bitcoin"]({"paper": client}, VirtualClock(loop))
        assert told == "filled: 0.500 at 100.1"

    play(act, events)
