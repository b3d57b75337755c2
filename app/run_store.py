"""The store of a run: brought up to date before it, followed during it, complete after it.

What fails before the run stops it, as a wrong address should; what fails later is told and made up
for by the next start, because the journals hold all of it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.errors import RunFailed
from app.run_positions import Claim
from app.settings import RunSettings
from app.strategy_views import told_by_states
from database.follower import Follower, catch_up
from database.store import Store
from database.store_address import StoreError

logger = logging.getLogger(__name__)


@contextmanager
def followed(settings: RunSettings, journal: Path) -> Iterator[Sequence[Claim]]:
    """Follow a run's journal for as long as the block lasts; give what the account's runs hold.

    Raises:
        RunFailed: the store cannot be used; says what to do.
    """
    try:
        store = Store(settings.store)
    except StoreError as error:
        raise RunFailed(str(error)) from error
    try:
        # Before the run writes: a journal that lost its tail would use its numbers again.
        claims = _begin(store, settings)
        follower = Follower(store, journal, told_by_states)
        follower.start()
        try:
            yield claims
        finally:
            follower.stop()
            _finish(store, settings.state_dir)
    finally:
        store.close()


def _begin(store: Store, settings: RunSettings) -> list[Claim]:
    try:
        _catch_up(store, settings.state_dir)
        held = store.held(settings.account, settings.environment)
    except StoreError as error:
        raise RunFailed(str(error)) from error
    return [Claim(*row) for row in held]


def _finish(store: Store, state_dir: Path) -> None:
    try:
        _catch_up(store, state_dir)
    except StoreError as error:
        logger.warning("event=store_behind error=%s next=the_next_start_catches_up", error)


def _catch_up(store: Store, state_dir: Path) -> None:
    for trouble in catch_up(store, state_dir, told_by_states):
        logger.warning("event=journal_left_out error=%s next=try_at_the_next_start", trouble)
