"""What is mutated, and by which tests its mistakes are to be found."""

from __future__ import annotations

_LIBRARY = "tests/exchange_clients"
_SHARED = f"{_LIBRARY}/shared"

_LEGS = tuple(
    f"tests/execution/legs/test_legs_{name}.py"
    for name in (
        "choice",
        "costs",
        "ends",
        "held",
        "hearing",
        "orders",
        "machine",
        "taken",
        "properties",
    )
)

TARGETS: dict[str, tuple[str, ...]] = {
    "exchange_clients/shared/client/order_tracker.py": (
        f"{_SHARED}/client/test_order_tracker.py",
        f"{_SHARED}/client/test_order_tracker_evidence.py",
    ),
    "exchange_clients/shared/websocket/order_book.py": (
        f"{_SHARED}/test_order_book.py",
        f"{_SHARED}/test_order_book_properties.py",
    ),
    "exchange_clients/shared/transport/nonce.py": (
        f"{_SHARED}/transport/test_nonce.py",
        f"{_SHARED}/transport/test_nonce_lane.py",
    ),
    "exchange_clients/rounding.py": (f"{_LIBRARY}/test_base_models.py",),
    "exchange_clients/shared/decimal_grid.py": (f"{_SHARED}/test_decimal_grid.py",),
    "exchange_clients/shared/amounts.py": (f"{_SHARED}/test_amounts.py",),
    "exchange_clients/ledger.py": (f"{_LIBRARY}/test_ledger.py",),
    "exchange_clients/shared/flow.py": (f"{_SHARED}/test_flow.py",),
    "exchange_clients/shared/client/order_rules.py": (
        f"{_SHARED}/client/test_order_rules.py",
        f"{_SHARED}/client/test_order_outcomes.py",
        f"{_SHARED}/client/test_venue_orders.py",
    ),
    "execution/legs/machine.py": _LEGS,
    "execution/legs/moves.py": _LEGS,
    "execution/legs/phases.py": _LEGS,
    "execution/legs/choice.py": _LEGS,
    "execution/legs/costs.py": _LEGS,
    "execution/position_sizer.py": ("tests/execution/test_position_sizer.py",),
    "execution/slippage.py": ("tests/execution/test_slippage.py",),
    "execution/liquidity.py": ("tests/execution/test_liquidity.py",),
    "execution/order_prices.py": ("tests/execution/test_order_prices.py",),
    "execution/partial_fills.py": ("tests/execution/test_partial_fills.py",),
    "strategies/implementations/grid/sizes.py": ("tests/strategies/test_grid_sizes.py",),
    "strategies/implementations/funding_arbitrage/pricing.py": (
        "tests/strategies/test_arbitrage_pricing.py",
    ),
    "strategies/implementations/funding_arbitrage/sizing.py": (
        "tests/strategies/test_arbitrage_sizing.py",
    ),
}
"""Each module, the most dangerous first."""

COVERED = (*TARGETS, "exchange_clients/journal.py", "database/journal.py")
"""Modules of which `make coverage` asks that every line and branch is run."""
