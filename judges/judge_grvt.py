"""grvt-pysdk on a simulated GRVT: its synchronous client, which logs in while it is built."""

import asyncio
import time
from decimal import Decimal

import pysdk.grvt_ccxt_env as sdk_environment
import pysdk.grvt_ccxt_ws as sdk_streams
from pysdk.grvt_ccxt import GrvtCcxt
from pysdk.grvt_ccxt_env import GrvtEndpointType, GrvtEnv, GrvtWSEndpointType
from pysdk.grvt_ccxt_utils import get_grvt_order, get_order_payload
from pysdk.grvt_ccxt_ws import GrvtCcxtWS
from steps import PATIENCE_S, eventually, expect, main

SYMBOL = "ETH_USDT_Perp"
UPDATES = 5
RESTING_ID, TAKING_ID = str(2**63 + 1), str(2**63 + 2)


class GrvtJudge:
    def __init__(self, environment, venue):
        domains = {
            GrvtEndpointType.EDGE: environment["PERP_GRVT_AUTH_URL"],
            GrvtEndpointType.TRADE_DATA: environment["PERP_GRVT_TRADES_URL"],
            GrvtEndpointType.MARKET_DATA: environment["PERP_GRVT_MARKET_DATA_URL"],
        }
        # The SDK takes no URL: this function is where every one of them comes from.
        sdk_environment.get_grvt_endpoint_domains = lambda name: domains
        private = environment["PERP_GRVT_TRADES_WS_URL"]
        public = environment["PERP_GRVT_MARKET_DATA_WS_URL"]
        streams = {
            GrvtWSEndpointType.TRADE_DATA: private.removesuffix("/full"),
            GrvtWSEndpointType.MARKET_DATA: public.removesuffix("/full"),
            GrvtWSEndpointType.TRADE_DATA_RPC_FULL: private,
            GrvtWSEndpointType.MARKET_DATA_RPC_FULL: public,
        }
        sdk_streams.get_grvt_ws_endpoint = lambda name, kind: streams[kind]
        self.env = GrvtEnv(environment["GRVT_ENVIRONMENT"])
        self.key = environment["GRVT_PRIVATE_KEY"]
        self.account_id = environment["GRVT_TRADING_ACCOUNT_ID"]
        self.api_key = environment["GRVT_API_KEY"]

    def list_markets(self):
        self.api = GrvtCcxt(self.env)
        market = self.api.fetch_market(SYMBOL)
        expect(market, self.api.markets[SYMBOL], "the market alone")
        self.tick, self.step = Decimal(market["tick_size"]), Decimal(market["min_size"])
        self.min_notional = Decimal(market["min_notional"])
        return f"{len(self.api.markets)} markets, {len(self.api.fetch_all_markets())} of all kinds"

    def read_the_book(self):
        book = self.api.fetch_order_book(SYMBOL, limit=10)
        self.bid = Decimal(book["bids"][0]["price"])
        self.ask = Decimal(book["asks"][0]["price"])
        expect(self.bid < self.ask, True, "bid below ask")
        self.size = (self.min_notional * 2 / self.bid // self.step + 1) * self.step
        return f"{len(book['bids'])} and {len(book['asks'])} levels"

    def log_in(self):
        parameters = {
            "trading_account_id": self.account_id,
            "private_key": self.key,
            "api_key": self.api_key,
        }
        self.api = GrvtCcxt(self.env, parameters=parameters)
        expect(self.api._cookie is not None, True, "a session cookie")
        summary = self.api.get_account_summary("sub-account")
        expect(summary["sub_account_id"], self.account_id, "account")
        return f"equity {summary['total_equity']}"

    def rest_an_order(self):
        self.price = (self.bid * Decimal("0.95") // self.tick) * self.tick
        params = {"client_order_id": RESTING_ID, "post_only": True}
        order = self.api.create_limit_order(SYMBOL, "buy", self.size, self.price, params)
        expect(order["metadata"]["client_order_id"], RESTING_ID, "client order id")
        return f"{order['state']['status']} {order['order_id']}"

    def see_it_open(self):
        def listed():
            return [
                row
                for row in self.api.fetch_open_orders(SYMBOL)
                if row["metadata"]["client_order_id"] == RESTING_ID
            ]

        (self.resting,) = eventually(listed, "the open order")
        expect(Decimal(self.resting["legs"][0]["limit_price"]), self.price, "price")
        alone = self.api.fetch_order(params={"client_order_id": RESTING_ID})["result"]
        expect(alone["state"]["status"], "OPEN", "status")
        expect(alone["order_id"], self.resting["order_id"], "order id")
        return "alone and in the list"

    def fill_an_order(self):
        price = (self.ask * Decimal("1.02") // self.tick) * self.tick
        params = {"client_order_id": TAKING_ID, "time_in_force": "IMMEDIATE_OR_CANCEL"}
        self.api.create_limit_order(SYMBOL, "buy", self.size, price, params)

        def filled():
            order = self.api.fetch_order(params={"client_order_id": TAKING_ID}).get("result")
            return order and order["state"]["status"] == "FILLED" and order

        order = eventually(filled, "the filled order")
        expect(Decimal(order["state"]["traded_size"][0]), self.size, "traded size")
        return f"order {order['order_id']}"

    def see_the_fill(self):
        def fills():
            return [
                row
                for row in self.api.fetch_my_trades(SYMBOL)["result"]
                if row["client_order_id"] == TAKING_ID
            ]

        rows = eventually(fills, "the fills")
        expect(sum(Decimal(row["size"]) for row in rows), self.size, "filled size")
        positions = self.api.fetch_positions([SYMBOL])
        expect(Decimal(positions[0]["size"]), self.size, "position")
        return f"{len(rows)} fills and the position"

    def cancel(self):
        acknowledged = self.api.cancel_order(params={"client_order_id": RESTING_ID})
        expect(bool(acknowledged), True, "acknowledged")
        return "acknowledged"

    def see_it_gone(self):
        eventually(lambda: not self.api.fetch_open_orders(SYMBOL), "an empty list")
        alone = self.api.fetch_order(params={"client_order_id": RESTING_ID})
        expect(alone["result"]["state"]["status"], "CANCELLED", "status")
        time.sleep(0.5)  # the venue allows few queries in a second
        history = self.api.fetch_order_history({"kind": "PERPETUAL"})["result"]
        ended = [row for row in history if row["metadata"]["client_order_id"] == RESTING_ID]
        expect([row["state"]["status"] for row in ended], ["CANCELLED"], "status in the history")
        return "not open, cancelled in the history"

    def hear_the_book(self):
        # Its tasks connect again and again, and do not always end when they are cancelled: they are
        # left behind with their loop.
        return asyncio.new_event_loop().run_until_complete(self.heard())

    async def heard(self):
        books = asyncio.Queue()
        stream = GrvtCcxtWS(self.env, asyncio.get_running_loop())
        await stream.initialize()
        await stream.subscribe(
            "book.s",
            books.put,
            ws_end_point_type=GrvtWSEndpointType.MARKET_DATA_RPC_FULL,
            params={"instrument": SYMBOL},
        )
        for _ in range(UPDATES):
            async with asyncio.timeout(PATIENCE_S):
                book = (await books.get())["feed"]
            expect(
                Decimal(book["bids"][0]["price"]) < Decimal(book["asks"][0]["price"]),
                True,
                "bid below ask",
            )
        return f"{UPDATES} times, {len(book['bids'])} and {len(book['asks'])} levels"

    def sign(self, orders):
        for order in orders:
            limit = order["kind"] == "limit"
            unsigned = get_grvt_order(
                sub_account_id=self.account_id,
                symbol=order["contract_id"],
                order_type=order["kind"],
                side=order["side"],
                amount=Decimal(order["size"]),
                limit_price=Decimal(order["price"]) if limit else None,
                params={
                    "client_order_id": str(2**63 + int(order["client_order_id"])),
                    "time_in_force": WORDS[order["time_in_force"]] if limit else WORDS["IOC"],
                    "post_only": order["post_only"],
                    "reduce_only": order["reduce_only"],
                },
            )
            unsigned.signature.nonce = order["nonce"]
            unsigned.signature.expiration = str(order["expires_ns"])
            yield get_order_payload(unsigned, self.key, self.env, self.api.markets)


WORDS = {
    "GTC": "GOOD_TILL_TIME",
    "IOC": "IMMEDIATE_OR_CANCEL",
    "FOK": "FILL_OR_KILL",
}

if __name__ == "__main__":
    main(GrvtJudge)
