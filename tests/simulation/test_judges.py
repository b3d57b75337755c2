"""The judge shares nothing with the bot: it reads the venues' truth, and never the bot's logic."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.detectors import imports
from tests.architecture.source_tree import ROOT

FOLDER = "tests/simulation"
SEES_EVENTS = (
    "truth",
    "whole/truth",
    "whole/books",
    "whole/calm",
    "whole/cells",
    "whole/hedges",
    "whole/knowing",
    "whole/limits",
    "whole/means",
    "whole/pauses",
    "whole/rates",
    "whole/times",
)
"""Who judges the truth alone, without a word of the bot."""
COMPARES = (
    "quiet",
    "whole/settled",
    "whole/watching",
    "whole/wire_rules",
    "whole/lasting",
    "whole/bounds",
    "whole/going_by",
)
"""Who puts what the bot says beside it."""
VALUES = (
    "exchange_clients.base_models",
    "exchange_clients.base_funding_adapter",
    "exchange_clients.base_websocket",
    "exchange_clients.errors",
    "exchange_clients.events",
    "exchange_clients.journal",
)
"""Words that both sides speak."""
JUDGED = (
    "app.live_venue",
    "app.session",
    "exchange_clients.shared.client.venue_client",
    "execution.legs.record",
    "execution.legs.report",
    "execution.legs.state",
    "execution.legs_desk",
    "strategies.implementations.funding_arbitrage.exits",
    "strategies.implementations.funding_arbitrage.state",
    "strategies.implementations.funding_arbitrage.strategy",
    "strategies.implementations.grid.range_state",
    "strategies.implementations.grid.state",
)
"""What is asked for what it says: of it nothing is called that decides or computes."""
OF_THE_BOT = (
    "app",
    "database",
    "exchange_clients",
    "execution",
    "funding_rate_service",
    "helpers",
    "reporting",
    "strategies",
    "trading_bot",
)


@pytest.mark.parametrize("name", [*SEES_EVENTS, *COMPARES])
def test_a_judge_knows_values_and_none_of_the_logic_that_it_judges(name: str) -> None:
    allowed = (*VALUES, *(JUDGED if name in COMPARES else ()))
    tree = ast.parse((ROOT / FOLDER / f"{name}.py").read_text())
    found = {
        imported
        for _, imported in imports(tree)
        if imported.partition(".")[0] in OF_THE_BOT
        and not any(imported == each or imported.startswith(f"{each}.") for each in allowed)
    }
    assert not found
