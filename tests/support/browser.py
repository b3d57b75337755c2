"""A headless Chromium, driven by its own protocol over a WebSocket: nothing else is needed."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

START_S = 20.0
WAIT_S = 15.0
NAMES = ("chromium", "chromium-browser", "google-chrome")


class BrowserError(Exception):
    """The browser did not do what it was told."""


class Browser:
    """One page of a browser.

    Args:
        connection: The page's own.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self.troubles: list[str] = []
        """What the page complained of: exceptions, and what the browser refused to load."""
        for domain in ("Page", "Runtime", "Log"):
            self.command(f"{domain}.enable")

    def command(self, method: str, **parameters: object) -> Any:  # whatever it answers
        """Send a command and return its result."""
        number = next(self._numbers)
        told = {"id": number, "method": method, "params": parameters}
        self._connection.send(json.dumps(told))
        while True:
            message = json.loads(self._connection.recv(WAIT_S))
            self._note(message)
            if message.get("id") == number:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error']}")
                return message["result"]

    def open(self, url: str) -> None:
        """Go to an address."""
        self.command("Page.navigate", url=url)
        self.until("document.readyState === 'complete'")

    def run(self, script: str) -> Any:  # whatever it evaluates to
        """Evaluate JavaScript in the page; promises are awaited."""
        answer = self.command(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until JavaScript evaluates to something true."""
        end_s = time.monotonic() + WAIT_S
        while not self._holds(script):
            assert time.monotonic() < end_s, f"never true: {script}; {self.troubles}"
            time.sleep(0.05)

    def _holds(self, script: str) -> bool:
        try:
            return bool(self.run(script))
        except BrowserError:
            return False  # the page is just being left for another

    def press(self, key: str) -> None:
        """Press and release a key."""
        text = key if len(key) == 1 else "\r" if key == "Enter" else ""
        for kind in ("keyDown", "keyUp"):
            self.command("Input.dispatchKeyEvent", type=kind, key=key, code=key, text=text)

    def resize(self, width: int, height: int, *, scale: float = 1, dark: bool = False) -> None:
        """Take the size of a screen, and what its owner prefers."""
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=scale, mobile=width < 600,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, path: Path) -> None:
        """Write what is seen as PNG."""
        told = self.command("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(told["data"]))

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Runtime.exceptionThrown":
            self.troubles.append(json.dumps(message["params"]["exceptionDetails"])[:500])
        if message.get("method") == "Log.entryAdded":
            entry = message["params"]["entry"]
            if entry["level"] == "error":
                self.troubles.append(f"{entry['text']} {entry.get('url', '')}")


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Run a browser for as long as the block lasts; skips where none is installed."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"no browser is installed ({', '.join(NAMES)})")
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
    quiet = ("--no-first-run", "--disable-background-networking", "--disable-extensions")
    process = subprocess.Popen(
        [
            program, *flags, *quiet, "--remote-debugging-port=0", f"--user-data-dir={folder}",
            "about:blank",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with connect(_page_address(folder), max_size=None) as connection:
            yield Browser(connection)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _page_address(folder: Path) -> str:
    """Return the address of the page; the browser writes its port into its folder."""
    port_file = folder / "DevToolsActivePort"
    end_s = time.monotonic() + START_S
    while not (port_file.exists() and len(port_file.read_text().splitlines()) == 2):
        assert time.monotonic() < end_s, "the browser did not start"
        time.sleep(0.05)
    port, path = port_file.read_text().splitlines()
    with connect(f"ws://127.0.0.1:{port}{path}", max_size=None) as connection:
        told = {"id": 1, "method": "Target.getTargets", "params": {}}
        connection.send(json.dumps(told))
        targets = json.loads(connection.recv(WAIT_S))["result"]["targetInfos"]
        number = next(each["targetId"] for each in targets if each["type"] == "page")
    return f"ws://127.0.0.1:{port}/devtools/page/{number}"
