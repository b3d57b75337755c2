"""Which case a venue cannot be held to, and which capability of the venue is the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why a case is impossible on a venue."""

    capability: str
    """What the venue has, or has not."""
    why: str
    """One sentence."""


_NO_AMEND = Exemption("no amending", "The venue has no request that changes a resting order.")
_NO_LOGIN = Exemption("no login", "Each request is signed, so that there is no session to renew.")

_NO_LEVERAGE = Exemption("no leverage", "The venue has no request that sets the leverage.")
_NO_PAYMENTS = Exemption("no funding history", "The venue does not list what was paid.")
_NO_STOPS = Exemption("no conditional orders", "The venue has no order that waits for a trigger.")
_NO_LIMITS = Exemption("no rate limits", "The venue has no code that asks to slow down.")

_NO_TRADES = Exemption("no public trades", "The venue's stream tells no trades of strangers.")
_OWN_ROWS = Exemption("rows of our own", "Its rows are our own values, read without a wire struct.")

_LISTEN_KEY = Exemption(
    "a listen key", "Each request is signed; what is renewed opens streams and no request needs it."
)
_NO_WORD = Exemption(
    "no word for margin", "An order that is not carried is rejected with EC_Others, as any other."
)
_NO_THOUSANDS = Exemption(
    "contract sizes", "Cheap tokens are traded in large contracts and not by the thousand."
)

_NO_BATCH = Exemption("no batches", "Our words send each order by a request of its own.")
_NO_COUNT = Exemption(
    "no count in headers", "No answer tells how much of a minute's limit is used."
)
_ONE_SECOND = Exemption(
    "a count of one second", "Its headers tell of a second, which is over before the case looks."
)

_COUNTED = Exemption(
    "orders in ticks and steps", "Other ones would change what every number on the wire means."
)
_NO_NOTIONAL = Exemption("no least notional", "Its list of markets tells none.")
_NO_LEAST = Exemption("no least size", "Its list of markets tells none but the step.")
_REMAINS = Exemption(
    "orders that tell what remains",
    "What was filled is told as the difference to the size, so that it never exceeds that.",
)
_AS_MADE = Exemption("rules as made", "Its markets keep the rules that they were made with.")

EXEMPTIONS: Mapping[tuple[str, str], Exemption] = {
    ("test_session_that_the_venue_forgot_is_renewed_once", "aster"): _LISTEN_KEY,
    ("test_session_that_the_venue_forgot_is_renewed_once", "binance"): _LISTEN_KEY,
    ("test_amend_changes_the_order_in_place", "backpack"): _NO_AMEND,
    ("test_session_that_the_venue_forgot_is_renewed_once", "bybit"): _NO_LOGIN,
    ("test_order_that_the_account_cannot_carry_is_refused", "bybit"): _NO_WORD,
    ("test_amend_changes_the_order_in_place", "edgex"): _NO_AMEND,
    ("test_session_that_the_venue_forgot_is_renewed_once", "edgex"): _NO_LOGIN,
    ("test_amend_changes_the_order_in_place", "grvt"): _NO_AMEND,
    ("test_session_that_the_venue_forgot_is_renewed_once", "backpack"): _NO_LOGIN,
    ("test_session_that_the_venue_forgot_is_renewed_once", "okx"): _NO_LOGIN,
    ("test_thousand_tokens_in_a_unit_are_told", "okx"): _NO_THOUSANDS,
    ("test_order_of_a_thousandfold_market_is_sent_in_its_own_units", "okx"): _NO_THOUSANDS,
    ("test_position_of_a_thousandfold_market_is_in_its_own_units", "okx"): _NO_THOUSANDS,
    ("test_session_that_the_venue_forgot_is_renewed_once", "paper"): _NO_LOGIN,
    ("test_amend_changes_the_order_in_place", "toy"): _NO_AMEND,
    ("test_session_that_the_venue_forgot_is_renewed_once", "toy"): _NO_LOGIN,
    ("test_leverage_is_set_and_read_back", "toy"): _NO_LEVERAGE,
    ("test_funding_that_was_paid_is_listed", "toy"): _NO_PAYMENTS,
    ("test_payment_that_is_listed_late_is_listed_once_and_at_last", "toy"): _NO_PAYMENTS,
    ("test_stop_waits_for_its_trigger_and_then_trades", "toy"): _NO_STOPS,
    ("test_stop_that_is_cancelled_never_trades", "toy"): _NO_STOPS,
    ("test_throttled_read_waits_as_long_as_it_was_told", "toy"): _NO_LIMITS,
    ("test_throttled_create_was_not_done_and_is_told_so", "toy"): _NO_LIMITS,
    ("test_throttling_causes_no_storm", "toy"): _NO_LIMITS,
    ("test_public_trades_are_heard", "toy"): _NO_TRADES,
    ("test_what_is_no_amount_never_becomes_money", "toy"): _OWN_ROWS,
    ("test_batch_that_succeeds_by_half_tells_an_outcome_for_each", "edgex"): _NO_BATCH,
    ("test_batch_that_succeeds_by_half_tells_an_outcome_for_each", "grvt"): _NO_BATCH,
    ("test_batch_that_succeeds_by_half_tells_an_outcome_for_each", "lighter"): _NO_BATCH,
    ("test_batch_that_succeeds_by_half_tells_an_outcome_for_each", "okx"): _NO_BATCH,
    ("test_batch_that_succeeds_by_half_tells_an_outcome_for_each", "paper"): _NO_BATCH,
    ("test_batch_that_succeeds_by_half_tells_an_outcome_for_each", "toy"): _NO_BATCH,
    ("test_what_others_use_of_the_budget_is_left_to_them", "backpack"): _NO_COUNT,
    ("test_what_others_use_of_the_budget_is_left_to_them", "bybit"): _ONE_SECOND,
    ("test_what_others_use_of_the_budget_is_left_to_them", "edgex"): _NO_COUNT,
    ("test_what_others_use_of_the_budget_is_left_to_them", "grvt"): _NO_COUNT,
    ("test_what_others_use_of_the_budget_is_left_to_them", "lighter"): _NO_COUNT,
    ("test_what_others_use_of_the_budget_is_left_to_them", "okx"): _NO_COUNT,
    ("test_what_others_use_of_the_budget_is_left_to_them", "paper"): _NO_COUNT,
    ("test_what_others_use_of_the_budget_is_left_to_them", "toy"): _NO_COUNT,
    ("test_order_off_a_new_tick_is_refused_and_the_next_one_fits", "lighter"): _COUNTED,
    ("test_order_off_a_new_tick_is_refused_and_the_next_one_fits", "paper"): _AS_MADE,
    ("test_order_off_a_new_tick_is_refused_and_the_next_one_fits", "toy"): _AS_MADE,
    ("test_order_between_new_steps_is_refused_and_the_next_one_fits", "lighter"): _COUNTED,
    ("test_order_between_new_steps_is_refused_and_the_next_one_fits", "paper"): _AS_MADE,
    ("test_order_between_new_steps_is_refused_and_the_next_one_fits", "toy"): _AS_MADE,
    (
        "test_order_below_a_new_least_notional_is_refused_once",
        "backpack",
    ): _NO_NOTIONAL,
    (
        "test_order_below_a_new_least_notional_is_refused_once",
        "edgex",
    ): _NO_NOTIONAL,
    (
        "test_order_below_a_new_least_notional_is_refused_once",
        "okx",
    ): _NO_NOTIONAL,
    (
        "test_order_below_a_new_least_notional_is_refused_once",
        "paper",
    ): _AS_MADE,
    (
        "test_order_below_a_new_least_notional_is_refused_once",
        "toy",
    ): _AS_MADE,
    (
        "test_order_below_a_new_least_size_is_refused_once",
        "grvt",
    ): _NO_LEAST,
    (
        "test_order_below_a_new_least_size_is_refused_once",
        "paradex",
    ): _NO_LEAST,
    (
        "test_order_below_a_new_least_size_is_refused_once",
        "paper",
    ): _AS_MADE,
    ("test_order_below_a_new_least_size_is_refused_once", "toy"): _AS_MADE,
    (
        "test_what_a_venue_fills_beyond_an_order_is_heard_and_counts",
        "paradex",
    ): _REMAINS,
    (
        "test_order_that_was_filled_beyond_its_size_is_told_and_listed_so",
        "paradex",
    ): _REMAINS,
    (
        "test_what_a_venue_fills_beyond_an_order_unheard_is_found_in_its_lists",
        "paradex",
    ): _REMAINS,
}
"""By the case's name and the venue's."""
