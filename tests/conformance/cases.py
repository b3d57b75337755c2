"""Every case there is, by its name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from tests.conformance import (
    test_account,
    test_changed_rules,
    test_contract,
    test_fills,
    test_http_faults,
    test_lost_answers,
    test_malformed,
    test_market_data,
    test_orders,
    test_rare_faults,
    test_sides_and_exits,
    test_stream_faults,
    test_symbol_round_trips,
)
from tests.conformance.rig import Case

MODULES = (
    test_contract,
    test_orders,
    test_sides_and_exits,
    test_fills,
    test_lost_answers,
    test_http_faults,
    test_stream_faults,
    test_rare_faults,
    test_market_data,
    test_account,
    test_symbol_round_trips,
    test_malformed,
    test_changed_rules,
)

CASES: Mapping[str, Case] = {
    name: function
    for module in MODULES
    for name, function in vars(module).items()
    if name.startswith("test_") and inspect.iscoroutinefunction(function)
}
