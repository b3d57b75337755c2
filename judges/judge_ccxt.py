"""ccxt on the simulated venues, with its own broker and builder fees off."""

import asyncio

import ccxt
import ccxt.pro
from steps import PATIENCE_S, CannotError, Limited, eventually, expect, main

RESTING_ID, TAKING_ID = 2_000_000_001, 2_000_000_002
UPDATES = 10


class CcxtJudge:
    """What is the same on every venue; prices and sizes are floats, as ccxt has them."""

    symbol: str
    budget = 60.0
    """USD to rest and to take, above every venue's minimum."""

    def __init__(self, environment, venue):
        self.venue = venue
        self.environment = environment
        self.api = self.opened(ccxt)

    def opened(self, module):
        api = getattr(module, self.venue)(self.configuration())
        api.urls["api"] = self.urls()
        return api

    def list_markets(self):
        markets = self.api.load_markets()
        expect(markets[self.symbol]["swap"], True, "a perpetual swap")
        return f"{len(markets)} markets"

    def read_the_book(self):
        book = self.api.fetch_order_book(self.symbol)
        self.bid, self.ask = book["bids"][0][0], book["asks"][0][0]
        expect(self.bid < self.ask, True, "bid below ask")
        expect(book["bids"] == sorted(book["bids"], reverse=True), True, "bids best first")
        return f"{len(book['bids'])} and {len(book['asks'])} levels"

    def log_in(self):
        balance = self.api.fetch_balance()
        return f"total {balance['total']}"

    def rest_an_order(self):
        self.price = float(self.api.price_to_precision(self.symbol, self.bid * 0.95))
        self.size = float(self.api.amount_to_precision(self.symbol, self.budget / self.bid))
        params = {"postOnly": True, "clientOrderId": RESTING_ID}
        order = self.api.create_order(self.symbol, "limit", "buy", self.size, self.price, params)
        return f"order {order['id']}"

    def see_it_open(self):
        (self.resting,) = eventually(lambda: self.api.fetch_open_orders(self.symbol), "the order")
        expect(self.resting["price"], self.price, "price")
        expect(self.resting["amount"], self.size, "amount")
        expect(self.resting["status"], "open", "status")
        expect(str(self.resting["clientOrderId"]), str(RESTING_ID), "client order id")
        return f"order {self.resting['id']}"

    def fill_an_order(self):
        price = float(self.api.price_to_precision(self.symbol, self.ask * 1.02))
        params = {"timeInForce": "IOC", "clientOrderId": TAKING_ID}
        order = self.api.create_order(self.symbol, "limit", "buy", self.size, price, params)
        return f"order {order['id']}"

    def see_the_fill(self):
        trades = eventually(lambda: self.api.fetch_my_trades(self.symbol), "the fills")
        filled = sum(trade["amount"] for trade in trades)
        expect(round(filled, 9), round(self.size, 9), "filled amount")
        expect({trade["side"] for trade in trades}, {"buy"}, "side")
        held = [row for row in self.api.fetch_positions([self.symbol]) if row["contracts"]]
        expect([row["side"] for row in held], ["long"], "positions")
        return f"{len(trades)} fills and the position"

    def cancel(self):
        order = self.api.cancel_order(self.resting["id"], self.symbol)
        return f"order {order['id']}"

    def see_it_gone(self):
        eventually(lambda: not self.api.fetch_open_orders(self.symbol), "an empty list")
        return "not open"

    def hear_the_book(self):
        return asyncio.run(self.heard())

    async def heard(self):
        api = self.opened(ccxt.pro)
        try:
            for _ in range(UPDATES):
                async with asyncio.timeout(PATIENCE_S):
                    book = await api.watch_order_book(self.symbol)
                expect(book["bids"][0][0] < book["asks"][0][0], True, "bid below ask")
        finally:
            await api.close()
        return f"{UPDATES} times, {len(book['bids'])} and {len(book['asks'])} levels"

    def sign(self, orders):
        return []


class CcxtAster(CcxtJudge):
    symbol = "ETH/USDT:USDT"

    def configuration(self):
        return {
            "privateKey": self.environment["ASTER_SIGNER_PRIVATE_KEY"],
            "options": {
                "builderFee": False,
                "defaultType": "swap",
                "signerAddress": self.environment["ASTER_SIGNER_ADDRESS"],
            },
        }

    def opened(self, module):
        api = super().opened(module)
        # It takes the key to be the wallet's own, unless it remembers the wallet of this key.
        api.options["cachedWalletAddress"] = self.environment["ASTER_USER_ADDRESS"]
        api.options["privateKeyHashForCachedWalletAddress"] = api.hash(
            api.encode(api.privateKey), "keccak", "hex"
        )
        return api

    def urls(self):
        url = self.environment["PERP_ASTER_REST_URL"] + "/fapi"
        # By this word in an address it knows what kind of market a frame is about.
        stream = {"swap": self.environment["PERP_ASTER_WS_URL"] + "/stream?fstream"}
        return {
            "fapiPublic": url,
            "fapiPrivate": url,
            # Before anything else it lists the spot markets, of which there are none here.
            "sapiPublic": url,
            "ws": {"public": stream, "private": stream},
        }

    def log_in(self):
        super().log_in()
        return Limited("with the wallet's address given: left alone, ccxt takes the agent's for it")


class CcxtBackpack(CcxtJudge):
    symbol = "SOL/USDC:USDC"

    def configuration(self):
        return {
            "apiKey": self.environment["BACKPACK_PUBLIC_KEY"],
            "secret": self.environment["BACKPACK_SECRET_KEY"],
        }

    def urls(self):
        url, stream = (self.environment[f"PERP_BACKPACK_{each}_URL"] for each in ("REST", "WS"))
        ws = {"public": stream, "private": stream}
        return {"public": url, "private": url, "ws": ws}


class CcxtBinance(CcxtJudge):
    symbol = "ETH/USDT:USDT"

    def configuration(self):
        return {
            "apiKey": self.environment["BINANCE_API_KEY"],
            "secret": self.environment["BINANCE_API_SECRET"],
            "options": {
                "defaultType": "swap",
                "defaultSubType": "linear",
                # Of spot, margin and options there is nothing here.
                "fetchCurrencies": False,
                "fetchMargins": False,
                "fetchMarkets": {"types": ["linear"]},
            },
        }

    def urls(self):
        url = self.environment["PERP_BINANCE_REST_URL"]
        stream = self.environment["PERP_BINANCE_WS_PUBLIC_URL"].removesuffix("/public") + "/ws"
        versions = {"": "v1", "V2": "v2", "V3": "v3"}
        rest = {
            f"fapi{kind}{name}": f"{url}/fapi/{version}"
            for kind in ("Public", "Private")
            for name, version in versions.items()
        }
        return {**rest, "fapiData": f"{url}/futures/data", "ws": {"linear": stream}}


class CcxtBybit(CcxtJudge):
    symbol = "ETH/USDT:USDT"

    def configuration(self):
        return {
            "apiKey": self.environment["BYBIT_API_KEY"],
            "secret": self.environment["BYBIT_API_SECRET"],
            "options": {"brokerId": ""},
        }

    def urls(self):
        url = self.environment["PERP_BYBIT_REST_URL"]
        stream = self.environment["PERP_BYBIT_WS_PUBLIC_URL"] + "/v5/public/linear"
        return {"public": url, "private": url, "ws": {"public": {"linear": stream}}}


class CcxtGrvt(CcxtJudge):
    symbol = "ETH/USDT:USDT"

    def configuration(self):
        return {"options": {"builderFee": False}}

    def urls(self):
        return {
            "privateEdge": self.environment["PERP_GRVT_AUTH_URL"] + "/",
            "privateTrading": self.environment["PERP_GRVT_TRADES_URL"] + "/",
            "publicMarket": self.environment["PERP_GRVT_MARKET_DATA_URL"] + "/",
            "ws": {
                "publicMarket": self.environment["PERP_GRVT_MARKET_DATA_WS_URL"],
                "privateTrading": self.environment["PERP_GRVT_TRADES_WS_URL"],
            },
        }

    def log_in(self):
        # Once its login by API key has succeeded, ccxt tries no other.
        self.api.apiKey = self.environment["GRVT_API_KEY"]
        self.api.privateKey = self.environment["GRVT_PRIVATE_KEY"]
        self.api.sign_in_with_api_key()
        # It signs only where it knows of no API key.
        self.api.apiKey = ""
        super().log_in()
        return Limited("by sign_in_with_api_key: left alone, ccxt logs in with a wallet's key only")


class CcxtLighter(CcxtJudge):
    symbol = "ETH/USDC:USDC"

    def configuration(self):
        account = self.environment["LIGHTER_ACCOUNT_INDEX"]
        key_index = self.environment["LIGHTER_API_KEY_INDEX"]
        key = {"lighterPrivateKey": self.environment["API_KEY_PRIVATE_KEY"]}
        return {
            "options": {
                "builderFee": False,
                "accountIndex": int(account),
                "apiKeyIndex": int(key_index),
                "auths": {account: {key_index: key}},
                "libraryPath": self.environment["LIGHTER_SIGNER_LIBRARY"],
            }
        }

    def urls(self):
        url = self.environment["PERP_LIGHTER_REST_URL"]
        stream = self.environment["PERP_LIGHTER_WS_URL"] + "/stream"
        return {"root": url, "public": url, "private": url, "ws": stream}

    def log_in(self):
        if not self.environment["LIGHTER_SIGNER_LIBRARY"]:
            raise CannotError("ccxt brings no signer of its own")
        super().log_in()
        return Limited("with the signer of lighter-sdk: ccxt brings none of its own")

    def cancel(self):
        self.api.cancel_order(None, self.symbol, {"clientOrderId": RESTING_ID})
        return Limited("by client order id: ccxt makes a float of the venue's, wrong from 2^53 on")


class CcxtOkx(CcxtJudge):
    symbol = "ETH/USDT:USDT"
    """Amounts are contracts, of a tenth of a coin each."""

    def configuration(self):
        return {
            "apiKey": self.environment["OKX_API_KEY"],
            "secret": self.environment["OKX_API_SECRET"],
            "password": self.environment["OKX_API_PASSPHRASE"],
        }

    def urls(self):
        stream = self.environment["PERP_OKX_WS_PUBLIC_URL"].removesuffix("/public")
        return {"rest": self.environment["PERP_OKX_REST_URL"], "ws": stream}


class CcxtParadex(CcxtJudge):
    symbol = "ETH/USD:USDC"

    def configuration(self):
        key = int(self.environment["PARADEX_L2_PRIVATE_KEY"], 16)
        # It would derive the key from that of the wallet on Ethereum, which nobody needs here.
        account = {
            "privateKey": hex(key),
            "publicKey": "",
            "address": self.environment["PARADEX_L2_ADDRESS"],
        }
        return {"options": {"paradexAccount": account}}

    def urls(self):
        url = self.environment["PERP_PARADEX_REST_URL"]
        stream = self.environment["PERP_PARADEX_WS_URL"]
        return {"v1": url + "/v1", "v2": url + "/v2", "ws": stream}

    def log_in(self):
        super().log_in()
        return Limited("with the Stark key given: left alone, ccxt derives one from a wallet's key")


JUDGES = {
    "aster": CcxtAster,
    "backpack": CcxtBackpack,
    "binance": CcxtBinance,
    "bybit": CcxtBybit,
    "grvt": CcxtGrvt,
    "lighter": CcxtLighter,
    "okx": CcxtOkx,
    "paradex": CcxtParadex,
}

if __name__ == "__main__":
    main(lambda environment, venue: JUDGES[venue](environment, venue))
