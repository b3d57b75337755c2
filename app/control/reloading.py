"""Which keys of a configuration may change while a bot runs, and how they are taken over."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from app.errors import UsageError
from app.session import Session
from app.settings import SECTIONS, RunSettings

RELOADABLE_SECTION = "risk"
NOT_OF_RISK = ("read_seconds",)
"""Keys of that section whose timers run already."""
RELOADABLE = ("logging.level",)
"""Keys of others."""


def reload_settings(session: Session) -> Sequence[str]:
    """Take over what has changed; return the keys with their new values.

    Raises:
        UsageError: the configuration is wrong, or something changed that may not; nothing was
            taken over.
    """
    if session.settings.rebuild is None:
        raise UsageError("this run was not started from a configuration that can be read again")
    new: RunSettings = session.settings.rebuild()
    changed = changed_keys(session.settings, new)
    stuck = [key for key in changed if not may_change(key)]
    if stuck:
        raise UsageError(
            f"{', '.join(stuck)} cannot change while the bot runs: end it and start it again; "
            f"risk.* (but {', '.join(NOT_OF_RISK)}) and {', '.join(RELOADABLE)} can"
        )
    session.settings = new
    session.risk.adopt(new.risk.limits)
    logging.getLogger().setLevel(new.logging.level)
    return [f"{key} = {_value(new, key)}" for key in changed]


def may_change(key: str) -> bool:
    """Tell whether a key may change while the bot runs."""
    section, _, name = key.partition(".")
    return key in RELOADABLE or (section == RELOADABLE_SECTION and name not in NOT_OF_RISK)


def changed_keys(old: RunSettings, new: RunSettings) -> list[str]:
    """Return the keys whose values differ; secrets by their names alone."""
    keys = [
        f"{section}.{name}" for section, model in SECTIONS.items() for name in model.model_fields
    ]
    changed = [key for key in keys if _value(old, key) != _value(new, key)]
    if old.strategy != new.strategy:
        changed.append("strategy.name")
    before, after = old.strategy_parameters, new.strategy_parameters
    names = dict.fromkeys([*before, *after])
    return changed + [f"strategy.{name}" for name in names if before.get(name) != after.get(name)]


def _value(settings: RunSettings, key: str) -> object:
    section, _, name = key.partition(".")
    holder = settings if section == "run" else getattr(settings, section)
    return getattr(holder, name)
