"""What the library promises beside the trading client: venues, feeds, funding, layers, logs."""

from __future__ import annotations

from tests.mission.row import Row
from tests.mission.unified_rows import UNIFIED_ROWS

FEEDS = "tests/exchange_clients/paper/test_paper_feeds.py"
CONTRACT = "tests/exchange_clients/paper/test_paper_client_contract.py"
ACCOUNT = "tests/exchange_clients/paper/test_paper_client_account.py"
FACTORY = "tests/exchange_clients/test_factory.py"
FUNDING = "tests/exchange_clients/test_base_funding_adapter.py"
BOOK = "tests/exchange_clients/shared/test_order_book.py"
SYMBOLS = "tests/exchange_clients/shared/test_symbols.py"
LAYERS = "tests/architecture/test_layers.py"
WHEEL = "tests/packaging/test_wheel.py"
LOGGER = "tests/helpers/test_unified_logger.py"
EXPORTS = "tests/exchange_clients/test_venue_exports.py"
VENUE_SYMBOLS = "tests/exchange_clients/test_venue_symbols.py"
BACKPACK = "tests/exchange_clients/backpack/test_backpack"
GRVT = "tests/exchange_clients/grvt/test_grvt"
LIGHTER = "tests/exchange_clients/lighter/test_lighter"
TOY = "tests/exchange_clients/shared/client/test_venue"
SOCKETS = "tests/exchange_clients/shared/websocket"
ADAPTER = "tests/exchange_clients/shared/funding_adapter/test_venue_funding_adapter.py"
CASES = "tests/conformance/test"
ARBITRAGE = "tests/acceptance/test_funding_scenarios.py"
GUIDE = "tests/docs/test_adding_an_exchange.py"
EXECUTOR = "tests/execution/test_order_executor"
ANALYZER = "tests/execution/test_liquidity_analyzer.py"
PARTIAL = "tests/execution/test_partial_fills.py"
SIZER = "tests/execution/test_position_sizer.py"
SLIPPAGE = "tests/execution/test_slippage.py"
LEGS = "tests/execution/legs/test_legs"
RECORDS = "tests/execution/test_execution_tracker.py"

SERVICE = "tests/funding_rate_service"

LIBRARY_ROWS = (
    # Venue packages
    Row(
        "A2.1",
        "a venue's package exports its client, its adapter and both spellings",
        (
            f"{FEEDS}::test_the_package_exports_what_every_venue_exports",
            f"{FACTORY}::test_importing_the_paper_package_loads_nothing_of_it",
            f"{EXPORTS}::test_a_venues_package_exports_its_classes_and_both_spellings",
            f"{EXPORTS}::test_a_venues_words_are_read_without_any_library_of_sockets_or_curves",
        ),
    ),
    Row(
        "A2.2",
        "plain symbols and venue spellings lead to each other, multipliers included",
        (
            f"{FEEDS}::test_spellings_of_a_market_are_understood",
            f"{SYMBOLS}::test_every_contract_of_a_list_round_trips",
            f"{SYMBOLS}::test_only_a_power_of_ten_before_a_name_is_a_multiplier",
            f"{VENUE_SYMBOLS}::test_a_listed_market_is_found_by_its_symbol_and_by_its_contract",
            f"{VENUE_SYMBOLS}::test_digits_and_letters_of_a_name_are_no_multiplier",
            f"{VENUE_SYMBOLS}::test_a_thousand_tokens_are_known_by_the_venues_own_spelling",
        ),
    ),
    Row(
        "A2.3",
        "answers to orders are read by the venue's words",
        (
            f"{BACKPACK}_orders.py::test_a_placement_is_sent_once_and_its_answer_is_the_order",
            f"{GRVT}_words.py::test_an_order_is_asked_for_once_and_comes_back_pending_without_an_id",
            f"{LIGHTER}_orders.py::test_an_order_is_sent_once_in_whole_numbers_and_comes_back_pending",
            f"{CASES}_orders.py::test_limit_order_rests_as_it_was_asked_for",
        ),
    ),
    Row(
        "A2.4",
        "a call before connect says to connect first",
        (
            f"{CONTRACT}::test_nothing_is_asked_of_a_venue_before_connect",
            f"{CASES}_contract.py::test_nothing_works_before_connect",
        ),
    ),
    Row(
        "A2.5",
        "each part of a venue is tested alone, by flows with canned answers",
        (
            f"{BACKPACK}_market_data.py::test_a_market_is_read_whole",
            f"{GRVT}_words.py::test_fills_are_read_to_the_last_page",
            f"{LIGHTER}_account.py::test_a_short_position_is_negative_and_a_flat_market_is_left_out",
            "tests/architecture/test_venues.py::test_words_do_nothing",
        ),
    ),
    Row(
        "A2.6",
        "a venue's numbers are read strictly; lookups are cached",
        (
            f"{BACKPACK}_fuzz.py::test_no_row_comes_of_a_missing_or_retyped_fact",
            f"{GRVT}_stream.py::test_a_money_field_that_is_missing_or_of_another_type_gives_no_event",
            f"{LIGHTER}_account.py::test_money_that_was_never_told_is_not_zero",
            "tests/exchange_clients/shared/test_link.py::test_markets_that_did_not_change_leave_the_table_in_place",
        ),
    ),
    Row(
        "A2.7",
        "a liquidation carries the market it happened in",
        (
            f"{ACCOUNT}::test_a_liquidation_tells_the_market_it_happened_in",
            f"{ACCOUNT}::test_a_full_queue_of_liquidations_drops_the_oldest",
        ),
    ),
    Row(
        "A2.8",
        "lighter: addresses, keys and live books",
        (
            f"{LIGHTER}_scales.py::test_the_hosts_and_the_account_are_the_venues",
            f"{CASES}_market_data.py::test_live_book_follows_every_change",
            "tests/exchange_clients/shared/websocket/test_depth_listeners.py::test_the_whole_book_comes_first_then_every_change_and_the_whole_again_after_a_loss",
        ),
    ),
    Row(
        "A2.9",
        "lighter: integer prices and sizes by the market's decimals",
        (
            f"{LIGHTER}_scales.py::test_prices_and_sizes_are_scaled_by_the_markets_own_decimals",
            f"{LIGHTER}_orders.py::test_a_number_that_does_not_fit_is_refused_and_not_rounded",
        ),
    ),
    Row(
        "A2.10",
        "six venues and more pass one suite",
        (
            f"{CASES}_contract.py::test_market_is_listed_as_the_venue_has_it",
            f"{CASES}_orders.py::test_limit_order_rests_as_it_was_asked_for",
            f"{CASES}_fills.py::test_fill_is_heard_as_the_venue_booked_it",
            f"{CASES}_checklist.py::test_no_case_is_excused_everywhere",
        ),
    ),
    Row(
        "A2.11",
        "the library installs alone, one extra for each venue",
        (
            f"{WHEEL}::test_extras_are_one_for_each_venue_and_all_of_them",
            f"{WHEEL}::test_wheel_imports_where_there_is_no_checkout",
            "tests/packaging/test_extras.py::test_no_venue_brings_what_another_needs",
        ),
    ),
    Row(
        "A2.12",
        "a venue is made by name; an unknown name lists the valid ones",
        (
            f"{FACTORY}::test_a_venue_is_made_by_its_name_in_any_letter_case",
            f"{EXPORTS}::test_a_client_is_made_by_keywords_by_a_mapping_and_by_name",
            f"{FACTORY}::test_an_unknown_name_lists_the_valid_ones_and_the_nearest",
            f"{FACTORY}::test_registering_anything_else_is_refused",
        ),
    ),
    # Feeds
    Row(
        "A3.1",
        "one manager holds the feeds of several markets",
        (
            f"{CONTRACT}::test_one_client_serves_several_markets_at_once",
            f"{FEEDS}::test_listeners_hear_in_order_until_they_are_removed",
        ),
    ),
    Row(
        "A3.2",
        "a dropped connection comes back, with its feeds and the truth",
        (
            f"{SOCKETS}/test_manager.py::test_a_lost_connection_is_opened_again_and_the_book_begins_anew",
            f"{SOCKETS}/test_connections.py::test_an_outage_of_minutes_is_survived_without_a_storm",
            f"{TOY}_client.py::test_what_happened_while_the_feed_was_cut_is_known_before_anything_is_placed",
            f"{CASES}_stream_faults.py::test_fills_during_a_cut_are_found_after_it",
        ),
    ),
    Row(
        "A3.3",
        "unknown messages are never fatal",
        (
            f"{SOCKETS}/test_book_faults.py::test_one_bad_frame_costs_its_book_and_not_the_reader",
            f"{CASES}_stream_faults.py::test_junk_between_frames_harms_nothing",
            f"{CASES}_stream_faults.py::test_junk_on_the_private_feed_harms_nothing",
        ),
    ),
    Row(
        "A3.4",
        "a book is ready after a snapshot, a hole closes it, a zero size deletes",
        (
            f"{BOOK}::test_a_snapshot_makes_the_book_ready",
            f"{BOOK}::test_deltas_before_the_snapshot_wait_for_it",
            f"{BOOK}::test_a_hole_closes_the_book_until_a_snapshot",
            f"{CASES}_stream_faults.py::test_lost_delta_closes_the_book_until_a_snapshot",
            f"{BOOK}::test_a_zero_size_removes_the_level_and_the_next_one_is_best",
        ),
    ),
    Row(
        "A3.5",
        "another market in view loses no order update of the first",
        (
            f"{TOY}_client.py::test_one_client_serves_several_markets",
            f"{TOY}_switch.py::test_another_market_in_view_loses_no_order_update_of_the_first",
            f"{SOCKETS}/test_carried_feeds.py::test_markets_are_added_and_released_while_running",
            f"{CASES}_account.py::test_positions_of_two_markets_do_not_mix",
        ),
    ),
    Row(
        "A3.6",
        "preparing a feed waits until its book is ready and says when it is not",
        (f"{FEEDS}::test_a_feed_is_prepared_once_its_book_is_ready",),
    ),
    # Funding
    Row(
        "A4.1",
        "rates and market data as plain lists",
        (f"{FUNDING}::test_what_an_adapter_told_reads_as_plain_rows",),
    ),
    Row(
        "A4.2",
        "one call returns the rates of all markets by plain symbol",
        (f"{FEEDS}::test_rates_are_told_with_the_venues_own_interval",),
    ),
    Row(
        "A4.3",
        "a sample keeps rate and interval as given; per eight hours is computed",
        (
            f"{FUNDING}::test_rates_of_any_interval_compare_per_eight_hours_and_stay_as_given",
            f"{FEEDS}::test_rates_are_told_with_the_venues_own_interval",
        ),
    ),
    Row(
        "A4.4",
        "public funding data needs no credentials",
        (
            f"{EXPORTS}::test_adapters_and_feeds_need_no_credentials",
            f"{ADAPTER}::test_rates_are_the_venues_own_with_their_interval",
        ),
    ),
    Row(
        "A4.5",
        "seconds, ms, us, ns, ISO and datetimes become aware UTC",
        (
            f"{FUNDING}::test_an_instant_is_read_in_any_unit",
            f"{FUNDING}::test_what_is_no_instant_is_refused",
        ),
    ),
    Row(
        "A4.6",
        "open interest is one-sided USD",
        (
            f"{BACKPACK}_funding.py::test_open_interest_is_valued_at_the_mark",
            f"{GRVT}_words.py::test_volume_is_what_was_bought_and_sold_and_interest_is_in_usd",
            f"{LIGHTER}_funding.py::test_open_interest_is_one_side_at_the_mark_and_unknown_without_a_price",
        ),
    ),
    Row(
        "A4.7",
        "adapters take their address as the first argument",
        (f"{EXPORTS}::test_an_adapter_takes_its_address_as_the_first_argument",),
    ),
    # Execution
    Row(
        "A5.1",
        "a limit order that times out sends only the remainder",
        (
            f"{EXECUTOR}.py::test_what_the_limit_did_not_fill_in_time_is_taken",
            f"{EXECUTOR}_faults.py::test_the_rest_is_sent_only_once_the_cancelled_order_has_provably_ended",
            f"{EXECUTOR}_paper.py::test_every_execution_ends_with_its_orders_and_tells_the_truth",
        ),
    ),
    Row(
        "A5.2",
        "a walk over the book gives price, slippage and a verdict",
        (
            f"{ANALYZER}::test_a_buy_that_the_book_holds_is_priced_by_the_levels_it_uses",
            f"{ANALYZER}::test_the_verdict_names_the_gravest_finding",
        ),
    ),
    Row(
        "A5.3",
        "legs fill together or exposure returns to where it was",
        (
            f"{LEGS}_on_paper.py::test_both_legs_fill_and_nothing_else_is_sent",
            f"{LEGS}_on_paper.py::test_undoing_ends_at_the_position_that_was_held_before",
            f"{LEGS}_properties.py::test_no_order_of_events_doubles_an_order_or_leaves_a_leg_alone",
        ),
    ),
    Row(
        "A5.4",
        "a partial leg is hedged or unwound, and the cost is told",
        (
            f"{PARTIAL}::test_legs_whose_hedge_is_gone_are_both_unwound_and_the_cost_is_told",
            f"{PARTIAL}::test_the_cheaper_hedge_is_taken_and_nothing_rolled_back",
        ),
    ),
    Row(
        "A5.5",
        "sizes, slippage and records of executions",
        (
            f"{SIZER}::test_a_budget_buys_the_largest_size_that_it_pays_for",
            f"{SIZER}::test_legs_across_multipliers_hold_the_same_tokens",
            f"{SLIPPAGE}::test_worse_is_above_zero_and_better_below",
            f"{RECORDS}::test_records_are_found_by_what_is_asked_newest_first",
        ),
    ),
    Row(
        "A5.6",
        "each layer imports only what stands below it",
        (
            f"{LAYERS}::test_no_module_imports_its_own_row_or_one_above",
            f"{LAYERS}::test_strategies_and_execution_see_only_the_root_of_the_library",
        ),
    ),
    # Service, credentials, logs
    Row(
        "A8.1",
        "one venue down does not stop the collection of others",
        (
            f"{SERVICE}/test_orchestrator.py::test_venues_are_asked_at_full_minutes_and_none_delays_another",
            f"{SERVICE}/test_rate_service_main.py::test_one_command_collects_from_simulated_venues_until_it_is_told_to_end",
        ),
    ),
    Row(
        "A8.2",
        "credentials are stored encrypted and never printed",
        (
            "tests/database/test_account_store.py::test_no_secret_is_in_the_file_or_in_a_repr",
            "tests/database/test_add_account.py::test_every_venues_account_is_added_from_variables_verified_and_never_shown",
        ),
    ),
    Row(
        "A8.3",
        "log lines carry venue and context, and no secret; Telegram tells what happens",
        (
            f"{LOGGER}::test_a_venue_line_has_time_level_logger_prefix_event_and_context",
            f"{LOGGER}::test_an_exchange_logger_is_the_librarys_logger_of_that_venue",
            f"{LOGGER}::test_secrets_appear_in_no_part_of_a_line",
            "tests/helpers/test_event_notifier.py::test_what_waits_together_is_told_as_one_message",
            "tests/helpers/test_event_notifier.py::test_a_wrong_token_ends_its_channel_alone_and_is_never_shown",
        ),
    ),
    Row(
        "A8.4",
        "the guide, followed literally, adds a venue",
        (
            f"{GUIDE}::test_the_guide_followed_word_for_word_adds_a_venue",
            f"{GUIDE}::test_the_guide_shows_the_toy_venue_as_it_is",
            "tests/test_trading_bot_toy.py::test_a_grid_earns_its_take_profit_on_the_toy_venue",
            "tests/architecture/test_toy_venue.py::test_the_toy_venue_is_whole_in_two_hundred_lines",
        ),
    ),
    Row(
        "A8.5",
        "each line of a venue's checklist is a test",
        (
            f"{CASES}_checklist.py::test_there_are_enough_cases_and_no_two_of_one_name",
            f"{CASES}_checklist.py::test_every_fault_has_a_case_or_a_reason",
            f"{CASES}_checklist.py::test_no_case_is_excused_everywhere",
            f"{ADAPTER}::test_history_is_read_to_the_last_page",
            f"{ADAPTER}::test_activity_is_asked_of_one_market_or_of_all",
            f"{CASES}_contract.py::test_market_is_listed_as_the_venue_has_it",
            f"{CASES}_stream_faults.py::test_half_open_connection_is_noticed_and_replaced",
            "tests/packaging/test_extras.py::test_the_extra_of_a_venue_is_all_that_is_needed_to_trade_there",
        ),
    ),
    Row(
        "A8.6",
        "execution and funding arbitrage run offline, from values to venues",
        (
            f"{EXECUTOR}_paper.py::test_every_execution_ends_with_its_orders_and_tells_the_truth",
            f"{LEGS}_executor.py::test_a_cancelled_caller_leaves_no_leg_alone",
            "tests/acceptance/test_strategies_on_venues.py::test_funding_arbitrage_opens_an_even_pair_and_leaves_no_order",
            f"{ARBITRAGE}::test_a_run_that_dies_between_its_legs_is_made_even_by_the_next",
            f"{ARBITRAGE}::test_our_books_and_both_venues_agree_to_the_last_digit",
        ),
    ),
    *UNIFIED_ROWS,
)
