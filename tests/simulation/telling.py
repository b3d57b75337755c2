"""What the harness says, on the screen and at once: a long run is watched."""

from __future__ import annotations

import sys

from tests.simulation.jobs import Played


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def tell_red(played: Played, command: str) -> None:
    """Say of a seed in breach what was broken, and how it is played again."""
    if played.breaches:
        say(f"RED {command}")
        for text in played.breaches:
            say(f"    {text}")
