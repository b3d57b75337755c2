"""Why a venue's client says No, for each No of the page of capabilities.

The toy venue is left out: it is there to be read and has what its reader needs.
"""

from __future__ import annotations

from collections.abc import Mapping

from exchange_clients.base_models import Feature
from exchange_clients.shared.account_words import (
    BracketWords,
    FeeWords,
    MarginModeWords,
    PermissionWords,
    PositionModeWords,
)
from exchange_clients.shared.venue import AmendWords, BatchWords, DeadManWords, TimeWords

SAID_BY_FEATURE: Mapping[type[object], Feature] = {
    AmendWords: Feature.AMEND,
    DeadManWords: Feature.DEAD_MAN,
    PositionModeWords: Feature.HEDGE_MODE,
}
"""Vocabularies whose absence a feature's row says already."""

_NO_SUCH_ORDER = "The venue has no such order."
_ONE_WAY = "The venue nets both sides of a market."
_GROUP = "They are orders of a group, which our words do not send: each of ours goes alone."
_NOT_TOLD = "The venue tells no such thing of an account, or only beside what is not read here."
_OWN = "The embedded engine has one account, one margin and one set of fees, as configured."

REASONS: Mapping[str, Mapping[Feature | type[object], str]] = {
    "aster": {Feature.ATTACHED_EXITS: "They are strategies of their own, not words of an order."},
    "binance": {Feature.ATTACHED_EXITS: _NO_SUCH_ORDER},
    "backpack": {
        Feature.TRAILING_STOP: _NO_SUCH_ORDER,
        Feature.AMEND: "The venue changes no resting order but one that would flip a position.",
        Feature.HEDGE_MODE: _ONE_WAY,
        Feature.DEAD_MAN: "The venue has no such switch.",
        BracketWords: "The margin grows with the root of the position: there are no steps to list.",
        FeeWords: "The unit of the account's fee fields is not documented, so they are not read.",
        MarginModeWords: "All positions share one margin.",
        PermissionWords: _NOT_TOLD,
    },
    "bybit": {
        Feature.DEAD_MAN: "The switch is for institutional clients alone.",
        MarginModeWords: "The mode is the whole account's and not a market's.",
        PermissionWords: _NOT_TOLD,
    },
    "edgex": {
        Feature.TRAILING_STOP: _NO_SUCH_ORDER,
        Feature.AMEND: "An order is cancelled and another one placed.",
        Feature.HEDGE_MODE: _ONE_WAY,
        Feature.DEAD_MAN: "The venue has no such switch.",
        BatchWords: "The venue takes one order a request.",
        MarginModeWords: "What the numbers of the modes mean is not documented.",
        PermissionWords: _NOT_TOLD,
    },
    "grvt": {
        Feature.TRAILING_STOP: _NO_SUCH_ORDER,
        Feature.AMEND: "The venue changes no price or size in place.",
        Feature.HEDGE_MODE: _ONE_WAY,
        Feature.ATTACHED_EXITS: _GROUP,
        BatchWords: "Bulk orders cost as much as single ones, and one more.",
        FeeWords: "Only the main account is told its fee tier; keys here are of a sub account.",
        PermissionWords: _NOT_TOLD,
    },
    "lighter": {
        Feature.TRAILING_STOP: _NO_SUCH_ORDER,
        Feature.HEDGE_MODE: _ONE_WAY,
        Feature.ATTACHED_EXITS: _GROUP,
        BatchWords: "The answer to a batch is one code for all, and no outcome for each.",
        BracketWords: "A market has one margin for every size of position.",
        PermissionWords: _NOT_TOLD,
        TimeWords: "The venue's time is read from the head of its answers.",
    },
    "okx": {
        BatchWords: "The order socket takes single orders as fast, each with a verdict of its own.",
        MarginModeWords: "Every order names its mode, and ours are in cross margin.",
    },
    "paper": {
        Feature.HEDGE_MODE: _OWN,
        Feature.ATTACHED_EXITS: _OWN,
        Feature.DEAD_MAN: "It dies with the process that it would guard.",
        BatchWords: "Nothing is saved where no request is sent.",
        BracketWords: _OWN,
        FeeWords: _OWN,
        MarginModeWords: _OWN,
        PermissionWords: _OWN,
    },
    "paradex": {
        Feature.TRAILING_STOP: _NO_SUCH_ORDER,
        Feature.HEDGE_MODE: _ONE_WAY,
        Feature.ATTACHED_EXITS: _NO_SUCH_ORDER,
        Feature.DEAD_MAN: "The venue's covers the orders of one socket, and ours go over HTTP.",
        PermissionWords: _NOT_TOLD,
    },
}
"""By venue, for each feature and vocabulary that it has not."""


def name_of(lacking: Feature | type[object]) -> str:
    """Return what the page calls a feature or a vocabulary."""
    return lacking.value.replace("_", " ") if isinstance(lacking, Feature) else lacking.__name__


def reasons() -> str:
    """Return every reason as a row of the page."""
    return "\n".join(
        f"- {venue}, {name_of(lacking)}: {why}"
        for venue, told in REASONS.items()
        for lacking, why in told.items()
    )
