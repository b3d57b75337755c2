"""Channels and on which path they are, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from venue_simulators.okx.candle_bars import BARS
from venue_simulators.okx.errors import OkxError
from venue_simulators.okx.fields import Fields
from venue_simulators.okx.listing import Listing
from venue_simulators.okx.public_api import INST_TYPES

PUBLIC, PRIVATE, BUSINESS = "public", "private", "business"
BOOKS, BOOKS5, BEST = "books", "books5", "bbo-tbt"
TRADES, ALL_TRADES = "trades", "trades-all"
ORDERS, ACCOUNT, POSITIONS = "orders", "account", "positions"
BALANCE_AND_POSITION = "balance_and_position"
ALGOS, ADVANCED_ALGOS = "orders-algo", "algo-advance"
INSTRUMENTS, LIQUIDATIONS = "instruments", "liquidation-orders"
FUNDING, INTEREST, MARK, LIMITS = "funding-rate", "open-interest", "mark-price", "price-limit"
TICKERS, INDICES = "tickers", "index-tickers"
CANDLE, MARK_CANDLE = "candle", "mark-price-candle"

_VIP_BOOKS = {"books-l2-tbt": "60029", "books50-l2-tbt": "60030"}
_BY_INSTRUMENT = {
    PUBLIC: (BOOKS, BOOKS5, BEST, TRADES, FUNDING, INTEREST, MARK, LIMITS, TICKERS, INDICES),
    BUSINESS: (ALL_TRADES,),
    PRIVATE: (),
}
_BY_TYPE = {
    PUBLIC: (INSTRUMENTS, LIQUIDATIONS, "adl-warning"),
    BUSINESS: (ALGOS, ADVANCED_ALGOS),
    PRIVATE: (ORDERS, POSITIONS),
}
_ALONE = {PUBLIC: ("status",), BUSINESS: (), PRIVATE: (ACCOUNT, BALANCE_AND_POSITION)}
OWN = (ORDERS, POSITIONS, ACCOUNT, BALANCE_AND_POSITION, "fills", ALGOS, ADVANCED_ALGOS)
"""Channels of an account."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What one argument of a subscription asks for."""

    channel: str
    arg: Mapping[str, str]
    """As it was sent, which is how every frame names it."""
    kind: str
    """The channel, of candles without the bar."""
    bar: str = ""
    inst_id: str | None = None
    family: str | None = None
    inst_type: str | None = None
    coin: str | None = None
    silent_between: bool = False
    """Whether it is told only when something has changed."""

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """By which the same subscription is known again."""
        return tuple(sorted(self.arg.items()))

    @property
    def own(self) -> bool:
        """Whether it is an account's."""
        return self.channel in OWN

    def chooses(self, inst_id: str) -> bool:
        """Say whether it wants to hear of a swap."""
        return (
            self.inst_type in (None, "SWAP", "ANY")
            and self.inst_id in (None, inst_id)
            and self.family in (None, inst_id.removesuffix("-SWAP"))
        )


def wrong_topic(arg: Mapping[str, str]) -> OkxError:
    """Return the refusal of a channel that there is not, not here or not so."""
    said = ",".join(f"{name}:{value}" for name, value in arg.items())
    return OkxError(
        "60018",
        f"Wrong URL or {said} doesn't exist. "
        "Please use the correct URL, channel and parameters referring to API document.",
    )


def read_topic(arg: Mapping[str, str], path: str, listing: Listing, *, logged_in: bool) -> Topic:
    """Return what an argument asks for.

    Raises:
        OkxError: there is no such channel on this path, or it needs a login or a higher tier.
    """
    fields = Fields(arg)
    channel = fields.text("channel") or ""
    _check_tier(channel, path, logged_in=logged_in)
    kind, bar = _split(channel)
    topic = Topic(
        channel,
        arg,
        kind,
        bar,
        fields.text("instId"),
        fields.text("instFamily"),
        fields.text("instType"),
        fields.text("ccy"),
        '"updateInterval":"0"' in (fields.text("extraParams") or "").replace(" ", ""),
    )
    if not (_named(topic, path, listing) or _typed(topic, path) or channel in _ALONE[path]):
        raise wrong_topic(arg)
    if topic.own and not logged_in:
        raise OkxError("60011", "Please log in")
    return topic


def _check_tier(channel: str, path: str, *, logged_in: bool) -> None:
    code = _VIP_BOOKS.get(channel) if path == PUBLIC else None
    if channel == "fills" and path == PRIVATE:
        code = "64003"
    if code is None:
        return
    if not logged_in:
        raise OkxError("60011", "Please log in")
    raise OkxError(code, f"Only users who are VIP can subscribe to {channel}")


def _split(channel: str) -> tuple[str, str]:
    for kind in (MARK_CANDLE, CANDLE):
        bar = channel.removeprefix(kind)
        if channel.startswith(kind) and bar in BARS:
            return kind, bar
    return channel, ""


def _named(topic: Topic, path: str, listing: Listing) -> bool:
    """Say whether this is a channel of one instrument that is listed."""
    if topic.bar:
        return path == BUSINESS and listing.find(topic.inst_id) is not None
    if topic.channel not in _BY_INSTRUMENT[path]:
        return False
    if topic.channel == INDICES:
        return listing.find(f"{topic.inst_id}-SWAP") is not None
    return listing.find(topic.inst_id) is not None


def _typed(topic: Topic, path: str) -> bool:
    """Say whether this is a channel of a type of instruments."""
    return topic.channel in _BY_TYPE[path] and topic.inst_type in (*INST_TYPES, "ANY")
