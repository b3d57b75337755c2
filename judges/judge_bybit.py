"""pybit on a simulated Bybit: its blocking client, and its threads for streams."""

import queue
from decimal import Decimal

import pybit.unified_trading as sdk
from pybit.unified_trading import HTTP, WebSocket
from steps import PATIENCE_S, eventually, expect, main

SYMBOL = "ETHUSDT"
LINEAR = {"category": "linear", "symbol": SYMBOL}
RESTING_ID, TAKING_ID, BATCH_ID = "judge-rests", "judge-takes", "judge-batch"
NOT_FOUND, DUPLICATE = 110001, 110072
UPDATES = 5


class BybitJudge:
    def __init__(self, environment, venue):
        self.environment = environment
        # The SDK takes no URL of a stream: these templates are where all of them come from.
        public = environment["PERP_BYBIT_WS_PUBLIC_URL"]
        sdk.PUBLIC_WSS = public + "/v5/public/{CHANNEL_TYPE}"
        sdk.PRIVATE_WSS = environment["PERP_BYBIT_WS_PRIVATE_URL"] + "/v5/private"
        self.key, self.secret = environment["BYBIT_API_KEY"], environment["BYBIT_API_SECRET"]
        self.api = self.opened()

    def opened(self, **credentials):
        api = HTTP(**credentials)
        api.endpoint = self.environment["PERP_BYBIT_REST_URL"]
        return api

    def list_markets(self):
        rows = self.api.get_instruments_info(category="linear", limit=1000)["result"]["list"]
        (market,) = [row for row in rows if row["symbol"] == SYMBOL]
        self.tick = Decimal(market["priceFilter"]["tickSize"])
        self.step = Decimal(market["lotSizeFilter"]["qtyStep"])
        self.min_notional = Decimal(market["lotSizeFilter"]["minNotionalValue"])
        return f"{len(rows)} markets"

    def read_the_book(self):
        book = self.api.get_orderbook(**LINEAR, limit=50)["result"]
        self.bid, self.ask = Decimal(book["b"][0][0]), Decimal(book["a"][0][0])
        expect(self.bid < self.ask, True, "bid below ask")
        self.size = (self.min_notional * 4 / self.bid // self.step + 1) * self.step
        return f"{len(book['b'])} and {len(book['a'])} levels"

    def log_in(self):
        self.api = self.opened(api_key=self.key, api_secret=self.secret)
        (wallet,) = self.api.get_wallet_balance(accountType="UNIFIED")["result"]["list"]
        self.listen()
        return f"equity {wallet['totalEquity']}"

    def listen(self):
        self.heard = queue.SimpleQueue()
        self.stream = WebSocket("private", testnet=False, api_key=self.key, api_secret=self.secret)
        self.stream.order_stream(self.heard.put)

    def rest_an_order(self):
        self.price = (self.bid * Decimal("0.95") // self.tick) * self.tick
        placed = self.place(RESTING_ID, self.price, "PostOnly")
        return f"order {placed['orderId']}"

    def wanted(self, name, price, time_in_force):
        terms = {"qty": str(self.size), "price": str(price), "timeInForce": time_in_force}
        return {"side": "Buy", "orderType": "Limit", **terms, "orderLinkId": name}

    def place(self, name, price, time_in_force):
        answer = self.api.place_order(**LINEAR, **self.wanted(name, price, time_in_force))
        expect(answer["result"]["orderLinkId"], name, "client order id")
        return answer["result"]

    def see_it_open(self):
        (self.resting,) = eventually(lambda: self.rows(RESTING_ID, 0), "the open order")
        expect(self.resting["orderStatus"], "New", "status")
        expect(Decimal(self.resting["price"]), self.price, "price")
        told = self.heard.get(timeout=PATIENCE_S)["data"][0]
        expect(told["orderLinkId"], RESTING_ID, "client order id on the stream")
        return "in the list and on the stream"

    def rows(self, name, closed):
        answer = self.api.get_open_orders(**LINEAR, orderLinkId=name, openOnly=closed)
        return answer["result"]["list"]

    def fill_an_order(self):
        price = (self.ask * Decimal("1.02") // self.tick) * self.tick
        self.place(TAKING_ID, price, "IOC")
        (order,) = eventually(lambda: self.rows(TAKING_ID, 1), "the filled order")
        expect(order["orderStatus"], "Filled", "status")
        expect(Decimal(order["cumExecQty"]), self.size, "filled size")
        return f"order {order['orderId']}"

    def see_the_fill(self):
        def fills():
            return self.api.get_executions(**LINEAR, orderLinkId=TAKING_ID)["result"]["list"]

        rows = eventually(fills, "the fills")
        expect(sum(Decimal(row["execQty"]) for row in rows), self.size, "filled size")
        (position,) = self.api.get_positions(**LINEAR)["result"]["list"]
        expect((position["side"], Decimal(position["size"])), ("Buy", self.size), "position")
        return f"{len(rows)} fills and the position"

    def cancel(self):
        answer = self.api.cancel_order(**LINEAR, orderLinkId=RESTING_ID)
        expect(answer["result"]["orderId"], self.resting["orderId"], "order id")
        order = self.wanted(BATCH_ID, self.price, "PostOnly")
        placed, twice = self.batch(self.api.place_batch_order, order, order)
        expect((placed["code"], twice["code"]), (0, DUPLICATE), "codes of a batch")
        expect((bool(placed["orderId"]), twice["orderId"]), (True, ""), "ids of a batch")
        names = ({"orderId": placed["orderId"]}, {"orderLinkId": "judge-never"})
        gone, absent = self.batch(self.api.cancel_batch_order, *names)
        expect((gone["code"], absent["code"]), (0, NOT_FOUND), "codes of a batch of cancels")
        return "acknowledged, one alone and one in a batch"

    def batch(self, call, *orders):
        """Return what became of each: its names, and its code beside them."""
        answer = call(category="linear", request=[{"symbol": SYMBOL, **each} for each in orders])
        rows = zip(answer["result"]["list"], answer["retExtInfo"]["list"], strict=True)
        return [{**row, **outcome} for row, outcome in rows]

    def see_it_gone(self):
        eventually(lambda: not self.rows(RESTING_ID, 0), "an empty list")

        def ended():
            answer = self.api.get_order_history(**LINEAR, orderLinkId=RESTING_ID)
            return answer["result"]["list"]

        (row,) = eventually(ended, "the order in the history")
        expect(row["orderStatus"], "Cancelled", "status in the history")
        return "not open, cancelled in the history"

    def hear_the_book(self):
        books = queue.SimpleQueue()
        stream = WebSocket("linear", testnet=False)
        stream.orderbook_stream(50, SYMBOL, books.put)
        for _ in range(UPDATES):
            book = books.get(timeout=PATIENCE_S)["data"]
            bid = max(Decimal(price) for price, _ in book["b"])
            ask = min(Decimal(price) for price, _ in book["a"])
            expect(bid < ask, True, "bid below ask")
        return f"{UPDATES} times, {len(book['b'])} and {len(book['a'])} levels"

    def sign(self, orders):
        for order in orders:
            limit = order["kind"] == "limit"
            wanted = {
                "category": "linear",
                "symbol": order["contract_id"],
                "side": order["side"].capitalize(),
                "orderType": "Limit" if limit else "Market",
                "qty": order["size"],
                "timeInForce": "PostOnly" if order["post_only"] else order["time_in_force"],
                "orderLinkId": order["client_order_id"],
                "reduceOnly": order["reduce_only"],
            }
            if limit:
                wanted["price"] = order["price"]
            body = self.api.prepare_payload("POST", wanted)
            headers = self.api._prepare_headers(body, self.api.recv_window)
            yield {"headers": headers, "body": body}


if __name__ == "__main__":
    main(BybitJudge)
