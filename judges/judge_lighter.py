"""lighter-sdk on a simulated Lighter: its asynchronous REST client and its native signer."""

import asyncio
import json
from decimal import Decimal

import lighter
from steps import PATIENCE_S, PAUSE_S, expect, main

MARKET = "ETH"
RESTING_ID, TAKING_ID = 1001, 1002
UPDATES = 10
VALID_MS, LIFETIME_MS = 599_000, 28 * 86_400_000
"""What the signer adds to the time: to a transaction's own, and to an order that may rest."""


class LighterJudge:
    def __init__(self, environment, venue):
        self.url = environment["PERP_LIGHTER_REST_URL"]
        self.stream = environment["PERP_LIGHTER_WS_URL"] + "/stream"
        self.key = environment["API_KEY_PRIVATE_KEY"]
        self.account = int(environment["LIGHTER_ACCOUNT_INDEX"])
        self.key_index = int(environment["LIGHTER_API_KEY_INDEX"])
        self.loop = asyncio.new_event_loop()
        self.api = self.wait(self.open_api())

    async def open_api(self):
        configuration = lighter.Configuration(host=self.url)
        return lighter.ApiClient(configuration=configuration)

    def wait(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    def list_markets(self):
        self.orders = lighter.OrderApi(self.api)
        listed = self.wait(self.orders.order_book_details(filter="perp")).order_book_details
        self.markets = {row.symbol: row for row in listed}
        self.market = self.markets[MARKET]
        return f"{len(listed)} markets, {MARKET} is number {self.market.market_id}"

    def read_the_book(self):
        book = self.wait(self.orders.order_book_orders(self.market.market_id, 50))
        self.bid = max(Decimal(row.price) for row in book.bids)
        self.ask = min(Decimal(row.price) for row in book.asks)
        expect(self.bid < self.ask, True, "bid below ask")
        return f"{len(book.bids)} and {len(book.asks)} orders"

    def log_in(self):
        self.client = self.wait(self.open_signer())
        expect(self.client.check_client(), None, "complaint of the signer about the key")
        self.token, complaint = self.client.create_auth_token_with_expiry(
            api_key_index=self.key_index
        )
        expect(complaint, None, "complaint about the token")
        limits = self.wait(
            lighter.AccountApi(self.api).account_limits(self.account, authorization=self.token)
        )
        account = self.wait(lighter.AccountApi(self.api).account("index", str(self.account)))
        return f"tier {limits.user_tier}, collateral {account.accounts[0].collateral}"

    async def open_signer(self):
        return lighter.SignerClient(
            url=self.url,
            account_index=self.account,
            api_private_keys={self.key_index: self.key},
        )

    def rest_an_order(self):
        self.price = self.scaled_price(self.bid * Decimal("0.95"))
        self.size = self.scaled_size(Decimal("0.05"))
        return self.sent(
            self.client.create_order(
                self.market.market_id,
                RESTING_ID,
                self.size,
                self.price,
                is_ask=False,
                order_type=self.client.ORDER_TYPE_LIMIT,
                time_in_force=self.client.ORDER_TIME_IN_FORCE_POST_ONLY,
            )
        )

    def see_it_open(self):
        (self.resting,) = self.eventually(self.active, "the open order")
        expect(self.resting.client_order_index, RESTING_ID, "client order index")
        expect(self.resting.base_price, self.price, "price")
        expect(self.resting.status, "open", "status")
        return f"order {self.resting.order_index}"

    def fill_an_order(self):
        return self.sent(
            self.client.create_market_order(
                self.market.market_id,
                TAKING_ID,
                self.size,
                self.scaled_price(self.ask * Decimal("1.02")),
                is_ask=False,
            )
        )

    def see_the_fill(self):
        (trade,) = self.eventually(self.trades, "the trade")
        expect(self.scaled_size(Decimal(trade.size)), self.size, "size")
        expect(trade.is_maker_ask, True, "maker on the ask")
        account = self.wait(lighter.AccountApi(self.api).account("index", str(self.account)))
        held = [row for row in account.accounts[0].positions if Decimal(row.position)]
        expect([row.market_id for row in held], [self.market.market_id], "markets held")
        return f"trade {trade.trade_id} and the position"

    def cancel(self):
        return self.sent(self.client.cancel_order(self.market.market_id, self.resting.order_index))

    def see_it_gone(self):
        self.eventually(lambda: not self.active(), "an empty list")
        ended = self.eventually(self.canceled, "the canceled order")
        expect(ended[0].status, "canceled", "status")
        self.wait(self.client.close())
        self.wait(self.api.close())
        return "not open, canceled in the history"

    def hear_the_book(self):
        return self.wait(self.heard())

    async def heard(self):
        books = asyncio.Queue()
        stream = lighter.WsClient(
            ws_url=self.stream,
            order_book_ids=[self.market.market_id],
            on_order_book_update=lambda market, book: books.put_nowait(book),
        )
        running = asyncio.create_task(stream.run_async())
        try:
            for _ in range(UPDATES):
                async with asyncio.timeout(PATIENCE_S):
                    book = await books.get()
                # It keeps levels in the order of their arrival.
                bid = max(Decimal(level["price"]) for level in book["bids"])
                ask = min(Decimal(level["price"]) for level in book["asks"])
                expect(bid < ask, True, "bid below ask")
        finally:
            running.cancel()
        return f"{UPDATES} times, {len(book['bids'])} and {len(book['asks'])} levels"

    # Helpers --------------------------------------------------------------------------------------

    def active(self):
        return self.wait(
            self.orders.account_active_orders(
                self.token, self.account, market_id=self.market.market_id
            )
        ).orders

    def canceled(self):
        ended = self.wait(
            self.orders.account_inactive_orders(self.token, self.account, limit=100)
        ).orders
        return [row for row in ended if row.client_order_index == RESTING_ID]

    def trades(self):
        listed = self.wait(
            self.orders.trades(
                "timestamp", 100, authorization=self.token, account_index=self.account
            )
        ).trades
        return [row for row in listed if self.account in (row.bid_account_id, row.ask_account_id)]

    def sent(self, sending):
        _, answer, complaint = self.wait(sending)
        expect(complaint, None, "complaint")
        expect(answer.code, 200, "code")
        return f"transaction {answer.tx_hash[:16]}"

    def eventually(self, ask, what):
        end = self.loop.time() + PATIENCE_S
        while self.loop.time() < end:
            found = ask()
            if found:
                return found
            self.wait(asyncio.sleep(PAUSE_S))
        raise AssertionError(f"{what} did not show within {PATIENCE_S:.0f} s")

    def scaled_price(self, price):
        return int(price * 10**self.market.supported_price_decimals)

    def scaled_size(self, size):
        return int(size * 10**self.market.supported_size_decimals)

    # Signatures -----------------------------------------------------------------------------------

    def sign(self, orders):
        markets = {str(row.market_id): row for row in self.markets.values()}
        for order in orders:
            self.market = markets[order["contract_id"]]
            yield self.signed(order)

    def signed(self, order):
        client = self.client
        market = order["kind"] == "market"
        in_force = POST_ONLY if order["post_only"] else IN_FORCE[order["time_in_force"]]
        rests = in_force != IMMEDIATE
        while True:
            kind, info, tx_hash, complaint = client.sign_create_order(
                self.market.market_id,
                int(order["client_order_id"]),
                self.scaled_size(Decimal(order["size"])),
                self.scaled_price(Decimal(order["price"])),
                order["side"] == "sell",
                client.ORDER_TYPE_MARKET if market else client.ORDER_TYPE_LIMIT,
                in_force,
                order["reduce_only"],
                order_expiry=client.DEFAULT_28_DAY_ORDER_EXPIRY if rests else 0,
                nonce=order["nonce"],
                api_key_index=self.key_index,
            )
            expect(complaint, None, "complaint of the signer")
            fields = json.loads(info)
            # The signer reads its clock twice; now and then a millisecond passes in between.
            if not rests or fields["OrderExpiry"] - fields["ExpiredAt"] == LIFETIME_MS - VALID_MS:
                return {"kind": kind, "info": info, "hash": tx_hash}


IMMEDIATE = lighter.SignerClient.ORDER_TIME_IN_FORCE_IMMEDIATE_OR_CANCEL
POST_ONLY = lighter.SignerClient.ORDER_TIME_IN_FORCE_POST_ONLY
IN_FORCE = {
    "GTC": lighter.SignerClient.ORDER_TIME_IN_FORCE_GOOD_TILL_TIME,
    "IOC": IMMEDIATE,
}

if __name__ == "__main__":
    main(LighterJudge)
