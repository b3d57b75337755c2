"""The page of capabilities says what the clients say."""

from __future__ import annotations

from exchange_clients.base_models import Feature
from tests.conformance.capabilities import EVIDENCE, PAGE, page
from tests.conformance.cases import CASES


def test_page_of_capabilities_is_what_the_clients_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "docs/capabilities.md is old: run python -m tests.conformance.capabilities"
    )


def test_every_feature_is_held_by_a_case() -> None:
    assert set(EVIDENCE) == set(Feature)
    assert all(case in CASES for case in EVIDENCE.values())
