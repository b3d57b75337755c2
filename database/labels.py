"""Names that people give, and that become part of a file's name."""

from __future__ import annotations

import re

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
LABEL_WORDS = "a name of letters, digits, _ and -"
