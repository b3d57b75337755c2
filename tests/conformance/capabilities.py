"""Writes docs/capabilities.md: what each venue's client can do, and the case that holds it to that.

``python -m tests.conformance.capabilities`` asks a connected client of every venue and writes the
page; a test says so when the page is old.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from exchange_clients.base_models import Feature
from exchange_clients.shared.account_words import (
    BracketWords,
    FeeWords,
    LeverageWords,
    MarginModeWords,
    PaymentWords,
    PermissionWords,
    PositionModeWords,
)
from exchange_clients.shared.venue import (
    AmendWords,
    BatchWords,
    CancelAllWords,
    DeadManWords,
    TimeWords,
)
from tests.conformance.cases import CASES
from tests.conformance.exemptions import EXEMPTIONS
from tests.conformance.flip_fields import SURVIVORS, WATCHED
from tests.conformance.reasons import reasons
from tests.conformance.rig import Rig, play
from tests.conformance.venues import VENUES, Conforming

PAGE = Path(__file__).parents[2] / "docs" / "capabilities.md"
WORDS: tuple[type[object], ...] = (
    AmendWords, BatchWords, BracketWords, CancelAllWords, DeadManWords, FeeWords, LeverageWords,
    MarginModeWords, PaymentWords, PermissionWords, PositionModeWords, TimeWords,
)  # fmt: skip
EVIDENCE: Mapping[Feature, str] = {
    Feature.RISK_MANAGEMENT: "test_profit_is_the_venues",
    Feature.ORDER_BOOK_DEPTH: "test_live_book_is_the_venues_level_by_level",
    Feature.CONDITIONAL_ORDERS: "test_stop_waits_for_its_trigger_and_then_trades",
    Feature.TRAILING_STOP: "test_unsupported_feature_names_the_venue_and_itself",
    Feature.AMEND: "test_amend_changes_the_order_in_place",
    Feature.CANCEL_ALL: "test_cancel_all_leaves_what_is_not_ours",
    Feature.SET_LEVERAGE: "test_leverage_is_set_and_read_back",
    Feature.TRADE_HISTORY: "test_trade_history_goes_to_the_last_page",
    Feature.LIQUIDATION_EVENTS: "test_our_own_liquidation_is_heard_of",
    Feature.FUNDING_HISTORY: "test_funding_that_was_paid_is_listed",
    Feature.HEDGE_MODE: "test_hedge_mode_holds_both_sides_of_a_market",
    Feature.DEAD_MAN: "test_dead_man_switch_cancels_what_is_open_unless_it_is_renewed",
    Feature.ATTACHED_EXITS: "test_exits_come_with_the_order_that_opens",
}
"""The case that a venue with the feature passes."""
_FRAME = """\
# Capabilities

What each network venue's client can do. Every Yes is held by the named case, which runs on that
venue's simulator and is judged by the simulator's own books; `client.supports(feature)` says the
same at run time. Written by `python -m tests.conformance.capabilities`.

## Features

{features}

## Vocabularies

What a venue's words can say besides what all must. The engine uses them where they are there.

{words}

## Why not

{reasons}

## Exemptions

{count} of {runs} runs of a case on a venue are left out:

{exemptions}

## Fields that mean something else

Each field of money, side, id and status is renamed, scaled, negated or given another word, one
at a time, in every message of its kind ({flips} flips). A case goes red, or the client says that
it cannot read what it was told, except for these:

{survivors}
"""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connected client of one venue says of itself."""

    features: Mapping[Feature, bool]
    words: Mapping[str, bool]


def ask(facts: Conforming) -> Capabilities:
    """Connect a client of a venue and ask it."""
    said: list[Capabilities] = []

    async def look(rig: Rig) -> None:
        private = rig.link.private
        assert private is not None, "the rig has an account"
        spoken = (private.orders, private.account, rig.link.venue.markets)
        features = {feature: rig.client.supports(feature) for feature in Feature}
        words = {kind.__name__: any(isinstance(each, kind) for each in spoken) for kind in WORDS}
        said.append(Capabilities(features, words))

    play(facts, look)
    return said[0]


@cache
def every() -> Mapping[str, Capabilities]:
    """Ask the client of each venue once."""
    return {facts.name: ask(facts) for facts in VENUES}


def page() -> str:
    """Return the page as it should be."""
    said = every()
    features = [
        [_plain(feature.value), *(_held(feature, name, one) for name, one in said.items())]
        for feature in Feature
    ]
    words = [
        [kind.__name__, *("Yes" if one.words[kind.__name__] else "No" for one in said.values())]
        for kind in WORDS
    ]
    exemptions = [
        f"- {_plain(case.removeprefix('test_'))} on {venue} ({one.capability}): {one.why}"
        for (case, venue), one in EXEMPTIONS.items()
    ]
    return _FRAME.format(
        features=_table(["Feature", *said], features),
        words=_table(["Vocabulary", *said], words),
        count=len(EXEMPTIONS),
        runs=len(CASES) * len(VENUES),
        exemptions="\n".join(exemptions),
        reasons=reasons(),
        flips=sum(len(each.flips()) for some in WATCHED.values() for each in some),
        survivors="\n".join(
            f"- {venue}, `{leaf}` of `{kind}`, {flip.value}: {reason}"
            for (venue, kind, leaf, flip), reason in SURVIVORS.items()
        ),
    )


def _held(feature: Feature, venue: str, said: Capabilities) -> str:
    if not said.features[feature]:
        return "No"
    case = EVIDENCE[feature]
    assert (case, venue) not in EXEMPTIONS, f"{feature} of {venue} is held by no case"
    place = Path(CASES[case].__code__.co_filename).name
    return f'[Yes](../tests/conformance/{place} "{case}")'


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(name: str) -> str:
    return name.replace("_", " ")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
