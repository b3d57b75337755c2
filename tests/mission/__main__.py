"""``python -m tests.mission`` prints row -> test -> outcome; fails on a row due and not shown."""

from __future__ import annotations

import sys

from tests.mission.report import missing, run, table
from tests.mission.rows import ROWS

outcomes = run(ROWS)
unshown = missing(ROWS, outcomes)
later = sum(bool(row.later) for row in ROWS)
shown = len(ROWS) - later - len(unshown)
sys.stdout.write("\n".join(["", *table(ROWS, outcomes), "", ""]))
sys.stdout.write(f"{shown} rows shown, {later} later, {len(unshown)} due and missing\n")
sys.stdout.writelines(f"  {name}\n" for name in unshown)
sys.exit(bool(unshown))
