"""paradex-py on a simulated Paradex: its synchronous client, and binary market data."""

import asyncio
import time
from decimal import Decimal

from paradex_py import Paradex
from paradex_py.api.ws_client import ParadexWebsocketChannel
from paradex_py.common.order import Order, OrderSide, OrderType
from steps import eventually, expect, main, within

SYMBOL = "ETH-USD-PERP"
UPDATES = 5
RECV_WINDOW_MS = 5000
RESTING_ID, TAKING_ID = "resting-1", "taking-2"


class ParadexJudge:
    def __init__(self, environment, venue):
        self.environment = environment
        self.api = None

    def list_markets(self):
        # Without a key the SDK asks for nothing but the venue's configuration.
        self.api = self.opened()
        rows = {row["symbol"]: row for row in self.client.fetch_markets()["results"]}
        self.tick = Decimal(rows[SYMBOL]["price_tick_size"])
        self.step = Decimal(rows[SYMBOL]["order_size_increment"])
        self.min_notional = Decimal(rows[SYMBOL]["min_notional"])
        return f"{len(rows)} markets"

    def read_the_book(self):
        book = self.client.fetch_orderbook(SYMBOL, {"depth": 10})
        self.bid, self.ask = Decimal(book["bids"][0][0]), Decimal(book["asks"][0][0])
        expect(self.bid < self.ask, True, "bid below ask")
        self.size = (self.min_notional * 2 / self.bid // self.step + 1) * self.step
        best = self.client.fetch_bbo(SYMBOL)
        expect(Decimal(best["bid"]) < Decimal(best["ask"]), True, "best bid below best ask")
        return f"{len(book['bids'])} and {len(book['asks'])} levels"

    def log_in(self):
        # The SDK derives the account's address from the key, as the venue does.
        self.api = self.opened(
            l1_address=self.environment["PARADEX_L1_ADDRESS"],
            l2_private_key=self.environment["PARADEX_L2_PRIVATE_KEY"],
        )
        address = hex(self.api.account.l2_address)
        expect(address, self.environment["PARADEX_L2_ADDRESS"], "derived address")
        summary = self.client.fetch_account_summary()
        expect(summary.account, address, "account")
        return f"account value {summary.account_value}"

    def rest_an_order(self):
        self.price = (self.bid * Decimal("0.97") // self.tick) * self.tick
        order = self.order(self.price, RESTING_ID, "POST_ONLY")
        self.resting = self.client.submit_order(order)
        expect(self.resting["client_id"], RESTING_ID, "client id")
        return f"{self.resting['status']} {self.resting['id']}"

    def see_it_open(self):
        def listed():
            rows = self.client.fetch_orders({"market": SYMBOL})["results"]
            return [row for row in rows if row["status"] == "OPEN"]

        (row,) = eventually(listed, "the open order")
        expect(row["id"], self.resting["id"], "order id")
        expect(Decimal(row["price"]), self.price, "price")
        alone = self.client.fetch_order(self.resting["id"])
        expect(alone["status"], "OPEN", "status")
        by_name = self.client.fetch_order_by_client_id(RESTING_ID)
        expect(by_name["id"], self.resting["id"], "order id by client id")
        return "alone and in the list"

    def fill_an_order(self):
        price = (self.ask * Decimal("1.02") // self.tick) * self.tick
        self.taken = self.client.submit_order(self.order(price, TAKING_ID, "IOC"))
        return f"{self.taken['status']} {self.taken['id']}"

    def see_the_fill(self):
        def fills():
            rows = self.client.fetch_fills({"market": SYMBOL})["results"]
            return [row for row in rows if row["order_id"] == self.taken["id"]]

        rows = eventually(fills, "the fills")
        expect(sum(Decimal(row["size"]) for row in rows), self.size, "filled size")
        expect({row["client_id"] for row in rows}, {TAKING_ID}, "client id")
        positions = self.client.fetch_positions()["results"]
        held = [row for row in positions if row["status"] == "OPEN"]
        expect([Decimal(row["size"]) for row in held], [self.size], "positions")
        return f"{len(rows)} fills and the position"

    def cancel(self):
        changed = self.order(self.price - self.tick, RESTING_ID, "POST_ONLY")
        changed.id = self.resting["id"]
        self.client.modify_order(self.resting["id"], changed)

        def moved():
            row = self.client.fetch_order(self.resting["id"])
            return Decimal(row["price"]) == self.price - self.tick

        eventually(moved, "the changed price")
        self.client.cancel_order(self.resting["id"])
        return "after a change of its price"

    def see_it_gone(self):
        def gone():
            return not self.client.fetch_orders({"market": SYMBOL})["results"]

        eventually(gone, "an empty list")
        history = self.client.fetch_orders_history({"market": SYMBOL})["results"]
        (row,) = [each for each in history if each["id"] == self.resting["id"]]
        expect((row["status"], row["cancel_reason"]), ("CLOSED", "USER_CANCELED"), "its end")
        return "not open, closed in the history"

    def hear_the_book(self):
        return asyncio.run(self.heard())

    async def heard(self):
        books, orders = asyncio.Queue(), asyncio.Queue()

        async def on_book(channel, message):
            books.put_nowait(message["params"]["data"])

        async def on_order(channel, message):
            orders.put_nowait(message["params"]["data"])

        public, private = self.api.ws_client, self.api.ws_direct_client
        # The SDK tells its account to the first alone; the venue knows accounts at the second.
        private.init_account(self.api.account)
        expect(await within(public.connect(), "public connection"), True, "connected")
        expect(await within(private.connect(), "private connection"), True, "connected")
        channels = ParadexWebsocketChannel
        following = public.subscribe(channels.ORDER_BOOK, on_book, {"market": SYMBOL})
        await within(following, "subscription to a book")
        following = private.subscribe(channels.ORDERS, on_order, {"market": "ALL"})
        await within(following, "subscription to orders")
        for _ in range(UPDATES):
            book = await within(books.get(), "book")
            bid, ask = (Decimal(book[side][0][0]) for side in ("bids", "asks"))
            expect(bid < ask, True, "bid below ask")
        order = self.order(self.price, "", "POST_ONLY")
        created = await within(private.submit_order(order), "answer to an order")
        expect(created["order"]["market"], SYMBOL, "market of an order over the socket")
        told = await within(orders.get(), "order")
        expect(told["id"], created["order"]["id"], "order told")
        await within(private.cancel_all_orders(), "answer to a cancellation")
        await within(public.close(), "end of the public connection")
        await within(private.close(), "end of the private connection")
        return f"{UPDATES} times, {len(book['bids'])} and {len(book['asks'])} levels; orders too"

    def sign(self, orders):
        for order in orders:
            signed = self.unsigned(order)
            signed.signature = self.api.account.sign_order(signed)
            yield signed.dump_to_dict()

    def unsigned(self, order):
        limit = order["kind"] == "limit"
        instruction = "POST_ONLY" if order["post_only"] else order["time_in_force"]
        # Where nobody says how long, the SDK leaves it open; our words always say.
        return Order(
            market=order["contract_id"],
            order_type=OrderType.Limit if limit else OrderType.Market,
            order_side=OrderSide.Buy if order["side"] == "buy" else OrderSide.Sell,
            size=Decimal(order["size"]),
            limit_price=Decimal(order["price"]) if limit else Decimal(0),
            client_id=order["client_order_id"],
            instruction=instruction if limit else "GTC",
            reduce_only=order["reduce_only"],
            recv_window=RECV_WINDOW_MS,
            signature_timestamp=order["expires_ns"] // 1_000_000,
        )

    def order(self, price, client_id, instruction):
        # Two orders of one millisecond would have the same hash.
        time.sleep(0.002)
        return Order(
            market=SYMBOL,
            order_type=OrderType.Limit,
            order_side=OrderSide.Buy,
            size=self.size,
            limit_price=price,
            client_id=client_id,
            instruction=instruction,
        )

    @property
    def client(self):
        return self.api.api_client

    def opened(self, **credentials):
        return Paradex(
            env=self.environment["PARADEX_ENVIRONMENT"],
            api_base_url=self.environment["PERP_PARADEX_REST_URL"] + "/v1",
            ws_url_override=self.environment["PERP_PARADEX_WS_PUBLIC_URL"],
            ws_direct_url_override=self.environment["PERP_PARADEX_WS_URL"],
            ws_sbe_enabled=True,
            **credentials,
        )


if __name__ == "__main__":
    main(ParadexJudge)
