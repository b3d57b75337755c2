"""What the library and the bot promise, row by row, and the tests that show it.

A row that is due names at least one test; ``later`` says what a row still waits for.
"""

from __future__ import annotations

from tests.mission.library_rows import LIBRARY_ROWS
from tests.mission.row import Row

BOT = "tests/test_trading_bot.py"
ENDING = "tests/test_trading_bot_ending.py"
RISK = "tests/acceptance/test_risk_scenarios.py"
RECOVERY = "tests/strategies/test_grid_recovery.py"
GRID = "tests/strategies/test_grid_cycles.py"
VALUES = "tests/exchange_clients/test_base_models.py"
RULES = "tests/exchange_clients/test_value_rules.py"
CLIENT = "tests/exchange_clients/paper/test_paper_client"
VENUE = "tests/exchange_clients/paper/test_paper_exchange.py"
ORDERS = "tests/exchange_clients/shared/client/managers/test_shared_order"
FEEDS = "tests/exchange_clients/paper/test_paper_feeds.py"
SCENARIOS = "tests/acceptance/test_grid_scenarios.py"
BOOK = "tests/exchange_clients/shared/test_order_book.py"
PAIRS = "tests/strategies/test_arbitrage_pairs.py"
SCANNER = "tests/strategies/test_arbitrage_scanner.py"
BUILDER = "tests/strategies/test_arbitrage_config_builder.py"
FACTORY = "tests/strategies/test_strategy_factory.py"
CONFIGURATION = "tests/app/test_configuration.py"
COMMAND_LINE = "tests/app/test_runbot.py"
PURITY = "tests/architecture/test_purity.py"


ROWS = (
    # The trading client
    Row(
        "A1.1",
        "best bid and ask are Decimals, bid below ask, or a typed error; never zeros",
        (
            f"{CLIENT}.py::test_prices_of_a_book_that_is_not_ready_or_too_old_are_stale",
            f"{CLIENT}_contract.py::test_prices_that_are_not_sound_are_stale_and_never_zero",
        ),
    ),
    Row(
        "A1.2",
        "a limit order is snapped to tick and step, minimums checked unless reduce-only",
        (
            f"{ORDERS}_placing.py::test_an_order_is_rounded_in_the_users_favour_named_and_journalled_as_it_is_sent",
            f"{ORDERS}_placing.py::test_an_order_below_a_minimum_is_refused_before_anything_is_sent",
            f"{VALUES}::test_a_price_goes_to_the_tick_on_the_users_side",
        ),
    ),
    Row(
        "A1.3",
        "a market order executes at once, within a slippage bound",
        (
            f"{CLIENT}.py::test_an_order_is_placed_filled_and_heard_of_once",
            f"{VENUE}::test_a_market_order_takes_the_quote_and_pays_the_taker_fee",
        ),
    ),
    Row(
        "A1.4",
        "an opening order rests post-only near the touch; its wait is bounded",
        (
            f"{CLIENT}.py::test_place_open_order_waits_for_its_fill",
            f"{CLIENT}_orders.py::test_an_opening_order_that_does_not_fill_is_told_as_open",
            f"{CLIENT}_orders.py::test_an_opening_order_that_is_refused_is_no_success",
            f"{ORDERS}_reports.py::test_waiting_for_an_update_is_bounded",
        ),
    ),
    Row(
        "A1.5",
        "a closing order is a reduce-only limit at the given price",
        (
            f"{CLIENT}_orders.py::test_a_closing_order_is_a_reduce_only_limit_at_the_given_price",
            f"{CLIENT}_orders.py::test_a_closing_order_with_nothing_to_close_is_refused",
        ),
    ),
    Row(
        "A1.6",
        "a cancellation reports the final filled size, FILLED when it came too late",
        (
            f"{CLIENT}.py::test_cancel_proves_how_the_order_ended",
            f"{CLIENT}_changes.py::test_a_cancel_of_a_partly_filled_order_tells_the_final_filled_size",
            f"{ORDERS}_cancelling.py::test_a_cancel_reports_the_final_filled_size",
            f"{ORDERS}_cancelling.py::test_a_cancel_that_met_a_fill_is_told_as_the_fill",
        ),
    ),
    Row(
        "A1.7",
        "an order is looked up in memory first; None only when it provably never was",
        (
            f"{ORDERS}_reports.py::test_an_order_is_read_from_memory_until_a_fresh_look_is_asked_for",
            f"{ORDERS}_placing.py::test_an_order_that_never_arrived_is_rejected_once_that_is_proven",
        ),
    ),
    Row(
        "A1.8",
        "open orders are those of one contract; a failure raises, never an empty list",
        (
            f"{CLIENT}_orders.py::test_open_orders_that_cannot_be_read_are_an_error_and_never_an_empty_list",
            f"{CLIENT}_contract.py::test_one_client_serves_several_markets_at_once",
        ),
    ),
    Row(
        "A1.9",
        "the account's position is absolute, a market's is signed",
        (
            f"{CLIENT}_account.py::test_the_accounts_position_is_absolute_and_the_markets_is_signed",
            f"{CLIENT}_account.py::test_the_accounts_position_is_of_the_configured_ticker",
        ),
    ),
    Row(
        "A1.10",
        "depth gives at most so many levels a side, unsupported says so",
        (f"{FEEDS}::test_a_book_of_quotes_has_one_level_and_one_of_depth_all",),
    ),
    Row(
        "A1.11",
        "depth comes from the live book, best first; a stale one is refused",
        (
            f"{BOOK}::test_depth_is_exact_for_any_tick",
            f"{BOOK}::test_a_hole_closes_the_book_until_a_snapshot",
        ),
    ),
    Row(
        "A1.12",
        "balance, profit and asset value are Decimals; value is balance plus unrealised",
        (f"{CLIENT}.py::test_balance_pnl_and_asset_value_agree",),
    ),
    Row(
        "A1.13",
        "prices round to any tick, not only to powers of ten; handlers hear changes",
        (
            f"{VALUES}::test_the_nearest_tick_is_at_most_half_a_tick_away",
            f"{CLIENT}.py::test_an_order_is_placed_filled_and_heard_of_once",
        ),
    ),
    Row(
        "A1.14",
        "shorthands take plain symbols and words in any letter case",
        (
            f"{CLIENT}_shorthands.py::test_shorthand_orders_take_words_in_any_letter_case",
            f"{CLIENT}_shorthands.py::test_shorthand_reads_are_plain_dicts_of_decimals",
        ),
    ),
    Row(
        "A1.15",
        "a symbol is resolved once; empty and unknown ones are refused by name",
        (f"{CLIENT}.py::test_an_unknown_market_is_said_with_near_names",),
    ),
    Row(
        "A1.16",
        "a market's tick, step, minimums and margin fractions are read once",
        (f"{CLIENT}_contract.py::test_a_market_is_read_once_and_is_the_same_ever_after",),
    ),
    Row(
        "A1.17",
        "leverage follows from margin: 0.02 is 50 times; an unknown symbol says so",
        (
            f"{CLIENT}.py::test_leverage_is_set_read_back_and_bounded",
            f"{CLIENT}_contract.py::test_a_margin_of_a_fiftieth_is_a_leverage_of_fifty",
        ),
    ),
    Row(
        "A1.18",
        "an order below the least notional is refused here; reduce-only is not",
        (
            f"{CLIENT}.py::test_orders_below_the_minimum_are_refused_before_they_are_sent",
            f"{CLIENT}_orders.py::test_less_than_the_least_notional_is_refused_here_and_an_exit_of_it_is_not",
            f"{ORDERS}_placing.py::test_an_exit_below_the_minimums_is_sent_all_the_same",
        ),
    ),
    Row(
        "A1.19",
        "a position is a snapshot with a signed size; None only when flat",
        (
            f"{CLIENT}_account.py::test_a_position_is_a_snapshot_with_a_signed_size_and_none_when_flat",
            f"{CLIENT}_account.py::test_a_position_that_cannot_be_read_is_an_error_and_not_flat",
        ),
    ),
    Row(
        "A1.20",
        "missing credentials name variable and venue and show no secret",
        (
            "tests/exchange_clients/test_venue_exports.py::test_missing_credentials_are_named_by_variable_and_venue",
            "tests/conformance/test_contract.py::test_secrets_are_in_no_representation",
        ),
    ),
    Row(
        "A1.21",
        "a client says whether its account's value can be read",
        (
            f"{CLIENT}_contract.py::test_a_client_can_all_but_hedge_mode_and_exits_in_tow_and_its_account_can_be_valued",
        ),
    ),
    Row(
        "A1.22",
        "results and order states are frozen values of Decimals",
        (
            f"{RULES}::test_values_are_frozen_and_their_money_is_decimal",
            f"{RULES}::test_money_that_is_not_said_is_a_decimal_zero_or_nothing",
        ),
    ),
    # Strategies
    Row(
        "A6.1",
        "a small strategy plugs in by one registration, bot and clients unchanged",
        (f"{FACTORY}::test_new_strategy_plugs_in_with_one_line",),
    ),
    Row(
        "A6.2",
        "a result places each order once; WAIT decides again after its time",
        (
            f"{BOT}::test_each_order_of_a_result_is_sent_once",
            f"{BOT}::test_a_wait_sets_a_timer_that_decides_again_without_a_new_quote",
        ),
    ),
    Row(
        "A6.3",
        "the grid goes ready, waiting, closing, ready; a restart keeps its state",
        (
            f"{GRID}::test_fill_is_covered_by_a_reduce_only_close_of_its_size",
            f"{RECOVERY}::test_restart_keeps_closes_and_waits_for_the_cooldown",
        ),
    ),
    Row(
        "A6.4",
        "wait, number of orders and spacing come from the configuration",
        (
            f"{GRID}::test_wait_grows_with_the_closes",
            f"{GRID}::test_no_entry_at_max_orders",
            f"{GRID}::test_entries_keep_the_grid_step_and_closes_pay_out",
        ),
    ),
    Row(
        "A6.5",
        "the worked example: 62,000 with 0.008 % closes at 62,004.96",
        (
            f"{GRID}::test_close_is_at_the_target_or_better",
            f"{SCENARIOS}::test_the_close_stands_at_the_take_profit_rounded_for_the_user",
        ),
    ),
    Row(
        "A6.6",
        "funding arbitrage is long the lowest rate and short the highest, equal tokens",
        (
            f"{PAIRS}::test_a_pair_is_long_the_lower_rate_and_short_the_higher_in_equal_tokens",
            f"{SCANNER}::test_the_lower_rate_is_held_long_whatever_the_order_of_reading",
        ),
    ),
    Row(
        "A6.7",
        "a registered venue can be chosen without an edit of the schema",
        (f"{BUILDER}::test_a_registered_venue_can_be_chosen_without_an_edit",),
    ),
    Row(
        "A6.8",
        "an unknown strategy's error lists the known ones",
        (f"{FACTORY}::test_unknown_name_lists_the_names_and_the_nearest",),
    ),
    # The bot and its command line
    Row(
        "A7.1",
        "the bot names no venue and no strategy",
        (f"{PURITY}::test_no_venue_is_named_where_any_venue_must_do",),
    ),
    Row(
        "A7.2",
        "a cycle checks risk, reads the market, asks, executes, in that order",
        (f"{BOT}::test_a_cycle_checks_risk_then_data_then_asks_then_executes",),
    ),
    Row(
        "A7.3",
        "the documented command line runs on paper and opens a cycle",
        (
            "tests/app/test_documented_lines.py::test_the_first_line_runs_on_the_paper_venue_and_opens_cycles",
        ),
    ),
    Row(
        "A7.4",
        "a missing strategy parameter ends with exit code 2 and its name",
        (
            f"{FACTORY}::test_missing_required_parameter_is_named",
            f"{CONFIGURATION}::test_a_missing_essential_is_named",
            f"{COMMAND_LINE}::test_a_process_ends_with_its_exit_code_and_no_traceback",
        ),
    ),
    Row(
        "A7.5",
        "losses and margin failures close the worst positions, then all",
        (
            "tests/helpers/test_risk_manager.py::test_thresholds_count_from_the_baseline_that_initialize_took",
            f"{RISK}::test_after_15_refusals_for_want_of_margin_a_tenth_lost_closes_the_worst",
            f"{RISK}::test_a_loss_of_15_percent_closes_all_halts_and_a_restart_stays_halted",
        ),
    ),
    Row(
        "A7.6",
        "a stop sends nothing new, cancels or reports what rests and keeps the state",
        (
            f"{ENDING}::test_a_stop_cancels_what_rests_and_sends_nothing_new",
            f"{ENDING}::test_a_stop_leaves_the_exits_that_the_strategy_does_not_cancel",
            f"{ENDING}::test_keys_are_saved_before_the_order_is_sent",
        ),
    ),
    *LIBRARY_ROWS,
)
