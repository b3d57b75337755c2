"""What is promised of the unified view."""

from __future__ import annotations

from tests.mission.row import Row

MODELS = "tests/exchange_clients/test_unified_models.py"
VIEW = "tests/exchange_clients/test_unified_venues.py"
ROUTES = "tests/exchange_clients/test_routing.py"
ORDERS = "tests/acceptance/test_unified_orders.py"
PORTFOLIO = "tests/exchange_clients/test_portfolio.py"
BINANCE = "tests/exchange_clients/binance/test_binance_orders.py"
CASES = "tests/conformance/test"

UNIFIED_ROWS = (
    Row(
        "A9.1",
        "adapters, requests and words import together",
        (f"{ROUTES}::test_every_exchange_has_an_adapter_of_its_own",),
    ),
    Row(
        "A9.2",
        "any client answers the nine methods of the protocol",
        (
            f"{VIEW}::test_a_limit_order_rests_is_shown_and_is_cancelled",
            f"{VIEW}::test_a_position_is_opened_shown_and_closed",
            f"{VIEW}::test_candles_reach_back_as_far_as_their_limit",
        ),
    ),
    Row(
        "A9.3",
        "requests are validated: symbol, quantity, price, leverage",
        (
            f"{MODELS}::test_a_symbol_is_upper_cased_and_numbers_are_read_as_they_are_written",
            f"{MODELS}::test_what_no_order_can_have_is_refused_by_name",
            f"{MODELS}::test_leverage_has_both_its_bounds",
        ),
    ),
    Row(
        "A9.4",
        "each field of a request reaches the venue or is refused by name",
        (
            f"{VIEW}::test_a_field_without_a_way_is_named_and_nothing_is_sent",
            f"{VIEW}::test_a_time_in_force_reaches_the_venue_or_is_refused",
            f"{VIEW}::test_leverage_is_set_before_the_order_is_sent",
        ),
    ),
    Row(
        "A9.5",
        "a result names venue, order, sizes and prices",
        (f"{ORDERS}::test_leverage_is_set_then_the_order_is_placed_and_told",),
    ),
    Row(
        "A9.6",
        "positions and balances of zero are left out",
        (
            f"{VIEW}::test_an_empty_account_has_no_balances",
            f"{VIEW}::test_a_position_is_opened_shown_and_closed",
        ),
    ),
    Row(
        "A9.7",
        "each order type becomes the venue's own",
        (
            f"{BINANCE}::test_an_order_that_waits_goes_where_those_go",
            f"{BINANCE}::test_each_waiting_type_names_what_it_needs",
            "tests/exchange_clients/bybit/test_bybit_orders.py::test_each_type_names_where_its_price_must_go",
        ),
    ),
    Row(
        "A9.8",
        "errors carry venue and code",
        (f"{VIEW}::test_a_refusal_comes_back_with_its_reason",),
    ),
    Row(
        "A9.9",
        "a venue without its credentials is refused",
        (
            f"{ROUTES}::test_okx_is_not_made_without_its_passphrase",
            f"{ROUTES}::test_a_credential_without_use_is_named",
        ),
    ),
    Row(
        "A9.10",
        "symbols are routed to venues; a bad policy changes nothing",
        (
            f"{ROUTES}::test_a_symbol_goes_to_binance_unless_the_mapping_says_otherwise",
            f"{ROUTES}::test_a_bad_policy_leaves_the_old_mapping",
            f"{ORDERS}::test_a_mapped_symbol_leaves_and_any_other_stays",
        ),
    ),
    Row(
        "A9.11",
        "three more venues speak their own words",
        (
            f"{CASES}_contract.py::test_market_is_listed_as_the_venue_has_it",
            f"{CASES}_order_socket.py::test_orders_go_over_the_socket_where_there_is_one",
            "tests/exchange_clients/test_smart_router.py::test_a_venue_that_is_down_is_passed_by",
        ),
    ),
    Row(
        "A9.12",
        "positions add up over venues",
        (f"{PORTFOLIO}::test_long_and_short_offset_in_net_and_add_up_in_gross",),
    ),
    Row(
        "A9.13",
        "the view costs far less than two milliseconds (benchmarks/bench_unified.py)",
        (f"{MODELS}::test_a_value_that_is_trusted_is_the_one_that_was_checked",),
    ),
    Row(
        "A9.14",
        "the reference's examples run",
        ("tests/docs/test_unified_document.py::test_a_block_of_the_unified_api_runs_as_it_stands",),
    ),
)
