"""What is mutated, by which tests, and why what survives may."""

from __future__ import annotations

_SHARED = "tests/exchange_clients/shared"

TARGETS: dict[str, tuple[str, ...]] = {
    "exchange_clients/shared/client/order_tracker.py": (f"{_SHARED}/client/test_order_tracker.py",),
    "exchange_clients/shared/websocket/order_book.py": (
        f"{_SHARED}/test_order_book.py",
        f"{_SHARED}/test_order_book_properties.py",
    ),
    "exchange_clients/shared/transport/nonce.py": (f"{_SHARED}/transport/test_nonce.py",),
    "exchange_clients/rounding.py": ("tests/exchange_clients/test_value_rules.py",),
    "exchange_clients/shared/decimal_grid.py": (f"{_SHARED}/test_decimal_grid.py",),
    "exchange_clients/shared/amounts.py": (f"{_SHARED}/test_amounts.py",),
    "exchange_clients/ledger.py": ("tests/exchange_clients/test_ledger.py",),
    "exchange_clients/shared/flow.py": (f"{_SHARED}/test_flow.py",),
}
"""Each module, with the tests that are to find its mistakes."""
