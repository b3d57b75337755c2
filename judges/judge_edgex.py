"""edgex-python-sdk on a simulated edgeX: its asynchronous client, and its stream on a thread."""

import asyncio
import json
import queue
from decimal import Decimal

import edgex_sdk.order.client as sdk_orders
from edgex_sdk.account.client import GetPositionTransactionPageParams
from edgex_sdk.client import Client
from edgex_sdk.order.types import (
    CancelOrderParams,
    CreateOrderParams,
    GetActiveOrderParams,
    GetHistoryOrderPageParams,
    OrderFillTransactionParams,
    OrderSide,
    OrderType,
    TimeInForce,
)
from edgex_sdk.quote.client import GetOrderBookDepthParams
from edgex_sdk.ws.manager import Manager
from steps import PATIENCE_S, eventually, expect, main

NAME = "ETHUSDC"
UPDATES = 5
RESTING_ID, TAKING_ID = "judge-1", "judge-2"
EXPIRES_IN_NS = 29 * 86_400 * 10**9
"""By how much the end of an order to sign lies behind the instant of its signing."""


class EdgexJudge:
    def __init__(self, environment, venue):
        self.loop = asyncio.new_event_loop()
        self.account_id = environment["EDGEX_ACCOUNT_ID"]
        self.key = {
            "api_key": environment["EDGEX_API_KEY"],
            "api_passphrase": environment["EDGEX_API_PASSPHRASE"],
            "api_secret": environment["EDGEX_API_SECRET"],
        }
        self.client = Client(
            base_url=environment["PERP_EDGEX_REST_URL"],
            account_id=int(self.account_id),
            trading_private_key=environment["EDGEX_SIGNER_PRIVATE_KEY"],
            **self.key,
        )
        self.public = environment["PERP_EDGEX_WS_PUBLIC_URL"]
        self.private = environment["PERP_EDGEX_WS_PRIVATE_URL"]

    def ask(self, coroutine):
        # The SDK takes any answer with status 200 for a success.
        answer = self.loop.run_until_complete(coroutine)
        expect(answer["code"], "SUCCESS", "code")
        return answer["data"]

    def list_markets(self):
        self.ask(self.client.get_server_time())
        contracts = self.ask(self.client.get_metadata())["contractList"]
        (market,) = [each for each in contracts if each["contractName"] == NAME]
        self.contract_id = market["contractId"]
        self.tick, self.step = Decimal(market["tickSize"]), Decimal(market["stepSize"])
        self.size = str(max(Decimal(market["minOrderSize"]), self.step))
        (ticker,) = self.ask(self.client.get_24_hour_quote(self.contract_id))
        rates = self.ask(self.client.funding.get_latest_funding_rate([self.contract_id]))
        expect(rates[0]["fundingTime"], ticker["fundingTime"], "time of the last funding")
        return f"{len(contracts)} contracts, mark {ticker['markPrice']}"

    def read_the_book(self):
        params = GetOrderBookDepthParams(contract_id=self.contract_id, limit=15)
        (book,) = self.ask(self.client.quote.get_order_book_depth(params))
        self.bid, self.ask_price = (Decimal(book[side][0]["price"]) for side in ("bids", "asks"))
        expect(self.bid < self.ask_price, True, "bid below ask")
        return f"{len(book['bids'])} and {len(book['asks'])} levels"

    def log_in(self):
        asset = self.ask(self.client.get_account_asset())
        expect(asset["account"]["id"], self.account_id, "account")
        equity = asset["collateralAssetModelList"][0]["totalEquity"]
        self.events = queue.Queue()
        manager = Manager(self.private, int(self.account_id), **self.key)
        manager.get_private_client().on_message("trade-event", self.events.put)
        manager.connect_private()
        content = json.loads(self.events.get(timeout=PATIENCE_S))["content"]
        expect(content["event"], "Snapshot", "first event")
        self.manager = manager
        return f"equity {equity}"

    def place(self, name, price, time_in_force):
        params = CreateOrderParams(
            contract_id=self.contract_id,
            price=str(price),
            size=self.size,
            type=OrderType.LIMIT,
            side=OrderSide.BUY,
            client_order_id=name,
            time_in_force=time_in_force,
        )
        return self.ask(self.client.create_order(params))["orderId"]

    def filled(self, order_id):
        def seen():
            found = self.ask(self.client.order.get_orders_by_id([order_id]))
            return found and found[0]["status"] == "FILLED" and found[0]

        return eventually(seen, "the filled order")

    def rest_an_order(self):
        self.price = (self.bid * Decimal("0.95") // self.tick) * self.tick
        self.resting = self.place(RESTING_ID, self.price, TimeInForce.POST_ONLY)
        return f"order {self.resting}"

    def see_it_open(self):
        def listed():
            params = GetActiveOrderParams(filter_contract_id_list=[self.contract_id])
            rows = self.ask(self.client.get_active_orders(params))["dataList"]
            return [row for row in rows if row["status"] == "OPEN"]

        (row,) = eventually(listed, "the open order")
        expect((row["id"], row["clientOrderId"]), (self.resting, RESTING_ID), "ids")
        expect((Decimal(row["price"]), row["size"]), (self.price, self.size), "price and size")
        (alone,) = self.ask(self.client.order.get_orders_by_client_order_id([RESTING_ID]))
        expect(alone, row, "the order alone")
        return "alone and in the list"

    def fill_an_order(self):
        price = (self.ask_price * Decimal("1.02") // self.tick) * self.tick
        self.taking = self.place(TAKING_ID, price, TimeInForce.IMMEDIATE_OR_CANCEL)

        order = self.filled(self.taking)
        expect(order["cumMatchSize"], self.size, "matched size")
        for side in (OrderSide.SELL, OrderSide.BUY):
            market = self.client.create_market_order(self.contract_id, self.size, side)
            self.filled(self.ask(market)["orderId"])
        return f"order {self.taking}, and two at market"

    def see_the_fill(self):
        params = OrderFillTransactionParams(filter_order_id_list=[self.taking])
        rows = self.ask(self.client.get_order_fill_transactions(params))["dataList"]
        expect(str(sum(Decimal(row["fillSize"]) for row in rows)), self.size, "filled size")
        positions = self.ask(self.client.get_account_positions())["positionList"]
        expect([row["openSize"] for row in positions], [self.size], "position")
        params = GetPositionTransactionPageParams(filter_contract_id_list=[self.contract_id])
        moved = self.ask(self.client.account.get_position_transaction_page(params))["dataList"]
        kinds = {row["type"] for row in moved}
        expect(kinds, {"BUY_POSITION", "SELL_POSITION"}, "ledger")
        told = []
        while not self.events.empty():
            told += json.loads(self.events.get())["content"]["data"].get("order", [])
        ends = [row["status"] for row in told if row["id"] == self.taking]
        expect(ends[-2:], ["FILLED", "FILLED"], "the stream's last words")
        return f"{len(rows)} fills, the position and the stream's word"

    def cancel(self):
        params = CancelOrderParams(order_id=self.resting)
        outcomes = self.ask(self.client.cancel_order(params))["cancelResultMap"]
        expect(outcomes, {self.resting: "SUCCESS"}, "outcome")
        return "accepted"

    def see_it_gone(self):
        def gone():
            rows = self.ask(self.client.get_active_orders(GetActiveOrderParams()))["dataList"]
            return not rows

        eventually(gone, "an empty list")
        history = self.ask(self.client.order.get_history_order_page(GetHistoryOrderPageParams()))
        ended = [row for row in history["dataList"] if row["id"] == self.resting]
        expect([row["cancelReason"] for row in ended], ["USER_CANCELED"], "reason in the history")
        return "not open, cancelled in the history"

    def hear_the_book(self):
        books = queue.Queue()
        manager = Manager(self.public, int(self.account_id))
        manager.connect_public()
        manager.subscribe_depth(self.contract_id, books.put)
        sides = {"bids": {}, "asks": {}}
        version = None
        for _ in range(UPDATES):
            (change,) = json.loads(books.get(timeout=PATIENCE_S))["content"]["data"]
            expect(version in (None, change["startVersion"]), True, "no gap")
            version = change["endVersion"]
            for side, levels in sides.items():
                levels.update({Decimal(row["price"]): row["size"] for row in change[side]})
            bids, asks = (
                [price for price, size in levels.items() if Decimal(size)]
                for levels in sides.values()
            )
            expect(max(bids) < min(asks), True, "bid below ask")
        manager.disconnect_all()
        self.manager.disconnect_all()
        return f"{UPDATES} times, {len(bids)} and {len(asks)} levels"

    def sign(self, orders):
        sent = []

        async def record(**request):
            sent.append(request["data"])

        self.client.order.async_client.make_authenticated_request = record
        for order in orders:
            # The SDK reads the clock for the end of an order's life.
            sdk_orders.time = At((order["expires_ns"] - EXPIRES_IN_NS) / 10**9)
            params = CreateOrderParams(
                contract_id=order["contract_id"],
                price=order["price"],
                size=order["size"],
                # A market order of ours is one with a limit that does not rest.
                type=OrderType.LIMIT,
                side=OrderSide(order["side"].upper()),
                client_order_id=order["client_order_id"],
                time_in_force=TIMES[order["time_in_force"], order["post_only"]],
                reduce_only=order["reduce_only"],
            )
            self.loop.run_until_complete(self.client.create_order(params))
            yield sent.pop()


class At:
    def __init__(self, now_s):
        self.now_s = now_s

    def time(self):
        return self.now_s


TIMES = {
    ("GTC", False): TimeInForce.GOOD_TIL_CANCEL,
    ("GTC", True): TimeInForce.POST_ONLY,
    ("IOC", False): TimeInForce.IMMEDIATE_OR_CANCEL,
    ("FOK", False): TimeInForce.FILL_OR_KILL,
}

if __name__ == "__main__":
    main(EdgexJudge)
