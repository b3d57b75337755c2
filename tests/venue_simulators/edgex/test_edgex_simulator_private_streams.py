"""What an account's sockets are told: numbered events, fills twice, and less than REST has."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.paper.funding import HOUR_NS, ConstantFunding, FundingTerms
from tests.support.quiet_markets import passes
from tests.venue_simulators.edgex.edgex_stage import (
    SOL,
    Trader,
    Wire,
    Words,
    move,
    quick,
    read,
    stage,
)
from venue_simulators.edgex.account_rows import BARE
from venue_simulators.edgex.listing import PAPER


def listening(trader: Trader, number: int = 1) -> Wire:
    wire = Wire(trader.simulator, trader, number=number)
    wire.take()
    return wire


def states(events: list[Words]) -> list[tuple[str, str, str]]:
    orders = [order for event in events for order in event["data"].get("order", [])]
    return [(row["status"], row["cumMatchSize"], row["cumFillSize"]) for row in orders]


def test_the_first_event_is_the_account_with_its_active_orders() -> None:
    trader = Trader(stage())
    trader.placed(price="150.01", size="10")
    resting = trader.placed()
    (event,) = Wire(trader.simulator, trader).events()
    assert event["event"] == "Snapshot"
    assert list(event["data"]) == ["account", "collateral", "position", "order"]
    assert event["data"]["order"] == [resting]
    asset = trader.asset()
    assert event["data"]["position"] == asset["positionList"]
    assert event["data"]["collateral"] == asset["collateralList"]
    assert str(event["version"]) == asset["version"]


def test_events_are_numbered_without_a_gap_whether_anybody_listens_or_not() -> None:
    trader = Trader(stage())
    first = listening(trader)
    trader.placed()
    versions = [event["version"] for event in first.events()]
    assert versions == [1001, 1002]
    trader.simulator.on_close(first)
    trader.placed()
    (snapshot,) = Wire(trader.simulator, trader, number=2).events()
    assert snapshot["version"] == 1004
    assert trader.asset()["version"] == "1004"


def test_an_order_is_told_from_its_answer_on() -> None:
    trader = Trader(stage())
    wire = listening(trader)
    order = trader.placed()
    read(trader.post("order/cancelOrderById", orderIdList=[order["id"]]))
    passes(trader.simulator, 0.1)
    told = [state[0] for state in states(wire.events())]
    assert told == ["PENDING", "OPEN", "CANCELING", "CANCELED"]


def test_a_full_fill_is_told_twice_and_the_second_time_with_the_collateral() -> None:
    trader = Trader(stage())
    wire = listening(trader)
    trader.placed(price="150.01", size="10")
    *_, matched, filled = wire.events()
    assert states([matched, filled]) == [("FILLED", "10", "0"), ("FILLED", "10", "10")]
    assert list(matched["data"]) == ["order"]
    assert list(filled["data"]) == [
        "order",
        "orderFillTransaction",
        "position",
        "positionTransaction",
        "collateral",
        "collateralTransaction",
    ]
    assert filled["data"]["position"][0]["openSize"] == "10"


def test_an_order_that_takes_several_levels_has_a_fill_for_each() -> None:
    trader = Trader(stage())
    wire = listening(trader)
    trader.placed(price="150.02", size="50")
    fills = [
        fill for event in wire.events() for fill in event["data"].get("orderFillTransaction", [])
    ]
    rows = read(trader.get("order/getHistoryOrderFillTransactionPage"))["dataList"]
    assert [fill["fillSize"] for fill in fills] == ["40", "10"]
    assert [fill["id"] for fill in fills] == [row["id"] for row in rows[::-1]]


def test_pushed_fills_lack_what_rest_tells() -> None:
    for bare in (True, False):
        trader = Trader(stage(terms=quick(bare_pushed_fills=bare)))
        wire = listening(trader)
        trader.placed(price="150.01", size="10")
        (fill,) = wire.events()[-1]["data"]["orderFillTransaction"]
        (row,) = read(trader.get("order/getHistoryOrderFillTransactionPage"))["dataList"]
        missing = [name for name in row if name not in fill]
        assert sorted(missing) == (sorted(BARE) if bare else [])


def test_numbers_of_events_are_integers_where_the_documents_have_texts() -> None:
    for documented in (False, True):
        trader = Trader(stage(terms=quick(documents_spelling=documented)))
        first = Wire(trader.simulator, trader).events()[0]
        account = trader.member.account_id
        told = (first["version"], first["time"], first["accountId"])
        captured = (1000, 1_795_200_000_100, 0)
        assert told == (("1000", "1795200000100", account) if documented else captured)


def test_the_documents_rows_have_other_names() -> None:
    trader = Trader(stage(terms=quick(documents_spelling=True)))
    wire = listening(trader)
    trader.placed(price="150.01", size="10")
    data = wire.events()[-1]["data"]
    assert data["order"][0]["filledSize"] == "10"
    assert "cumFillSize" not in data["order"][0]
    (fill,) = data["orderFillTransaction"]
    assert (fill["side"], fill["price"], fill["size"], fill["isMaker"]) == (
        "BUY",
        "150.01",
        "10",
        False,
    )
    assert "totalAmount" in data["collateral"][0]


def test_funding_is_told_as_it_is_settled() -> None:
    funding = FundingTerms(4 * HOUR_NS, ConstantFunding(Decimal("0.0001")))
    trader = Trader(stage(paper=type(PAPER)(leverage=Decimal(10), funding=funding)))
    trader.placed(side="SELL", price="149.99", size="10")
    wire = listening(trader)
    passes(trader.simulator, 2.7 * 3600)
    (event,) = [each for each in wire.events() if each["event"] == "FUNDING_SETTLEMENT"]
    (row,) = event["data"]["positionTransaction"]
    assert row["type"] == "SETTLE_FUNDING_FEE"
    assert Decimal(row["deltaFundingFee"]) == Decimal("0.15")
    assert event["data"]["collateralTransaction"][0]["type"] == "POSITION_FUNDING"


def test_settings_are_told() -> None:
    trader = Trader(stage())
    wire = listening(trader)
    read(trader.post("account/updateLeverageSetting", contractId=SOL, leverage="7"))
    (event,) = wire.events()
    assert event["event"] == "ACCOUNT_UPDATE"
    setting = event["data"]["account"][0]["contractIdToTradeSetting"][SOL]
    assert setting["maxLeverage"] == "7"


def test_a_liquidation_is_told_with_the_order_that_the_venue_makes() -> None:
    crash = move(
        2,
        2,
        [(149.99, 0.0), (149.98, 0.0), (100.0, 900.0)],
        [(150.01, 0.0), (150.02, 0.0), (100.1, 900.0)],
    )
    trader = Trader(stage(crash, balance="1600"))
    trader.placed(price="150.02", size="90")
    wire = listening(trader)
    passes(trader.simulator, 5)
    events = wire.events()
    kinds = [event["event"] for event in events]
    assert "START_LIQUIDATING" in kinds
    assert "FINISH_LIQUIDATING" in kinds
    ended = [row for event in events for row in event["data"].get("order", [])][-1]
    assert (ended["isLiquidate"], ended["side"]) == (True, "SELL")
    history = read(trader.get("order/getHistoryOrderPage", filterIsLiquidateList="true"))
    assert history["dataList"]


def test_a_private_socket_takes_no_subscriptions() -> None:
    trader = Trader(stage())
    wire = listening(trader)
    wire.say(type="subscribe", channel=f"depth.{SOL}.15")
    (error,) = wire.take()
    assert error["content"]["code"] == "GATEWAY_UNRECOGNIZED_MESSAGE"


def test_every_socket_of_an_account_hears_the_same_and_others_nothing() -> None:
    venue = stage(accounts=("main", "other"))
    trader = Trader(venue)
    one, two = listening(trader, 1), listening(trader, 2)
    stranger = listening(Trader(venue, "other"), 3)
    trader.placed()
    heard = one.events()
    assert heard
    assert heard == two.events()
    assert stranger.events() == []
