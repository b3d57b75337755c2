"""python-binance on a simulated Binance: its synchronous client, and its sockets for streams."""

import asyncio
from decimal import Decimal
from urllib.parse import parse_qs

import requests
from binance import AsyncClient, BinanceSocketManager, Client
from steps import PATIENCE_S, Limited, eventually, expect, main

SYMBOL = "ETHUSDT"
UPDATES = 10
RESTING_ID, TAKING_ID = "judgeRests", "judgeTakes"


class BinanceJudge:
    def __init__(self, environment, venue):
        self.url = environment["PERP_BINANCE_REST_URL"]
        self.stream = environment["PERP_BINANCE_WS_PUBLIC_URL"].removesuffix("public")
        self.keys = environment["BINANCE_API_KEY"], environment["BINANCE_API_SECRET"]
        # Asked to, it would greet the spot exchange, which is not here.
        self.api = self.pointed(Client(*self.keys, ping=False))

    def pointed(self, client):
        client.FUTURES_URL = self.url + "/fapi"
        client.FUTURES_DATA_URL = self.url + "/futures/data"
        return client

    def list_markets(self):
        markets = {one["symbol"]: one for one in self.api.futures_exchange_info()["symbols"]}
        filters = {one["filterType"]: one for one in markets[SYMBOL]["filters"]}
        self.tick = Decimal(filters["PRICE_FILTER"]["tickSize"])
        self.step = Decimal(filters["LOT_SIZE"]["stepSize"])
        return f"{len(markets)} markets"

    def read_the_book(self):
        book = self.api.futures_order_book(symbol=SYMBOL, limit=100)
        self.bid, self.ask = Decimal(book["bids"][0][0]), Decimal(book["asks"][0][0])
        expect(self.bid < self.ask, True, "bid below ask")
        return f"{len(book['bids'])} and {len(book['asks'])} levels"

    def log_in(self):
        (balance,) = self.api.futures_account_balance()
        expect(self.api.futures_get_position_mode()["dualSidePosition"], False, "hedge mode")
        return f"balance {balance['balance']} {balance['asset']}"

    def rest_an_order(self):
        self.price = (self.bid * Decimal("0.97") // self.tick) * self.tick
        self.size = self.step * 20
        self.resting = self.place(RESTING_ID, self.price, "GTX")
        expect(self.resting["status"], "NEW", "status")
        return f"order {self.resting['orderId']}"

    def place(self, name, price, time_in_force):
        answer = self.api.futures_create_order(
            symbol=SYMBOL,
            side="BUY",
            type="LIMIT",
            timeInForce=time_in_force,
            quantity=str(self.size),
            price=str(price),
            newClientOrderId=name,
            newOrderRespType="RESULT",
        )
        expect(answer["clientOrderId"], name, "client id")
        return answer

    def see_it_open(self):
        (listed,) = self.api.futures_get_open_orders(symbol=SYMBOL)
        expect(listed["orderId"], self.resting["orderId"], "order id")
        expect(Decimal(listed["price"]), self.price, "price")
        expect(Decimal(listed["origQty"]), self.size, "size")
        alone = self.api.futures_get_order(symbol=SYMBOL, origClientOrderId=RESTING_ID)
        expect(alone["status"], "NEW", "status")
        return "alone and in the list"

    def fill_an_order(self):
        price = (self.ask * Decimal("1.02") // self.tick) * self.tick
        self.taken = self.place(TAKING_ID, price, "IOC")
        expect(self.taken["status"], "FILLED", "status")
        expect(Decimal(self.taken["executedQty"]), self.size, "filled size")
        return f"order {self.taken['orderId']}"

    def see_the_fill(self):
        fills = eventually(lambda: self.api.futures_account_trades(symbol=SYMBOL), "the fills")
        expect({one["orderId"] for one in fills}, {self.taken["orderId"]}, "orders of the fills")
        expect(sum(Decimal(one["qty"]) for one in fills), self.size, "filled size")
        (position,) = self.api.futures_position_information(symbol=SYMBOL)
        expect(Decimal(position["positionAmt"]), self.size, "position")
        return f"{len(fills)} fills and the position"

    def cancel(self):
        stop = (self.bid * Decimal("0.9") // self.tick) * self.tick
        # It sends conditional orders to their own path by itself.
        waiting = self.api.futures_create_order(
            symbol=SYMBOL,
            side="SELL",
            type="STOP_MARKET",
            quantity=str(self.size),
            triggerPrice=str(stop),
            reduceOnly="true",
        )
        answer = self.api.futures_cancel_order(symbol=SYMBOL, algoId=waiting["algoId"])
        expect(answer["code"], "200", "answer to the cancellation of a conditional order")
        canceled = self.api.futures_cancel_order(symbol=SYMBOL, orderId=self.resting["orderId"])
        expect(canceled["status"], "CANCELED", "status")
        return f"order {canceled['orderId']} and a conditional one"

    def see_it_gone(self):
        expect(self.api.futures_get_open_orders(symbol=SYMBOL), [], "open orders")
        expect(self.api.futures_get_open_orders(conditional=True), [], "conditional orders")
        history = self.api.futures_get_all_orders(symbol=SYMBOL)
        expect([one["status"] for one in history], ["CANCELED", "FILLED"], "history")
        return "not open, cancelled in the history"

    def hear_the_book(self):
        note = asyncio.run(self.heard())
        return Limited(f"{note}; partial books: it keeps none of differences for futures")

    async def heard(self):
        client = self.pointed(AsyncClient(*self.keys))
        manager = BinanceSocketManager(client)
        manager.FSTREAM_URL = self.stream
        try:
            async with manager.futures_user_socket() as own:
                self.place("judgeHeard", self.price, "GTX")
                told = await asyncio.wait_for(own.recv(), PATIENCE_S)
                expect(told["o"]["c"], "judgeHeard", "client id on the private stream")
            streams = [f"{SYMBOL.lower()}@depth20@100ms"]
            async with manager.futures_multiplex_socket(streams, category="public") as socket:
                for _ in range(UPDATES):
                    frame = await asyncio.wait_for(socket.recv(), PATIENCE_S)
                    bids, asks = frame["data"]["b"], frame["data"]["a"]
                    expect(Decimal(bids[0][0]) < Decimal(asks[0][0]), True, "bid below ask")
        finally:
            await client.close_connection()
        return f"own order, {UPDATES} books"

    def sign(self, orders):
        sent = []
        self.api.session.send = lambda request, **_: sent.append(request) or nothing()
        for order in orders:
            limit = order["kind"] == "limit"
            terms = {"price": order["price"], "timeInForce": time_in_force(order)} if limit else {}
            if order["reduce_only"]:
                terms["reduceOnly"] = "true"
            self.api.futures_create_order(
                symbol=order["contract_id"],
                side=order["side"].upper(),
                type=order["kind"].upper(),
                quantity=order["size"],
                newClientOrderId=order["client_order_id"],
                newOrderRespType="RESULT",
                **terms,
            )
            request = sent.pop()
            body = request.body if isinstance(request.body, str) else request.body.decode()
            yield {
                "path": request.path_url,
                "body": body,
                "key": request.headers["X-MBX-APIKEY"],
                "timestamp": int(parse_qs(body)["timestamp"][0]),
            }


def time_in_force(order):
    return "GTX" if order["post_only"] else order["time_in_force"]


def nothing():
    """Return an answer that says nothing."""
    answer = requests.Response()
    answer.status_code = 200
    answer._content = b"{}"
    return answer


if __name__ == "__main__":
    main(BinanceJudge)
