"""Binance's own SDK on a simulated Binance: requests, the socket for requests, and the streams.

Its models say which field has which type. Where an answer does not fit them the SDK logs a warning
and goes on; here such a warning fails the step.
"""

import asyncio
import json
import logging
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import requests
from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_sdk_derivatives_trading_usds_futures import DerivativesTradingUsdsFutures
from steps import Limited, eventually, expect, main, within

SYMBOL = "ETHUSDT"
UPDATES = 10
SNAPSHOT_LEVELS = 1000
RESTING_ID, TAKING_ID, HEARD_ID = "judgeRests", "judgeTakes", "judgeHeard"
WINDOW_MS = 5000
"""What our words ask for: it is signed, so the SDK is asked for the same."""


class BinanceSdkJudge:
    def __init__(self, environment, venue):
        keys = {
            "api_key": environment["BINANCE_API_KEY"],
            "api_secret": environment["BINANCE_API_SECRET"],
        }
        streams = environment["PERP_BINANCE_WS_PUBLIC_URL"].removesuffix("/public")
        self.sdk = DerivativesTradingUsdsFutures(
            ConfigurationRestAPI(base_path=environment["PERP_BINANCE_REST_URL"], **keys),
            ConfigurationWebSocketAPI(stream_url=environment["PERP_BINANCE_WS_API_URL"], **keys),
            ConfigurationWebSocketStreams(stream_url=streams),
        )
        self.api = self.sdk.rest_api
        self.calls = self.sdk.websocket_api
        # A socket lives as long as its loop, over many steps.
        self.runner = asyncio.Runner()
        self.complaints = Complaints()
        logging.getLogger().addHandler(self.complaints)

    def list_markets(self):
        markets = {one.symbol: one for one in self.read(self.api.exchange_information()).symbols}
        filters = {one.filter_type: one for one in markets[SYMBOL].filters}
        self.tick = Decimal(filters["PRICE_FILTER"].tick_size)
        self.step = Decimal(filters["LOT_SIZE"].step_size)
        return f"{len(markets)} markets"

    def read_the_book(self):
        book = self.read(self.api.order_book(SYMBOL, limit=100))
        self.bid, self.ask = Decimal(book.bids[0][0]), Decimal(book.asks[0][0])
        expect(self.bid < self.ask, True, "bid below ask")
        self.runner.run(self.calls.create_connection())
        # Its model of a book over the socket has no levels, so it is asked for the best price.
        best = self.called(self.calls.symbol_order_book_ticker(symbol=SYMBOL)).result
        expect(Decimal(best.bid_price) < Decimal(best.ask_price), True, "bid below ask")
        return f"{len(book.bids)} and {len(book.asks)} levels, and over the socket"

    def log_in(self):
        (balance,) = self.read(self.api.futures_account_balance_v3())
        mode = self.read(self.api.get_current_position_mode())
        expect(mode.dual_side_position, False, "hedge mode")
        (again,) = self.called(self.calls.futures_account_balance_v2()).result
        expect(again.balance, balance.balance, "balance over the socket")
        return f"balance {balance.balance} {balance.asset}"

    def rest_an_order(self):
        self.price = (self.bid * Decimal("0.97") // self.tick) * self.tick
        self.size = self.step * 20
        self.resting = self.read(self.api.new_order(**self.terms(RESTING_ID, self.price, "GTX")))
        expect(self.resting.client_order_id, RESTING_ID, "client id")
        expect(self.resting.status, "NEW", "status")
        return f"order {self.resting.order_id}"

    def terms(self, name, price, time_in_force):
        return {
            "symbol": SYMBOL,
            "side": "BUY",
            "type": "LIMIT",
            "time_in_force": time_in_force,
            "quantity": self.size,
            "price": price,
            "new_client_order_id": name,
            "new_order_resp_type": "RESULT",
        }

    def see_it_open(self):
        (listed,) = self.read(self.api.current_all_open_orders(SYMBOL))
        expect(listed.order_id, self.resting.order_id, "order id")
        expect(Decimal(listed.price), self.price, "price")
        expect(Decimal(listed.orig_qty), self.size, "size")
        alone = self.read(self.api.query_order(SYMBOL, orig_client_order_id=RESTING_ID))
        expect(alone.status, "NEW", "status")
        heard = self.called(self.calls.query_order(SYMBOL, order_id=self.resting.order_id)).result
        expect(heard.status, "NEW", "status over the socket")
        return "alone, in the list and over the socket"

    def fill_an_order(self):
        price = (self.ask * Decimal("1.02") // self.tick) * self.tick
        self.taken = self.called(self.calls.new_order(**self.terms(TAKING_ID, price, "IOC"))).result
        expect(self.taken.client_order_id, TAKING_ID, "client id")
        expect(self.taken.status, "FILLED", "status")
        expect(Decimal(self.taken.executed_qty), self.size, "filled size")
        return f"order {self.taken.order_id} over the socket"

    def see_the_fill(self):
        fills = eventually(lambda: self.read(self.api.account_trade_list(SYMBOL)), "the fills")
        expect({one.order_id for one in fills}, {self.taken.order_id}, "orders of the fills")
        expect(sum(Decimal(one.qty) for one in fills), self.size, "filled size")
        (position,) = self.read(self.api.position_information_v3(SYMBOL))
        expect(Decimal(position.position_amt), self.size, "position")
        (heard,) = self.called(self.calls.position_information_v2(symbol=SYMBOL)).result
        expect(Decimal(heard.position_amt), self.size, "position over the socket")
        return f"{len(fills)} fills and the position"

    def cancel(self):
        waiting = self.read(
            self.api.new_algo_order(
                algo_type="CONDITIONAL",
                symbol=SYMBOL,
                side="SELL",
                type="STOP_MARKET",
                quantity=self.size,
                trigger_price=(self.bid * Decimal("0.9") // self.tick) * self.tick,
                reduce_only="true",
            )
        )
        (listed,) = self.read(self.api.current_all_algo_open_orders(symbol=SYMBOL))
        expect(listed.algo_id, waiting.algo_id, "conditional order")
        gone = self.read(self.api.cancel_algo_order(algo_id=waiting.algo_id))
        expect(gone.code, "200", "answer to the cancellation of a conditional order")
        over = self.calls.cancel_order(SYMBOL, order_id=self.resting.order_id)
        canceled = self.called(over).result
        expect(canceled.status, "CANCELED", "status")
        return f"order {canceled.order_id} over the socket and a conditional one"

    def see_it_gone(self):
        expect(self.read(self.api.current_all_open_orders(SYMBOL)), [], "open orders")
        waiting = self.read(self.api.current_all_algo_open_orders(symbol=SYMBOL))
        expect(waiting, [], "conditional orders")
        history = self.read(self.api.all_orders(SYMBOL))
        expect([one.status for one in history], ["CANCELED", "FILLED"], "history")
        return "not open, cancelled in the history"

    def hear_the_book(self):
        note = self.runner.run(self.heard())
        return Limited(f"{note}; the speed as text: its enum spells a stream that is none")

    async def heard(self):
        streams = self.sdk.websocket_streams
        await streams.create_connection()
        try:
            told = asyncio.Queue()
            listen_key = self.read(self.api.start_user_data_stream()).listen_key
            (await streams.user_data(listen_key)).on("message", told.put_nowait)
            # Its requests block, and nothing is heard meanwhile: what comes is kept for us.
            self.read(self.api.new_order(**self.terms(HEARD_ID, self.price, "GTX")))
            update = (await within(told.get(), "private frame")).actual_instance
            expect(type(update).__name__, "OrderTradeUpdate", "kind of the private frame")
            expect(update.o.c, HEARD_ID, "client id on the private stream")
            updates = await self.kept_book(streams)
        finally:
            await streams.close_connection()
        expect(self.complaints.told(), [], "complaints about frames")
        return f"own order, {updates} updates of a book"

    async def kept_book(self, streams):
        frames = asyncio.Queue()
        feed = await streams.diff_book_depth_streams(SYMBOL, update_speed="100ms")
        feed.on("message", frames.put_nowait)
        await within(frames.get(), "difference")
        book = Book(self.read(self.api.order_book(SYMBOL, limit=SNAPSHOT_LEVELS)))
        while book.updates < UPDATES:
            book.take(await within(frames.get(), "difference"))
        return book.updates

    def read(self, answer):
        """Return what an answer holds; it has to fit the SDK's own model of it."""
        data = answer.data()
        expect(self.complaints.told(), [], "complaints about an answer")
        return data

    def called(self, call):
        """Return the result of a call over the socket, of the SDK's own model."""
        answer = self.runner.run(call).data()
        expect(self.complaints.told(), [], "complaints about a call")
        return getattr(answer, "actual_instance", answer)

    def sign(self, orders):
        sent = []
        self.api._session.send = lambda request, **_: sent.append(request) or nothing()
        (connection,) = self.calls.connections
        connection.websocket = Recorder(connection)
        for order in orders:
            limit = order["kind"] == "limit"
            terms = {"price": order["price"], "time_in_force": time_in_force(order)}
            terms = terms if limit else {}
            if order["reduce_only"]:
                terms["reduce_only"] = "true"
            terms |= {
                "symbol": order["contract_id"],
                "side": order["side"].upper(),
                "type": order["kind"].upper(),
                # As text: a model of a number would be a float.
                "quantity": order["size"],
                "new_client_order_id": order["client_order_id"],
                "new_order_resp_type": "RESULT",
                "recv_window": WINDOW_MS,
            }
            self.api.new_order(**terms)
            request = sent.pop()
            self.runner.run(self.calls.new_order(**terms))
            url = urlsplit(request.url)
            yield {
                "path": url.path,
                "body": url.query,
                "key": request.headers["X-MBX-APIKEY"],
                "timestamp": int(parse_qs(url.query)["timestamp"][0]),
                "call": connection.websocket.sent.pop(),
            }


class Complaints(logging.Handler):
    """What the SDK warned of."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.records = []

    def emit(self, record):
        self.records.append(record.getMessage())

    def told(self):
        """Return what was said since this was last asked."""
        told, self.records = self.records, []
        return told


class Book:
    """A book kept from a snapshot and differences; each has to follow the one before."""

    def __init__(self, snapshot):
        self.updates = 0
        self.last = None
        self.first = snapshot.last_update_id
        self.bids, self.asks = ({Decimal(p): q for p, q in side} for side in sides(snapshot))

    def take(self, change):
        if self.last is None and change.u < self.first:
            return
        if self.last is None:
            expect(change.U <= self.first <= change.u, True, "joined to the snapshot")
        else:
            expect(change.pu, self.last, "number before")
        self.last = change.u
        for levels, told in ((self.bids, change.b), (self.asks, change.a)):
            for price, size in told:
                levels[Decimal(price)] = size
                if Decimal(size) == 0:
                    del levels[Decimal(price)]
        expect(max(self.bids) < min(self.asks), True, "bid below ask")
        self.updates += 1


class Recorder:
    """A socket that keeps what is sent and answers with nothing."""

    def __init__(self, connection):
        self.pending = connection.pending_request
        self.sent = []

    async def send_str(self, text):
        frame = json.loads(text)
        self.sent.append(frame)
        self.pending.pop(frame["id"]).set_result({"rateLimits": []})


def sides(snapshot):
    return snapshot.bids, snapshot.asks


def time_in_force(order):
    return "GTX" if order["post_only"] else order["time_in_force"]


def nothing():
    """Return an answer that says nothing."""
    answer = requests.Response()
    answer.status_code = 200
    answer._content = b"{}"
    return answer


if __name__ == "__main__":
    main(BinanceSdkJudge)
