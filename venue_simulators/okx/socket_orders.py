"""Orders over WebSocket: the same handlers as REST has, with the numbers of instruments.

Every operation names its instruments by ``instIdCode``; names are no longer taken. Requests count
against the same limits as those over REST.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from venue_simulators.okx.account_book import AccountBook
from venue_simulators.okx.admission import Admission
from venue_simulators.okx.calls import Call
from venue_simulators.okx.errors import OkxError, parameter_empty, parameter_error, summary
from venue_simulators.okx.fields import Fields
from venue_simulators.okx.listing import Listing
from venue_simulators.okx.routes import PREFIX, ItemsRoute, PathKey
from venue_simulators.okx.wording import US_NS, Row
from venue_simulators.world import World

OPERATIONS = {
    "order": "trade/order",
    "batch-orders": "trade/batch-orders",
    "cancel-order": "trade/cancel-order",
    "batch-cancel-orders": "trade/cancel-batch-orders",
    "amend-order": "trade/amend-order",
    "batch-amend-orders": "trade/amend-batch-orders",
}
"""Operations, each with the path of REST that does the same."""


class SocketOrders:
    """Answers to orders that come over WebSocket.

    Args:
        world: Whose time it is.
        listing: The instruments.
        routes: What is done, by path.
        admission: Counts the requests.
    """

    def __init__(
        self,
        world: World,
        listing: Listing,
        routes: Mapping[PathKey, ItemsRoute],
        admission: Admission,
    ) -> None:
        self._world = world
        self._listing = listing
        self._routes = routes
        self._admission = admission

    def answer(
        self, book: AccountBook, words: Mapping[str, object], args: Sequence[dict[str, object]]
    ) -> Row:
        """Do an operation and return its reply."""
        rows: list[Row] = []
        try:
            rows = self._done(book, words, args)
            code, message = summary(rows)
        except OkxError as error:
            code, message = error.code, error.message
        at_us = str(self._world.now_ns // US_NS)
        return {
            "id": words.get("id", ""),
            "op": words["op"],
            "code": code,
            "msg": message,
            "data": rows,
            "inTime": at_us,
            "outTime": at_us,
        }

    def _done(
        self, book: AccountBook, words: Mapping[str, object], args: Sequence[dict[str, object]]
    ) -> list[Row]:
        path = OPERATIONS[str(words["op"])]
        route = self._routes["POST", PREFIX + path]
        items = [self._named(arg) for arg in args]
        if not route.batch_max and len(items) != 1:
            raise parameter_error("args")
        self._admission.admit_items(path, route, book.account, items)
        expires_ms = Fields(words).whole("expTime")
        return route.handler(Call(book, Fields({}), items, expires_ms))

    def _named(self, arg: dict[str, object]) -> Fields:
        """Return an item under its instrument's name."""
        code = Fields(arg).whole("instIdCode")
        if code is None:
            raise parameter_empty("instIdCode")
        instrument = self._listing.of_code(code)
        return Fields({**arg, "instId": "?" if instrument is None else instrument.inst_id})
