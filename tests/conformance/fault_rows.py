"""Which case holds the client to which fault: a row for each known way to lose money or truth.

A fault that no case can cause has a reason instead, and where there is a test of another kind that
causes it, its name. The rows are named by kind and number: H for
requests and answers, W for WebSockets, O for the lives of orders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaultCase:
    """One fault, and where it is caused."""

    fault: str
    cases: tuple[str, ...] = ()
    """Names of the cases."""
    reason: str = ""
    """Why there is none."""
    elsewhere: str = ""
    """The test that causes it all the same, by its place under ``tests``."""


def _by(fault: str, *cases: str) -> FaultCase:
    return FaultCase(fault, tuple(f"test_{case}" for case in cases))


def _not(fault: str, reason: str, elsewhere: str = "") -> FaultCase:
    return FaultCase(fault, reason=reason, elsewhere=elsewhere)


FAULT_ROWS: Mapping[str, FaultCase] = {
    "H1": _by(
        "A create is accepted and its answer is lost.",
        "lost_answer_to_a_create_is_not_sent_twice",
        "lost_answer_is_looked_up_where_the_stream_is_silent",
        "connection_that_breaks_after_a_create_leaves_it_unknown_not_refused",
    ),
    "H2": _by(
        "A create never arrives.",
        "create_that_never_arrived_is_absent_only_after_the_visibility_time",
    ),
    "H3": _by(
        "An error comes back although the order was accepted.",
        "server_error_after_acceptance_leaves_the_order_to_be_found",
        "bad_gateway_after_acceptance_leaves_the_order_to_be_found",
    ),
    "H4": _by(
        "One status means done or not done.",
        "service_unavailable_is_no_proof_of_absence",
        "web_page_instead_of_an_answer_to_a_create_is_no_refusal",
    ),
    "H5": _by("A reply comes after our timeout.", "reply_after_our_timeout_changes_nothing"),
    "H6": _not(
        "The HTTP library sends again by itself.",
        "A matter of real sockets, of which the network in memory has none.",
        "exchange_clients/shared/transport/test_http_transports.py::"
        "test_a_kept_connection_that_dies_is_not_sent_to_again",
    ),
    "H7": _by(
        "A fresh order is unknown to queries.",
        "fresh_order_that_no_list_shows_yet_is_not_taken_for_absent",
    ),
    "H8": _by(
        "A lagging copy answers.",
        "older_answer_does_not_contradict_our_newest_fill",
        "snapshot_of_a_lagging_copy_is_not_joined_to_newer_deltas",
    ),
    "H9": _by(
        "A web page, an empty or a cut body comes back.",
        "web_page_is_no_answer_to_a_question",
        "truncated_answer_is_not_half_believed",
        "truncated_answer_to_a_create_leaves_it_unknown",
        "empty_answer_to_a_create_leaves_it_unknown",
    ),
    "H10": _by("A success holds an error.", "error_inside_a_success_is_an_error"),
    "H11": _by(
        "Requests are throttled.",
        "throttled_read_waits_as_long_as_it_was_told",
        "throttling_causes_no_storm",
        "cancel_passes_while_reads_are_throttled",
    ),
    "H12": _by("Another process eats the budget.", "what_others_use_of_the_budget_is_left_to_them"),
    "H13": _by(
        "A list ends after its first page.",
        "page_that_fails_makes_the_whole_list_unknown",
        "trade_history_goes_to_the_last_page",
    ),
    "H14": _by(
        "A success lists nothing although there is a position.",
        "empty_list_is_no_proof_of_being_flat",
    ),
    "H15": _by(
        "An answer trickles in.", "slow_answer_ends_within_its_deadline_and_holds_up_no_cancel"
    ),
    "H16": _by(
        "A session or key ends while a position is held.",
        "session_that_the_venue_forgot_is_renewed_once",
        "revoked_key_is_said_and_causes_no_storm",
        "session_outlives_its_first_token",
    ),
    "W1": _by(
        "One channel is silent while pings are answered.",
        "channel_that_falls_silent_is_subscribed_again",
        "silent_feed_is_replaced_by_requests",
    ),
    "W2": _by("A subscription is ignored.", "subscription_that_was_ignored_is_repeated"),
    "W3": _by("A delta is lost.", "lost_delta_closes_the_book_until_a_snapshot"),
    "W4": _by(
        "A delta is repeated, swapped or old.",
        "repeated_delta_changes_nothing",
        "swapped_deltas_end_in_the_true_book",
    ),
    "W5": _by(
        "A reconnect brings a new snapshot.", "snapshot_after_a_reconnect_replaces_everything"
    ),
    "W6": _by(
        "A snapshot is ahead of the deltas, or behind.",
        "snapshot_that_trails_the_deltas_is_bridged",
        "snapshot_of_a_lagging_copy_is_not_joined_to_newer_deltas",
    ),
    "W7": _by(
        "Numbers begin anew after maintenance.", "book_is_sound_after_the_venues_maintenance"
    ),
    "W8": _by("A fill comes before the create's answer.", "fill_before_the_creates_answer_is_ours"),
    "W9": _by(
        "Fills are told again after a reconnect.",
        "fill_that_is_told_and_read_counts_once",
        "fill_that_is_told_twice_counts_once",
    ),
    "W10": _by(
        "An order's event is lost and its fill is not, or the reverse.",
        "fill_whose_order_event_is_lost_still_counts",
        "lost_fill_frame_is_asked_for",
        "order_whose_events_are_lost_is_looked_up",
    ),
    "W11": _by(
        "Events of an order come out of order.",
        "order_events_out_of_order_never_move_it_back",
        "late_fill_after_a_cancel_counts",
    ),
    "W12": _by(
        "Streams are cut amid open orders.",
        "fills_during_a_cut_are_found_after_it",
        "nothing_is_placed_while_the_private_feed_is_lost",
        "exit_is_sent_although_the_private_feed_is_lost",
        "order_cancelled_during_a_cut_is_known_after_it",
    ),
    "W13": _by("All sockets rotate together.", "reconnects_are_spread_out"),
    "W14": _by("What a stream was opened with expires.", "session_outlives_its_first_token"),
    "W15": _not(
        "A snapshot is above the frame limit.",
        "Frames have no limit in memory.",
        "exchange_clients/shared/websocket/test_connection.py::"
        "test_a_snapshot_of_eight_megabytes_arrives",
    ),
    "W16": _by(
        "The socket lives and its prices are minutes old.",
        "feed_that_is_minutes_behind_is_not_believed",
    ),
    "W17": _by(
        "A frame cannot be read.",
        "junk_between_frames_harms_nothing",
        "junk_on_the_private_feed_harms_nothing",
        "unreadable_order_frames_are_asked_about",
    ),
    "W18": _by("An old reader survives.", "two_cuts_within_a_second_leave_one_reader"),
    "W19": _by("A connection is half open.", "half_open_connection_is_noticed_and_replaced"),
    "W20": _by(
        "The private feed is refused or late.",
        "streams_that_are_refused_at_first_are_opened_later",
        "client_without_its_private_feed_does_not_connect",
    ),
    "O1": _by("A cancel loses to a fill.", "cancel_of_a_filled_order_is_told_as_filled"),
    "O2": _by(
        "A fill comes between cancel and effect.",
        "final_size_of_a_cancelled_order_is_the_venues",
    ),
    "O3": _by(
        "A cancel's answer is lost.",
        "lost_answer_to_a_cancel_is_proven_before_it_is_told",
        "cancel_that_never_arrived_is_not_told_as_done",
    ),
    "O4": _by("A batch succeeds by half.", "batch_that_succeeds_by_half_tells_an_outcome_for_each"),
    "O5": _by("A post-only order would cross.", "post_only_order_that_would_cross_never_takes"),
    "O6": _by("What remains is below the minimum.", "order_below_the_minimum_is_not_sent"),
    "O7": _by("A reduce-only order is refused.", "reduce_only_order_never_opens_a_position"),
    "O8": _by(
        "A resting reduce-only order outlives its position.",
        "resting_reduce_only_order_dies_or_shrinks_with_its_position",
    ),
    "O9": _by(
        "A client order id collides.",
        "client_order_id_is_not_used_twice",
        "client_order_ids_stay_unique_over_a_restart",
    ),
    "O10": _by(
        "A feed lacks our id.",
        "order_is_known_by_both_of_its_names",
        "fill_is_heard_as_the_venue_booked_it",
    ),
    "O11": _by(
        "Self-trade prevention ends our own order.",
        "order_that_would_meet_our_own_ends_as_the_venue_says",
    ),
    "O12": _by(
        "An order dies by its lifetime.", "order_whose_lifetime_ends_unseen_is_known_to_be_over"
    ),
    "O13": _by(
        "The venue cancels everything.",
        "order_that_the_venue_cancels_is_heard_of",
        "orders_that_the_venue_cancels_all_at_once_are_heard_of",
    ),
    "O14": _by(
        "More is filled than was asked for.",
        "what_a_venue_fills_beyond_an_order_is_heard_and_counts",
        "order_that_was_filled_beyond_its_size_is_told_and_listed_so",
        "what_a_venue_fills_beyond_an_order_unheard_is_found_in_its_lists",
    ),
    "O15": _not(
        "A fill is voided.",
        "Paradex alone tells of voided fills.",
        "exchange_clients/shared/client/managers/test_voided_fills.py::"
        "test_a_fill_is_taken_back_once_however_often_it_is_told",
    ),
    "O16": _by(
        "Several fills come in one millisecond.",
        "several_fills_in_one_millisecond_all_count",
    ),
    "O17": _by(
        "Matching stands still and then goes on.",
        "order_that_is_taken_minutes_late_never_rests_unknown",
        "fill_of_an_order_that_is_taken_minutes_late_is_counted",
    ),
    "O18": _by("One number of a sequence is lost.", "orders_after_one_that_was_lost_are_taken"),
}
"""By row."""
