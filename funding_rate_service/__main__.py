"""``python -m funding_rate_service``: collect and serve until Ctrl-C."""

from __future__ import annotations

import os
import sys

from funding_rate_service.main import main

if __name__ == "__main__":
    sys.exit(main(None, os.environ))
