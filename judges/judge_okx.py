"""python-okx on a simulated OKX: its synchronous clients; sizes are contracts."""

import asyncio
import json
from decimal import ROUND_DOWN, Decimal

import websockets
from okx.Account import AccountAPI
from okx.MarketData import MarketAPI
from okx.PublicData import PublicAPI
from okx.Trade import TradeAPI
from okx.websocket.WsPublicAsync import WsPublicAsync
from steps import PATIENCE_S, Limited, expect, main

SYMBOL = "ETH-USDT-SWAP"
LIVE = "0"
UPDATES = 10
RESTING_ID, TAKING_ID = "judgeRests", "judgeTakes"


class OkxJudge:
    def __init__(self, environment, venue):
        url = environment["PERP_OKX_REST_URL"]
        keys = (
            environment["OKX_API_KEY"],
            environment["OKX_API_SECRET"],
            environment["OKX_API_PASSPHRASE"],
        )
        self.stream = environment["PERP_OKX_WS_PUBLIC_URL"]
        # Left alone, the SDK trades on demo.
        self.public = PublicAPI(flag=LIVE, domain=url)
        self.market = MarketAPI(flag=LIVE, domain=url)
        self.account = AccountAPI(*keys, flag=LIVE, domain=url)
        self.trade = TradeAPI(*keys, flag=LIVE, domain=url)

    def list_markets(self):
        self.markets = {row["instId"]: row for row in rows(self.public.get_instruments("SWAP"))}
        self.tick = Decimal(self.markets[SYMBOL]["tickSz"])
        self.lot = Decimal(self.markets[SYMBOL]["lotSz"])
        return f"{len(self.markets)} markets"

    def read_the_book(self):
        (book,) = rows(self.market.get_orderbook(SYMBOL, sz="50"))
        self.bid, self.ask = Decimal(book["bids"][0][0]), Decimal(book["asks"][0][0])
        expect(self.bid < self.ask, True, "bid below ask")
        return f"{len(book['bids'])} and {len(book['asks'])} levels"

    def log_in(self):
        (config,) = rows(self.account.get_account_config())
        (balance,) = rows(self.account.get_account_balance())
        expect(config["posMode"], "net_mode", "position mode")
        return f"equity {Decimal(balance['totalEq'])}"

    def rest_an_order(self):
        self.price = (self.bid * Decimal("0.97") // self.tick) * self.tick
        self.size = self.lot * 20
        self.resting = item(
            self.trade.place_order(
                SYMBOL,
                "cross",
                "buy",
                "post_only",
                str(self.size),
                px=str(self.price),
                clOrdId=RESTING_ID,
            )
        )
        expect(self.resting["clOrdId"], RESTING_ID, "client id")
        return f"order {self.resting['ordId']}"

    def see_it_open(self):
        (one,) = rows(self.trade.get_order(SYMBOL, clOrdId=RESTING_ID))
        expect(one["state"], "live", "state")
        listed = rows(self.trade.get_order_list(instType="SWAP", instId=SYMBOL))
        expect([row["ordId"] for row in listed], [self.resting["ordId"]], "open orders")
        expect(Decimal(listed[0]["px"]), self.price, "price")
        expect(Decimal(listed[0]["sz"]), self.size, "size")
        return "alone and in the list"

    def fill_an_order(self):
        price = (self.ask * Decimal("1.02")).quantize(self.tick, ROUND_DOWN)
        self.taken = item(
            self.trade.place_order(
                SYMBOL, "cross", "buy", "ioc", str(self.size), px=str(price), clOrdId=TAKING_ID
            )
        )
        (one,) = rows(self.trade.get_order(SYMBOL, ordId=self.taken["ordId"]))
        expect(one["state"], "filled", "state")
        expect(Decimal(one["accFillSz"]), self.size, "filled size")
        return f"order {self.taken['ordId']}"

    def see_the_fill(self):
        fills = rows(self.trade.get_fills(instType="SWAP", ordId=self.taken["ordId"]))
        expect(sum(Decimal(row["fillSz"]) for row in fills), self.size, "filled size")
        expect({row["clOrdId"] for row in fills}, {TAKING_ID}, "client id")
        (position,) = rows(self.account.get_positions(instType="SWAP"))
        expect(Decimal(position["pos"]), self.size, "position")
        return f"{len(fills)} fills and the position"

    def cancel(self):
        canceled = item(self.trade.cancel_order(SYMBOL, ordId=self.resting["ordId"]))
        expect(canceled["ordId"], self.resting["ordId"], "order id")
        return f"order {canceled['ordId']}"

    def see_it_gone(self):
        expect(rows(self.trade.get_order_list(instType="SWAP")), [], "open orders")
        (alone,) = rows(self.trade.get_order(SYMBOL, ordId=self.resting["ordId"]))
        expect(alone["state"], "canceled", "state of the order alone")
        history = rows(self.trade.get_orders_history("SWAP", state="canceled"))
        expect([row["ordId"] for row in history], [self.resting["ordId"]], "history")
        return "not open, canceled in the history"

    def hear_the_book(self):
        updates = asyncio.run(self.heard())
        note = "over a socket opened for it: left alone, python-okx opens none without TLS"
        return Limited(f"{updates} updates {note}")

    async def heard(self):
        feed = WsPublicAsync(self.stream)
        feed.websocket = await websockets.connect(self.stream)
        book = Book()
        await feed.subscribe([{"channel": "books", "instId": SYMBOL}], book.take)
        consuming = asyncio.create_task(feed.consume())
        try:
            await asyncio.wait_for(asyncio.shield(consuming), PATIENCE_S)
        except EnoughError:
            return book.updates
        finally:
            consuming.cancel()
            await feed.websocket.close()
        raise AssertionError("the stream has ended")

    def sign(self, orders):
        sent = []
        self.trade.post = lambda path, data, headers: sent.append((path, data, headers)) or Nothing
        for order in orders:
            contract = self.markets[order["contract_id"]]
            size = Decimal(order["size"]) / Decimal(contract["ctVal"])
            self.trade.place_order(
                order["contract_id"],
                "cross",
                order["side"],
                kind_of(order),
                format(size.normalize(), "f"),
                px=order["price"] or "",
                clOrdId=order["client_order_id"],
                posSide="net",
                reduceOnly=order["reduce_only"],
            )
            path, body, headers = sent.pop()
            headers["OK-ACCESS-SIGN"] = headers["OK-ACCESS-SIGN"].decode()
            yield {"path": path, "body": body, "headers": headers}


class EnoughError(Exception):
    """Enough was heard; what a callback raises ends the SDK's loop."""


class Book:
    """A book kept from frames; each update has to follow the one before."""

    def __init__(self):
        self.updates = 0
        self.sequence = -1
        self.sides = {"bids": {}, "asks": {}}

    def take(self, message):
        frame = json.loads(message)
        if "data" not in frame:
            return
        (change,) = frame["data"]
        expect(change["prevSeqId"], self.sequence, "number before")
        self.sequence = change["seqId"]
        for name, levels in self.sides.items():
            for price, size, *_ in change[name]:
                levels[Decimal(price)] = Decimal(size)
                if size == "0":
                    del levels[Decimal(price)]
        expect(max(self.sides["bids"]) < min(self.sides["asks"]), True, "bid below ask")
        self.updates += 1
        if self.updates == UPDATES:
            raise EnoughError


class Nothing:
    """The answer to a request that is kept instead of sent."""

    @staticmethod
    def json():
        return {}


def kind_of(order):
    """Return the venue's word for an order's type and time in force."""
    if order["kind"] == "market":
        return "market"
    if order["post_only"]:
        return "post_only"
    return {"GTC": "limit", "IOC": "ioc", "FOK": "fok"}[order["time_in_force"]]


def rows(answer):
    """Return the rows of a success; the SDK raises for no refusal."""
    expect((answer["code"], answer["msg"]), ("0", ""), f"code and message of {json.dumps(answer)}")
    return answer["data"]


def item(answer):
    """Return the one row of a success that has a code of its own."""
    (row,) = rows(answer)
    expect((row["sCode"], row["sMsg"]), ("0", ""), "code and message of the item")
    return row


if __name__ == "__main__":
    main(OkxJudge)
