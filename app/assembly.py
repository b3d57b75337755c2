"""Builds and runs one run, and says and writes what came of it."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TypeAlias

from app.companions import companions_of
from app.ending import report_of, show_kept_state, show_summary, write_reports
from app.errors import ExitCode, RunFailed
from app.paper_market import open_sources
from app.paper_stage import PaperStage
from app.run_diary import RunDiary, identify
from app.run_positions import Claim, explained_by, position_check
from app.run_state import RunState
from app.run_store import followed
from app.run_venue import Stage
from app.served_paper import paper_is_served, refuse_another_time
from app.session import Hooks, Session
from app.settings import PAPER, RunSettings, venue_kind
from app.sheet_view import sheet_text
from database.lease import Holder
from exchange_clients.events import BestBidOffer
from exchange_clients.journal import JournalError
from exchange_clients.paper.sources.base import MarketSource
from exchange_clients.shared.clock import SystemClock
from execution.close_out import owned_quantities
from execution.position_check import Explained, PositionCheck
from helpers.unified_logger import setup_logging
from reporting.panel import Panel, PlainProgress, Progress
from strategies.base_strategy import BaseStrategy
from strategies.factory import StrategyFactory

logger = logging.getLogger(__name__)

Following: TypeAlias = Callable[[Path], AbstractContextManager[Sequence[Claim]]]
"""What keeps a store up with a journal, for as long as it is entered."""


def run(settings: RunSettings) -> int:
    """Run to the end, say and write what came of it, and return the exit code.

    Raises:
        AppError: the run could not start or go on; the message is for the user.
        ExchangeError: the venue could not be reached or refused.
        ParameterError: the strategy does not fit the market.
        RecordingError: the recording cannot be read on.
    """
    setup_logging(
        settings.logging.level,
        json=settings.logging.format == "json",
        file=settings.logging.file,
    )
    session = play_on(_stage(settings), settings, following=partial(followed, settings))
    error = session.ending.error
    try:
        _tell(session)
    except RunFailed as failure:
        raise RunFailed(f"{error}; besides, {failure}" if error else str(failure)) from failure
    if error is not None:
        raise error
    return ExitCode.INTERRUPTED if session.ending.interrupted else ExitCode.DONE


def _tell(session: Session) -> None:
    """Say and write what came of a run."""
    report = report_of(session)
    show_summary(report)
    show_kept_state(session)
    write_reports(report, session.settings.report)


def execute(
    settings: RunSettings,
    sources: Mapping[str, MarketSource],
    prepare: Callable[[Session], None] = lambda session: None,
) -> Session:
    """Build a run on these markets, play it to its end, and return it.

    Args:
        settings: the whole configuration.
        sources: the market of each venue.
        prepare: called with the session before it is played.
    """
    return play_on(PaperStage(settings, sources), settings, prepare)


def play_on(
    stage: Stage,
    settings: RunSettings,
    prepare: Callable[[Session], None] = lambda session: None,
    following: Following = lambda path: nullcontext(()),
) -> Session:
    """Build a run on a stage, play it to its end, and return it.

    What ends a run that has begun is kept in its ``ending``, so that what was done is reported.

    Args:
        stage: where it takes place.
        settings: the whole configuration.
        prepare: called with the session before it is played.
        following: entered with the journal for as long as it is written; gives what the account's
            runs hold.
    """
    strategy = StrategyFactory.strategy_class(settings.strategy)(settings.strategy_parameters)
    holder = Holder.this_process()
    state = RunState(settings, holder, keeps=stage.keeps)
    try:
        with following(state.path) as claims:
            run_id = identify(state, settings, holder)

            def play(session: Session, runner: asyncio.Runner) -> None:
                session.companions += companions_of(session)
                prepare(session)
                diary = RunDiary(state, session)
                check = position_check(session, diary.on_position)
                _play_to_the_end(session, runner, diary, check)

            others = claims if stage.keeps else ()
            explained = explained_by(state.journal.fills_after, others, run_id)
            session = _play_on_loop(stage, settings, state, strategy, explained, play)
            _mark(session, state)
    finally:
        state.close()
    return session


def _play_on_loop(
    stage: Stage,
    settings: RunSettings,
    state: RunState,
    strategy: BaseStrategy,
    explained: Explained,
    play: Callable[[Session, asyncio.Runner], None],
) -> Session:
    loop = stage.make_loop(state)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        try:
            venues = runner.run(stage.open(state))
            session = Session(settings, state, venues, stage, strategy, explained)
            play(session, runner)
        finally:
            runner.run(stage.close())
    return session


def _stage(settings: RunSettings) -> Stage:
    """Return virtual time where every venue is embedded, else the machine's."""
    if paper_is_served(settings):
        refuse_another_time(settings)
    elif all(venue_kind(venue) == PAPER for venue in settings.exchange):
        return PaperStage(settings, open_sources(settings))
    # Both bring the network with them.
    if settings.environment == PAPER:
        from app.public_paper_stage import PublicPaperStage  # noqa: PLC0415

        return PublicPaperStage(settings)
    from app.live_stage import LiveStage  # noqa: PLC0415

    return LiveStage(settings)


def _play_to_the_end(
    session: Session, runner: asyncio.Runner, diary: RunDiary, check: PositionCheck
) -> None:
    try:
        _play(session, runner, diary, check)
    except Exception as error:  # whatever ended it, what was done is reported
        if not session.started:
            raise
        session.ending.fail(error)
    if session.started:
        diary.end()


def _mark(session: Session, state: RunState) -> None:
    """Mark a run as finished that is not to be taken up again."""
    ending = session.ending
    # A halt that only a person may lift has to outlive the run, so its state is taken up again.
    unfinished = ending.interrupted or ending.error is not None or session.stays_halted
    if unfinished and session.stage.keeps:
        return
    now_ns = session.clock.now_ns()
    # What is held at its venues goes on whether anybody watches it or not, and another run would
    # take it for somebody else's.
    ending.extended = ending.time_is_up and session.stage.remembers and _holds(session)
    try:
        if ending.extended:
            state.extend(now_ns)
        else:
            state.journal.mark_finished(now_ns)
    except JournalError as error:
        ending.fail(error)


def _holds(session: Session) -> bool:
    """Whether a run's own fills leave anything at a venue."""
    return any(any(owned_quantities(session.fills(venue)).values()) for venue in session.venues)


def _play(session: Session, runner: asyncio.Runner, diary: RunDiary, check: PositionCheck) -> None:
    progress = _progress(session)

    def on_start(bbo: BestBidOffer | None) -> None:
        diary.begin()
        check.start()
        if diary.resumed:
            sys.stdout.write(
                f"going on with the unfinished run in {session.state_path}; "
                "--fresh would start anew\n"
            )
        _show_sheet(session, bbo)
        progress.start()

    def refresh() -> None:
        diary.look()
        progress.maybe_refresh()

    async def play() -> None:
        try:
            await session.play(Hooks(on_start, refresh))
        finally:
            await check.close()

    try:
        runner.run(play())
    finally:
        progress.stop()


def _progress(session: Session) -> Progress:
    if session.settings.panel and sys.stdout.isatty():
        return Panel(session.recorder.snapshot, SystemClock(), title=session.title)
    return PlainProgress(session.recorder.snapshot, SystemClock(), stream=sys.stdout)


def _show_sheet(session: Session, bbo: BestBidOffer | None) -> None:
    if bbo is None:
        return
    market = session.market
    rows = session.strategy.sheet(market.price_of(bbo.bid), market.price_of(bbo.ask))
    if rows:
        sys.stdout.write(sheet_text(f"{session.title}, before the start", rows))
