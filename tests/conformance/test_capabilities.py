"""The page of capabilities says what the clients say."""

from __future__ import annotations

from exchange_clients.base_models import Feature
from tests.conformance.capabilities import EVIDENCE, PAGE, WORDS, every, page
from tests.conformance.cases import CASES
from tests.conformance.reasons import REASONS, SAID_BY_FEATURE


def test_page_of_capabilities_is_what_the_clients_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "docs/capabilities.md is old: run python -m tests.conformance.capabilities"
    )


def test_every_feature_is_held_by_a_case() -> None:
    assert set(EVIDENCE) == set(Feature)
    assert all(case in CASES for case in EVIDENCE.values())


def test_every_no_has_its_reason_and_no_yes_has_one() -> None:
    for venue, said in every().items():
        if venue == "toy":
            continue
        lacking = {feature for feature, held in said.features.items() if not held} | {
            kind for kind in WORDS if not said.words[kind.__name__] and kind not in SAID_BY_FEATURE
        }
        assert set(REASONS.get(venue, {})) == lacking, venue
