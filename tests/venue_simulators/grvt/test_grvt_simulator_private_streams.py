"""Private streams and order entry over the same socket."""

from exchange_clients.base_models import NS
from tests.support.quiet_markets import passes
from tests.venue_simulators.grvt.grvt_stage import BTC, SOL, Trader, Wire, Words, quick, read, stage


def listening(trader: Trader, *streams: str) -> Wire:
    """Return a socket that hears these streams of the whole account."""
    wire = Wire(trader.simulator, trader)
    for stream in streams:
        wire.subscribe(stream, trader.member.sub_account_id)
    return wire


def test_private_counters_are_small_and_follow_the_announced_number() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator, trader)
    result = wire.subscribe("v1.state", trader.member.sub_account_id)
    trader.placed()
    (frame,) = wire.take()
    assert result["num_snapshots"] == [0]
    assert frame["sequence_number"] == result["first_sequence_number"][0]
    assert frame["prev_sequence_number"] == result["latest_sequence_number"][0]
    assert int(frame["sequence_number"]) < 100
    assert frame["selector"] == trader.member.sub_account_id


def test_order_and_state_tell_the_verdict() -> None:
    trader = Trader(stage())
    wire = listening(trader, "v1.order", "v1.state")
    order = trader.placed()
    told = {frame["stream"]: frame["feed"] for frame in wire.take()}
    assert told == {
        "v1.order": order,
        "v1.state": {
            "order_id": order["order_id"],
            "client_order_id": order["metadata"]["client_order_id"],
            "order_state": order["state"],
        },
    }


def test_a_refusal_is_told_by_the_stream() -> None:
    trader = Trader(stage())
    wire = listening(trader, "v1.state")
    trader.placed(post_only=True, limit_price="150.01")
    (frame,) = wire.take()
    state = frame["feed"]["order_state"]
    assert (state["status"], state["reject_reason"]) == ("REJECTED", "FAIL_POST_ONLY")


def test_a_fill_is_told_as_rest_tells_it() -> None:
    trader = Trader(stage())
    wire = listening(trader, "v1.fill", "v1.position")
    trader.placed(size="10", limit_price="150.01")
    fill, position = (frame["feed"] for frame in wire.take())
    assert [fill] == read(trader.ask("fill_history"))["result"]
    (held,) = read(trader.ask("positions"))["result"]
    assert position | {"event_time": ""} == held | {"event_time": ""}


def test_a_closed_position_is_told_with_size_zero() -> None:
    trader = Trader(stage())
    trader.placed(size="10", limit_price="150.01")
    wire = listening(trader, "v1.position")
    (snapshot,) = wire.take()
    assert (snapshot["sequence_number"], snapshot["feed"]["size"]) == ("0", "10")
    trader.placed(size="10", limit_price="149.99", buy=False)
    (frame,) = wire.take()
    assert frame["feed"]["size"] == "0"


def test_a_selector_of_one_market_hears_that_market_only() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator, trader)
    wire.subscribe("v1.order", f"{trader.member.sub_account_id}-{SOL}")
    trader.placed(instrument=BTC, size="0.01", limit_price="80000")
    assert wire.take() == []
    trader.placed()
    assert len(wire.take()) == 1


def test_counters_run_on_while_a_connection_is_away() -> None:
    trader = Trader(stage())
    wire = listening(trader, "v1.state")
    trader.placed()
    last = int(wire.take()[-1]["sequence_number"])
    trader.simulator.on_close(wire)
    trader.placed()
    again = Wire(trader.simulator, trader, number=2)
    result = again.subscribe("v1.state", trader.member.sub_account_id)
    assert result["latest_sequence_number"] == [str(last + 1)]


def test_open_orders_are_replayed_only_where_the_switch_says_so() -> None:
    for replays in (False, True):
        trader = Trader(stage(terms=quick(replays_open_orders=replays)))
        order = trader.placed()
        frames = listening(trader, "v1.order").take()
        assert [frame["feed"] for frame in frames] == ([order] if replays else [])


def test_another_account_is_refused_whoever_listened_first() -> None:
    venue = stage(accounts=("main", "other"))
    main, other = Trader(venue, "main"), Trader(venue, "other")
    listening(main, "v1.order")
    wire = Wire(venue, other, number=2)
    answer = wire.say("subscribe", stream="v1.order", selectors=[main.member.sub_account_id])
    assert answer["error"]["code"] == 1001


def test_unknown_private_streams_and_markets_are_refused() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator, trader)
    account = trader.member.sub_account_id

    def refused(stream: str, selector: str) -> int:
        answer = wire.say("subscribe", stream=stream, selectors=[selector])
        code = answer["error"]["code"]
        assert isinstance(code, int)
        return code

    assert refused("v1.orders", account) == 1003
    assert refused("v1.order", f"{account}-SOL") == 3000
    assert refused("v1.deposit", account) == 1001
    assert wire.subscribe("v1.deposit", trader.member.main_account)


# Calls --------------------------------------------------------------------------------------------


def test_an_order_is_entered_over_the_socket_with_the_rest_body_as_result() -> None:
    trader = Trader(stage())
    wire = listening(trader, "v1.state")
    answer = wire.say("v1/create_order", 7, order=trader.order())
    assert (answer["id"], answer["method"]) == (7, "v1/create_order")
    created = answer["result"]["result"]
    assert (created["order_id"], created["state"]["status"]) == ("0x00", "PENDING")
    passes(trader.simulator, 0.05)
    (frame,) = wire.take()
    assert frame["feed"]["order_state"]["status"] == "OPEN"


def test_the_other_calls_are_those_of_rest() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator, trader)
    order = trader.placed()

    def call(method: str, **params: object) -> Words:
        account = trader.member.sub_account_id
        result = wire.say(method, 1, sub_account_id=account, **params)["result"]
        assert isinstance(result, dict)
        return result

    assert call("v1/order", order_id=order["order_id"]) == {"result": order}
    assert call("v1/open_orders") == {"result": [order]}
    assert call("v1/cancel_order", order_id=order["order_id"]) == {"result": {"ack": True}}
    passes(trader.simulator, 0.05)
    assert call("v1/open_orders") == {"result": []}
    assert call("v1/cancel_all_orders") == {"result": {"ack": True}}
    config = trader.position_config(leverage="3")
    assert call("v1/set_position_config", **config) == {"ack": True}
    bulk = call("v2/bulk_orders", orders=[trader.order()])
    assert bulk["orders"][0]["state"]["status"] == "PENDING"


def test_a_refused_call_has_the_code_of_rest() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator, trader)
    answer = wire.say("v1/create_order", 7, order=trader.order(size="0.03"))
    assert answer == {
        "jsonrpc": "2.0",
        "error": {"code": 2066, "message": "Order below minimum notional"},
        "id": 7,
        "method": "v1/create_order",
    }
    assert wire.say("v1/amend_order")["error"]["code"] == 1003


def test_a_stream_keeps_telling_when_a_day_has_passed() -> None:
    trader = Trader(stage())
    wire = listening(trader, "v1.position")
    trader.placed(size="10", limit_price="150.01")
    wire.take()
    trader.simulator.advance(trader.simulator.world.now_ns + 8 * 3600 * NS)
    payments = [frame["feed"]["cumulative_realized_funding_payment"] for frame in wire.take()]
    assert payments == ["0.075", "0.15"]
