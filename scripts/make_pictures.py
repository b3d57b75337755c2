"""Take the pictures that the README shows: of a report page, and of a terminal.

    python scripts/make_pictures.py reports/demo.html docs/images/report.png
    tmux capture-pane -p -e > panel.ansi
    python scripts/make_pictures.py panel.ansi docs/images/panel.svg

A page needs a Chromium on the PATH; ``--dark`` and ``--size`` show its other faces. A terminal's
text is drawn with its colours. Nothing is fetched.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT  # the form export_svg has by default
from rich.console import Console
from rich.text import Text

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
FONT = '"DejaVu Sans Mono"'
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


def draw(capture: Path, picture: Path, title: str) -> None:
    """Draw a terminal's captured text, ANSI colours included, as an SVG that fetches no font."""
    text = Text.from_ansi(capture.read_text(encoding="utf-8").rstrip())
    width = max(line.cell_len for line in text.split())
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    console.print(text, soft_wrap=True)
    form = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    form = form.replace("Fira Code,", f"ui-monospace, Menlo, Consolas, {FONT},")
    picture.write_text(console.export_svg(title=title, code_format=form), encoding="utf-8")


def main() -> int:
    """Read the arguments and take the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--size", default="1200,1010", help="width,height in pixels")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--title", default="make run", help="above a terminal's text")
    options = parser.parse_args()
    if options.picture.suffix == ".svg":
        draw(options.page, options.picture, options.title)
        return 0
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
