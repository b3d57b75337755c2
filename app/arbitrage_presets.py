"""The configurations of funding arbitrage that come with the project, and the writing of them.

``python -m app.arbitrage_presets`` writes ``configs/funding_arbitrage/*.yml`` anew.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from app.presets import CONFIGS
from app.settings import PAPER
from exchange_clients.factory import ExchangeFactory
from strategies.implementations.funding_arbitrage.config_builder.builder import Preset, config_text

FOLDER = CONFIGS / "funding_arbitrage"
TWO_ACCOUNTS = (f"{PAPER}:one", f"{PAPER}:two")
LOOK = "  python runbot.py opportunities"


def arbitrage_presets() -> Mapping[str, Preset]:
    """Return what each file says, by its name."""
    real = [name for name in ExchangeFactory.names() if name != PAPER]
    return {
        "default.yml": Preset(
            "Funding arbitrage over two paper venues, with every parameter at its default.",
            TWO_ACCOUNTS,
        ),
        "conservative.yml": Preset(
            "Few, small pairs that earn their costs within a day, at low leverage.",
            TWO_ACCOUNTS,
            values={
                "min_edge": "0.1",
                "max_break_even_hours": "24",
                "max_leverage": "2",
                "max_positions": "3",
                "max_new_per_cycle": "1",
                "min_volume_usd": "5000000",
                "min_open_interest_usd": "2000000",
                "min_liquidation_distance": "20",
            },
        ),
        "every_venue.yml": Preset(
            "Funding arbitrage over every venue there is; leave those out where you have no "
            f"account.\nWhat it would find, without keys:\n{LOOK}",
            real,
        ),
    }


def write_presets() -> list[str]:
    """Write every file; return their names."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, preset in arbitrage_presets().items():
        (FOLDER / name).write_text(config_text(preset), encoding="utf-8")
    return list(arbitrage_presets())


if __name__ == "__main__":
    sys.stdout.write(f"wrote {', '.join(write_presets())} to {FOLDER}\n")
