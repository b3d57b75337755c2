"""``runbot.py watch``: shows running bots on one screen, and tells them what their keys say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from app import values
from app.arguments import Given
from app.configuration import env_file_layer
from app.errors import ExitCode, UsageError
from app.precedence import plain_variables
from exchange_clients.shared.transport.aiohttp_transport import AiohttpTransport

TOKEN = "PERP__CONTROL__TOKEN"  # the name of a variable


def watch(given: Mapping[str, Given], environment: Mapping[str, str]) -> int:
    """Show the screen until it is left.

    Raises:
        UsageError: Textual is not installed, or an address is none.
    """
    try:
        from app.watch.screen import WatchApp  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise UsageError(
            f"watch needs {error.name}, which is not installed: pip install -e '.[watch]'"
        ) from error
    from app.watch.bots import Bots  # noqa: PLC0415  # brings the network

    process = {name: Given(value, name) for name, value in environment.items()}
    variables = plain_variables(process, env_file_layer(given.get("env_file")))
    urls = _words(given, "bots")
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"--bots: {url!r} is not allowed: addresses such as http://host:8210")
    folders = [Path(each) for each in _words(given, "state_dir") or ("state",)]
    bots = Bots(AiohttpTransport(), urls, variables.get(TOKEN, ""), folders)
    WatchApp(bots).run()
    return ExitCode.DONE


def _words(given: Mapping[str, Given], key: str) -> tuple[str, ...]:
    return values.words(given[key].value) if key in given else ()
