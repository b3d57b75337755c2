"""Prints how long it takes to become flat with each venue away in turn.

python -m tests.drills
"""

from __future__ import annotations

import logging
import sys

from tests.drills.kill_to_flat import VENUES, drill, table


def main() -> int:
    """Play a drill without trouble and one for each venue; print the table."""
    logging.disable(logging.CRITICAL)
    reports = [("none", drill(None)), *((name, drill(name)) for name in VENUES)]
    sys.stdout.write(table(reports) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
