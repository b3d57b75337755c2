"""bpx-py on a simulated Backpack: its synchronous clients, a connection for each call."""

from decimal import ROUND_DOWN, Decimal

from bpx.account import Account
from bpx.public import Public
from steps import CannotError, expect, main

SYMBOL = "SOL_USDC_PERP"
RESTING_ID, TAKING_ID = 4_000_000_001, 4_000_000_002


class BackpackJudge:
    def __init__(self, environment, venue):
        # The SDK glues its paths to these, so the slash at the end belongs to them.
        url = environment["PERP_BACKPACK_REST_URL"] + "/"
        Public.BASE_URL = url
        Account.BPX_API_URL = url
        self.public = Public()
        self.account = Account(
            environment["BACKPACK_PUBLIC_KEY"], environment["BACKPACK_SECRET_KEY"]
        )

    def list_markets(self):
        rows = {row["symbol"]: row for row in self.public.get_markets()}
        filters = rows[SYMBOL]["filters"]
        self.tick = Decimal(filters["price"]["tickSize"])
        self.step = Decimal(filters["quantity"]["stepSize"])
        return f"{len(rows)} markets"

    def read_the_book(self):
        book = self.public.get_depth(SYMBOL)
        # Bids come worst first.
        self.bid, self.ask = Decimal(book["bids"][-1][0]), Decimal(book["asks"][0][0])
        expect(self.bid < self.ask, True, "bid below ask")
        return f"{len(book['bids'])} and {len(book['asks'])} levels"

    def log_in(self):
        account = self.account.get_account()
        collateral = self.account.get_collateral()
        expect(float(account["leverageLimit"]) > 0, True, "a leverage limit")
        return f"equity {Decimal(collateral['netEquity'])}"

    def rest_an_order(self):
        self.price = (self.bid * Decimal("0.95") // self.tick) * self.tick
        self.size = (Decimal(2) // self.step) * self.step
        self.resting = self.account.execute_order(
            SYMBOL,
            "Bid",
            "Limit",
            time_in_force="GTC",
            quantity=str(self.size),
            price=str(self.price),
            client_id=RESTING_ID,
            post_only=True,
        )
        expect(self.resting["status"], "New", "status")
        expect(self.resting["clientId"], RESTING_ID, "client id")
        return f"order {self.resting['id']}"

    def see_it_open(self):
        one = self.account.get_open_order(SYMBOL, order_id=self.resting["id"])
        expect(one["id"], self.resting["id"], "order id")
        listed = self.account.get_open_orders(market_type="PERP", symbol=SYMBOL)
        expect([row["id"] for row in listed], [self.resting["id"]], "open orders")
        expect(Decimal(listed[0]["price"]), self.price, "price")
        return "alone and in the list"

    def fill_an_order(self):
        price = (self.ask * Decimal("1.02")).quantize(self.tick, ROUND_DOWN)
        self.taken = self.account.execute_order(
            SYMBOL,
            "Bid",
            "Limit",
            time_in_force="IOC",
            quantity=str(self.step * 10),
            price=str(price),
            client_id=TAKING_ID,
        )
        expect(self.taken["status"], "Filled", "status")
        expect(Decimal(self.taken["executedQuantity"]), self.step * 10, "executed quantity")
        return f"order {self.taken['id']}"

    def see_the_fill(self):
        fills = [
            row
            for row in self.account.get_fill_history(SYMBOL, fill_type="User")
            if row["orderId"] == self.taken["id"]
        ]
        expect(sum(Decimal(row["quantity"]) for row in fills), self.step * 10, "filled quantity")
        expect({row["clientId"] for row in fills}, {str(TAKING_ID)}, "client id")
        position = self.account.get_open_positions()[0]
        expect(Decimal(position["netQuantity"]), self.step * 10, "position")
        return f"{len(fills)} fills and the position"

    def cancel(self):
        canceled = self.account.cancel_order(SYMBOL, order_id=self.resting["id"])
        expect(canceled["status"], "Cancelled", "status")
        return f"order {canceled['id']}"

    def see_it_gone(self):
        expect(self.account.get_open_orders(symbol=SYMBOL), [], "open orders")
        alone = self.account.get_open_order(SYMBOL, order_id=self.resting["id"])
        expect(alone["code"], "RESOURCE_NOT_FOUND", "code of the order alone")
        history = self.account.get_order_history(limit=100, offset=0, order_id=self.resting["id"])
        expect([row["status"] for row in history], ["Cancelled"], "status in the history")
        return "not open, cancelled in the history"

    def hear_the_book(self):
        raise CannotError("bpx-py has no streams")

    def sign(self, orders):
        request_of = super(Account, self.account).execute_order
        for order in orders:
            limit = order["kind"] == "limit"
            request = request_of(
                order["contract_id"],
                "Bid" if order["side"] == "buy" else "Ask",
                "Limit" if limit else "Market",
                time_in_force=order["time_in_force"] if limit else None,
                quantity=order["size"],
                price=order["price"] if limit else None,
                client_id=int(order["client_order_id"]),
                post_only=order["post_only"],
                reduce_only=order["reduce_only"],
            )
            yield {"headers": request.headers, "body": request.data, "url": request.url}


if __name__ == "__main__":
    main(BackpackJudge)
