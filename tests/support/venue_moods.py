"""Simulated venues at their best and at their worst: by seed, so that both are survived."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from venue_simulators.aster import simulator as aster
from venue_simulators.aster.terms import AsterTerms
from venue_simulators.backpack import simulator as backpack
from venue_simulators.backpack.habits import Habits
from venue_simulators.binance import simulator as binance
from venue_simulators.binance.terms import BinanceTerms, KeyKind
from venue_simulators.bybit import simulator as bybit
from venue_simulators.bybit.terms import BybitTerms
from venue_simulators.edgex import simulator as edgex
from venue_simulators.edgex.terms import EdgexTerms
from venue_simulators.grvt import simulator as grvt
from venue_simulators.grvt.terms import GrvtTerms
from venue_simulators.lighter import simulator as lighter
from venue_simulators.lighter.terms import LighterTerms, Tier
from venue_simulators.okx import simulator as okx
from venue_simulators.okx.terms import OkxTerms
from venue_simulators.options import SimulatorOptions
from venue_simulators.paradex import simulator as paradex
from venue_simulators.paradex.terms import ParadexTerms
from venue_simulators.simulator import VenueSimulator

MS, S = 1_000_000, 1_000_000_000


def moody_venue(name: str, options: SimulatorOptions) -> VenueSimulator:
    """Return a venue; with even seeds its lists trail, its cancels take time, its logins end."""
    return _MOODS[name](options, options.seed % 2 == 0)


def _aster(options: SimulatorOptions, slow: bool) -> VenueSimulator:
    return aster.build(options, AsterTerms(read_delay_ns=(900 if slow else 0) * MS))


def _backpack(options: SimulatorOptions, slow: bool) -> VenueSimulator:
    habits = Habits(visibility_ns=1200 * MS, cancel_delay_ns=250 * MS) if slow else Habits()
    return backpack.build(options, habits)


def _binance(options: SimulatorOptions, slow: bool) -> VenueSimulator:
    # Keys of either kind, and lists that trail.
    late = BinanceTerms(read_delay_ns=900 * MS, key_kind=KeyKind.ED25519)
    return binance.build(options, late if slow else BinanceTerms())


def _bybit(options: SimulatorOptions, slow: bool) -> VenueSimulator:
    slow_verdicts = BybitTerms(verdict_delay_ns=300 * MS, history_lag_ns=1500 * MS)
    return bybit.build(options, slow_verdicts if slow else BybitTerms())


def _edgex(options: SimulatorOptions, slow: bool) -> VenueSimulator:
    # An order that ended is soon in the history alone, and its fills are booked late.
    slow_books = EdgexTerms(
        verdict_delay_ns=400 * MS,
        censor_delay_ns=300 * MS,
        cancel_delay_ns=400 * MS,
        ended_visible_ns=5 * S,
    )
    return edgex.build(options, slow_books if slow else EdgexTerms())


def _grvt(options: SimulatorOptions, slow: bool) -> VenueSimulator:
    slow_terms = GrvtTerms(
        read_delay_ns=700 * MS, cookie_lifetime_ns=600 * S, sockets_outlive_login=False
    )
    return grvt.build(options, slow_terms if slow else GrvtTerms())


def _lighter(options: SimulatorOptions, slow: bool) -> VenueSimulator:
    # The smallest tier is asked for with every fourth seed: sixty requests a minute in all.
    tier = Tier.STANDARD if options.seed % 4 == 0 else Tier.PREMIUM
    lag_ns = (1500 if slow else 300) * MS
    return lighter.build(options, LighterTerms(tier, read_lag_ns=lag_ns))


def _okx(options: SimulatorOptions, slow: bool) -> VenueSimulator:
    # A book that begins with an update is asked for; who subscribes is told a fill once more.
    at_its_worst = OkxTerms(
        read_delay_ns=900 * MS, book_snapshots=False, paged_account=True, replays_fills=True
    )
    return okx.build(options, at_its_worst if slow else OkxTerms())


def _paradex(options: SimulatorOptions, slow: bool) -> VenueSimulator:
    slow_answers = ParadexTerms(verdict_delay_ns=400 * MS, cancel_delay_ns=400 * MS)
    return paradex.build(options, slow_answers if slow else ParadexTerms())


_MOODS: Mapping[str, Callable[[SimulatorOptions, bool], VenueSimulator]] = {
    "aster": _aster,
    "backpack": _backpack,
    "binance": _binance,
    "bybit": _bybit,
    "edgex": _edgex,
    "grvt": _grvt,
    "lighter": _lighter,
    "okx": _okx,
    "paradex": _paradex,
}
