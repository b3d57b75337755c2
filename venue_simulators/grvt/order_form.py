"""An order as it came over the wire: read strictly and held to the market's rules.

What depends on the account or the book is judged elsewhere; here the order alone decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, OrderType, Side, TimeInForce
from venue_simulators.grvt.body import Body, is_whole
from venue_simulators.grvt.errors import MALFORMED, GrvtError
from venue_simulators.grvt.instruments import Instrument, Instruments
from venue_simulators.grvt.signatures import TIME_IN_FORCE_CODES
from venue_simulators.grvt.wording import Words, number
from venue_simulators.world import Wanted

CLIENT_ORDER_ID_BEYOND = 1 << 64
RESTING = ("GOOD_TILL_TIME", "ALL_OR_NONE", "RETAIL_PRICE_IMPROVEMENT")

_TIMES = {
    "GOOD_TILL_TIME": TimeInForce.GTC,
    "IMMEDIATE_OR_CANCEL": TimeInForce.IOC,
    "FILL_OR_KILL": TimeInForce.FOK,
    "RETAIL_PRICE_IMPROVEMENT": TimeInForce.GTX,
}
_TRIGGERED = {
    ("STOP_LOSS", False): OrderType.STOP,
    ("STOP_LOSS", True): OrderType.STOP_MARKET,
    ("TAKE_PROFIT", False): OrderType.TAKE_PROFIT,
    ("TAKE_PROFIT", True): OrderType.TAKE_PROFIT_MARKET,
}


@dataclass(frozen=True, slots=True)
class SignatureForm:
    """A signature as JSON holds it."""

    signer: str
    r: str
    s: str
    v: int
    expiration_ns: int
    nonce: int
    chain_id: int
    """0 stands for the environment's."""

    def words(self, *, numbers_as_text: bool = False) -> Words:
        """Return it as GRVT repeats it; order history has texts where numbers were sent."""
        return {
            "signer": self.signer,
            "r": self.r,
            "s": self.s,
            "v": str(self.v) if numbers_as_text else self.v,
            "expiration": str(self.expiration_ns),
            "nonce": str(self.nonce) if numbers_as_text else self.nonce,
            "chain_id": str(self.chain_id),
        }


@dataclass(frozen=True, slots=True)
class OrderForm:
    """An order as its sender filled it in."""

    instrument: Instrument
    sub_account_id: str
    market: bool
    time_in_force: str
    post_only: bool
    reduce_only: bool
    size: Decimal
    price: Decimal
    """Zero of a market order."""
    side: Side
    signature: SignatureForm
    client_order_id: str
    trigger_type: str
    trigger_price: Decimal
    builder: str
    builder_fee: Decimal

    @property
    def rests(self) -> bool:
        """Whether the order stays, in the book or waiting for its trigger, if it does not trade."""
        return bool(self.trigger_type) or (not self.market and self.time_in_force in RESTING)

    @property
    def waits_for_no_bump(self) -> bool:
        """Whether the order cannot take, so that nothing holds it up."""
        return self.post_only or self.time_in_force == "RETAIL_PRICE_IMPROVEMENT"

    def wanted(self, tag: str) -> Wanted:
        """Return the order as the world takes it."""
        kind = _TRIGGERED.get((self.trigger_type, self.market))
        plain = OrderType.MARKET if self.market else OrderType.LIMIT
        time_in_force = TimeInForce.GTX if self.post_only else _TIMES[self.time_in_force]
        return Wanted(
            self.instrument.contract_id,
            self.side,
            self.size,
            None if self.market else self.price,
            order_type=kind or plain,
            time_in_force=TimeInForce.IOC if self.market else time_in_force,
            reduce_only=self.reduce_only,
            trigger_price=self.trigger_price if kind else None,
            tag=tag,
        )

    def words(self) -> Words:
        """Return the part of an order that never changes, signature and metadata aside."""
        leg: Words = {
            "instrument": self.instrument.contract_id,
            "size": number(self.size),
            "limit_price": number(self.price),
            "is_buying_asset": self.side is Side.BUY,
        }
        return {
            "sub_account_id": self.sub_account_id,
            "is_market": self.market,
            "time_in_force": self.time_in_force,
            "post_only": self.post_only,
            "reduce_only": self.reduce_only,
            "legs": [leg],
            "builder": self.builder,
            "builder_fee": number(self.builder_fee),
        }


def read_order(body: Body, instruments: Instruments) -> OrderForm:
    """Return the order of a request.

    Raises:
        GrvtError: a field is missing or malformed, or the market is not listed.
    """
    legs = body.parts("legs")
    if len(legs) != 1:
        raise GrvtError(MALFORMED, "an order of a perpetual has one leg")
    leg = legs[0]
    time_in_force = body.text("time_in_force")
    if time_in_force not in TIME_IN_FORCE_CODES:
        raise GrvtError(MALFORMED, "time_in_force is unknown")
    trigger_type, trigger_price = _trigger(body)
    return OrderForm(
        instruments.of(leg),
        body.text("sub_account_id"),
        body.truth("is_market"),
        time_in_force,
        body.truth("post_only"),
        body.truth("reduce_only"),
        leg.decimal("size"),
        leg.decimal("limit_price", ZERO),
        Side.BUY if leg.truth("is_buying_asset") else Side.SELL,
        read_signature(body.part("signature")),
        _client_order_id(body),
        trigger_type,
        trigger_price,
        body.text("builder", ""),
        body.decimal("builder_fee", ZERO),
    )


def read_signature(body: Body) -> SignatureForm:
    """Return the signature of a request, held to its form (2005 to 2007)."""
    r, s, v = body.text("r"), body.text("s"), body.integer("v")
    if v not in (27, 28):
        raise GrvtError(2005)
    if not (_is_word(r) and _is_word(s)):
        raise GrvtError(2006)
    nonce = body.integer("nonce")
    if not 0 <= nonce < 1 << 32:
        raise GrvtError(MALFORMED, "nonce must be an unsigned number of 32 bits")
    expiration_ns = int(body.text("expiration")) if _is_digits(body, "expiration") else 0
    chain_id = body.integer("chain_id", 0)
    return SignatureForm(body.text("signer"), r, s, v, expiration_ns, nonce, chain_id)


def check_form(form: OrderForm) -> None:
    """Refuse what no market takes: prices, sizes and flags that do not go together."""
    market = form.instrument.market
    if form.post_only and (form.market or form.time_in_force not in RESTING[:2]):
        raise GrvtError(2032)
    if form.market and form.price:
        raise GrvtError(2020)
    if not form.market and form.price <= 0:
        raise GrvtError(2021)
    if form.size < market.min_size:
        raise GrvtError(2062)
    if form.size % market.step:
        raise GrvtError(2065)
    if form.price % market.tick or form.trigger_price % market.tick:
        raise GrvtError(2064)


def _trigger(body: Body) -> tuple[str, Decimal]:
    metadata = body.part("metadata")
    if not metadata.has("trigger"):
        return "", ZERO
    trigger = metadata.part("trigger")
    kind = trigger.text("trigger_type", "UNSPECIFIED")
    if kind == "UNSPECIFIED":
        return "", ZERO
    if (kind, False) not in _TRIGGERED:
        raise GrvtError(MALFORMED, "trigger_type is unknown")
    return kind, trigger.part("tpsl").decimal("trigger_price")


def _client_order_id(body: Body) -> str:
    metadata = body.part("metadata")
    if not metadata.has("client_order_id"):
        raise GrvtError(2011)
    return checked_client_order_id(metadata.fields["client_order_id"])


def checked_client_order_id(value: object) -> str:
    """Return a client order id, an unsigned number of 64 bits as a decimal string (2010)."""
    if not isinstance(value, str) or not is_whole(value):
        raise GrvtError(2010)
    if int(value) >= CLIENT_ORDER_ID_BEYOND:
        raise GrvtError(2010)
    return str(int(value))


def _is_word(value: str) -> bool:
    digits = value.removeprefix("0x")
    return len(digits) == 64 and all(digit in "0123456789abcdefABCDEF" for digit in digits)


def _is_digits(body: Body, name: str) -> bool:
    if not is_whole(body.text(name)):
        raise GrvtError(MALFORMED, f"{name} must be a string of nanoseconds")
    return True
