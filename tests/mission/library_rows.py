"""What the library promises beside the trading client: venues, feeds, funding, layers, logs."""

from __future__ import annotations

from tests.mission.row import Row

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

A_VENUE = "a venue on the network"
EXECUTION = "the execution layer"
SERVICE = "the funding rate service"
UNIFIED = "the unified view"

LIBRARY_ROWS = (
    # Venue packages
    Row(
        "A2.1",
        "a venue's package exports its client, its adapter and both spellings",
        (
            f"{FEEDS}::test_the_package_exports_what_every_venue_exports",
            f"{FACTORY}::test_importing_the_paper_package_loads_nothing_of_it",
        ),
    ),
    Row(
        "A2.2",
        "plain symbols and venue spellings lead to each other, multipliers included",
        (
            f"{FEEDS}::test_spellings_of_a_market_are_understood",
            f"{SYMBOLS}::test_every_contract_of_a_list_round_trips",
            f"{SYMBOLS}::test_only_a_power_of_ten_before_a_name_is_a_multiplier",
        ),
    ),
    Row("A2.3", "answers to orders are read by the venue's words", later=A_VENUE),
    Row(
        "A2.4",
        "a call before connect says to connect first",
        (f"{CONTRACT}::test_nothing_is_asked_of_a_venue_before_connect",),
    ),
    Row("A2.5", "each part of a venue is tested alone over a scripted transport", later=A_VENUE),
    Row("A2.6", "a venue's numbers are read strictly; lookups are cached", later=A_VENUE),
    Row(
        "A2.7",
        "a liquidation carries the market it happened in",
        (
            f"{ACCOUNT}::test_a_liquidation_tells_the_market_it_happened_in",
            f"{ACCOUNT}::test_a_full_queue_of_liquidations_drops_the_oldest",
        ),
    ),
    Row("A2.8", "lighter: addresses, keys and live books", later=A_VENUE),
    Row("A2.9", "lighter: integer prices and sizes by the market's decimals", later=A_VENUE),
    Row("A2.10", "six venues pass one suite", later=A_VENUE),
    Row(
        "A2.11",
        "the library installs alone, one extra for each venue",
        (
            f"{WHEEL}::test_extras_are_one_for_each_venue_and_all_of_them",
            f"{WHEEL}::test_wheel_imports_where_there_is_no_checkout",
        ),
    ),
    Row(
        "A2.12",
        "a venue is made by name; an unknown name lists the valid ones",
        (
            f"{FACTORY}::test_a_venue_is_made_by_its_name_in_any_letter_case",
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
    Row("A3.2", "a dropped connection comes back, with its feeds and the truth", later=A_VENUE),
    Row("A3.3", "unknown messages are never fatal", later=A_VENUE),
    Row(
        "A3.4",
        "a book is ready after a snapshot, a hole closes it, a zero size deletes",
        (
            f"{BOOK}::test_a_snapshot_makes_the_book_ready",
            f"{BOOK}::test_deltas_before_the_snapshot_wait_for_it",
            f"{BOOK}::test_a_hole_closes_the_book_until_a_snapshot",
            f"{BOOK}::test_a_zero_size_removes_the_level_and_the_next_one_is_best",
        ),
    ),
    Row("A3.5", "another market in view loses no order update of the first", later=A_VENUE),
    Row(
        "A3.6",
        "preparing a feed waits until its book is ready and says when it is not",
        (f"{FEEDS}::test_a_feed_is_prepared_once_its_book_is_ready",),
    ),
    # Funding
    Row("A4.1", "rates and market data as plain lists", later=SERVICE),
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
    Row("A4.4", "public funding data needs no credentials", later=A_VENUE),
    Row(
        "A4.5",
        "seconds, ms, us, ns, ISO and datetimes become aware UTC",
        (
            f"{FUNDING}::test_an_instant_is_read_in_any_unit",
            f"{FUNDING}::test_what_is_no_instant_is_refused",
        ),
    ),
    Row("A4.6", "open interest is one-sided USD", later=A_VENUE),
    Row("A4.7", "adapters take their address as the first argument", later=A_VENUE),
    # Execution
    Row("A5.1", "a limit order that times out sends only the remainder", later=EXECUTION),
    Row("A5.2", "a walk over the book gives price, slippage and a verdict", later=EXECUTION),
    Row("A5.3", "legs fill together or exposure returns to where it was", later=EXECUTION),
    Row("A5.4", "a partial leg is hedged or unwound, and the cost is told", later=EXECUTION),
    Row("A5.5", "sizes, slippage and records of executions", later=EXECUTION),
    Row(
        "A5.6",
        "each layer imports only what stands below it",
        (
            f"{LAYERS}::test_no_module_imports_its_own_row_or_one_above",
            f"{LAYERS}::test_strategies_and_execution_see_only_the_root_of_the_library",
        ),
    ),
    # Service, credentials, logs
    Row("A8.1", "one venue down does not stop the collection of others", later=SERVICE),
    Row("A8.2", "credentials are stored encrypted and never printed", later=A_VENUE),
    Row(
        "A8.3",
        "log lines carry venue and context, and no secret",
        (
            f"{LOGGER}::test_a_venue_line_has_time_level_logger_prefix_event_and_context",
            f"{LOGGER}::test_an_exchange_logger_is_the_librarys_logger_of_that_venue",
            f"{LOGGER}::test_secrets_appear_in_no_part_of_a_line",
        ),
    ),
    Row("A8.4", "the guide, followed literally, adds a venue", later=A_VENUE),
    Row("A8.5", "each line of a venue's checklist is a test", later=A_VENUE),
    Row("A8.6", "funding arbitrage runs offline from end to end", later=EXECUTION),
    # Unified view
    *(
        Row(f"A9.{number}", promise, later=UNIFIED)
        for number, promise in enumerate(
            (
                "adapters, requests and words import together",
                "any client answers the nine methods of the protocol",
                "requests are validated: symbol, quantity, price, leverage",
                "each field of a request reaches the venue or is refused by name",
                "a result names venue, order, sizes and prices",
                "positions and balances of zero are left out",
                "each order type becomes the venue's own",
                "errors carry venue and code",
                "a venue without its credentials is refused",
                "symbols are routed to venues; a bad policy changes nothing",
                "three more venues speak their own words",
                "positions add up over venues",
                "the view costs far less than two milliseconds",
                "the reference's examples run",
            ),
            1,
        )
    ),
)
