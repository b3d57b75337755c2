"""What the API's description promises, tried with inputs that are drawn from it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import schemathesis
from hypothesis import HealthCheck, given, settings

from tests.support.rate_stage import client_of, collection, open_store, rate, service_state

EXAMPLES = int(os.environ.get("RATE_API_EXAMPLES", "6"))
"""Inputs of each route."""
LOCAL = {"host": "127.0.0.1"}


def test_every_answer_is_as_described(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    told = (
        collection("lighter", rate("BTC", "0.0000125", "1", None), rate("ETH", "-0.0001")),
        collection("grvt", rate("BTC", "0.0003", "4"), rate("1INCH", "0.0001")),
    )
    for each in told:
        store.record(each)
    app = client_of(service_state(store, *told)).app
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=LOCAL)
    tried = []
    # The stream never ends, so no answer of it can be compared with its description.
    for found in schema.exclude(path="/api/v1/stream").get_all_operations():
        operation = cast(Any, found).ok()  # it says why where the description is wrong
        verify_operation(operation)
        tried.append(operation.path)
    assert len(tried) == 14
    store.close()


def verify_operation(operation: Any) -> None:  # of a library whose types are its own
    """Ask a route whatever its description allows, and some of what it does not."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        response = case.call(headers=LOCAL)
        # No description can say that one parameter must not be below another.
        if "must not be below" not in response.text:
            case.validate_response(response)
        assert response.status_code < 500

    ask()
