"""Take the picture of a report page that the README shows.

python scripts/make_pictures.py REPORT.html docs/images/report.png

Needs a Chromium on the PATH; nothing is fetched. ``--dark`` and ``--size`` show other faces.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=2000",
)
DARK = "--blink-settings=preferredColorScheme=0"


def take(browser: str, page: Path, picture: Path, *, size: str, dark: bool) -> None:
    """Draw ``page`` in a browser of its own and save what it shows."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser,
            *QUIET,
            *((DARK,) if dark else ()),
            f"--user-data-dir={profile}",
            f"--window-size={size}",
            f"--screenshot={picture.resolve()}",
            page.resolve().as_uri(),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


def main() -> int:
    """Read the arguments and take the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--size", default="1200,1010", help="width,height in pixels")
    parser.add_argument("--dark", action="store_true")
    options = parser.parse_args()
    for browser in BROWSERS:
        try:
            take(browser, options.page, options.picture, size=options.size, dark=options.dark)
        except FileNotFoundError:
            continue
        return 0
    sys.stderr.write(f"no browser found: install one of {', '.join(BROWSERS)}\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
