"""A release of the venue: maintenance, then cancels alone, then orders that only make.

The real one comes every weekday at about 04:30 UTC and takes a quarter of an hour; here a test lets
it begin. While the venue wakes up, orders away from the fair price are cancelled.

One release went wrong, on 19 January 2026: the venue came up again as it had been before, with what
had traded since then forgotten and every order cancelled but those that protect a position. That
can be asked for as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial

from exchange_clients.base_models import NS
from venue_simulators.agenda import Agenda
from venue_simulators.paradex.account_book import AccountBook
from venue_simulators.paradex.lines import Lines
from venue_simulators.paradex.order_api import CANCEL_ONLY, POST_ONLY
from venue_simulators.paradex.order_desk import OrderDesk
from venue_simulators.paradex.order_record import OrderRecord
from venue_simulators.paradex.public_desk import MAINTENANCE, OK, PublicDesk
from venue_simulators.world import World

RESTARTING = 1012
MINUTE_NS = 60 * NS
WAKING = ((CANCEL_ONLY, 11), (POST_ONLY, 13), (OK, 15))
"""What the venue does from so many minutes after the beginning on."""
DISTANCE = Decimal("0.0005")
"""How far from the fair price an order may rest meanwhile, as a fraction."""
SWEEP_NS = NS
REASON = "SYSTEM_STATUS"


class Release:
    """Takes the venue down and up again.

    Args:
        world: The truth.
        agenda: Where the stages are planned.
        public: Tells the state of the venue.
        lines: Who is connected.
        desk: Where orders live.
        books: What the accounts are told of themselves, by their names.
    """

    def __init__(
        self,
        world: World,
        agenda: Agenda,
        public: PublicDesk,
        lines: Lines,
        desk: OrderDesk,
        books: Mapping[str, AccountBook],
    ) -> None:
        self._world = world
        self._agenda = agenda
        self._public = public
        self._lines = lines
        self._desk = desk
        self._books = books

    def begin(self, back_to_ns: int | None = None) -> None:
        """Begin at once: connections end, and what stands stays for now.

        Args:
            back_to_ns: To which instant the venue is rolled back (epoch ns); None to none.
        """
        now_ns = self._world.now_ns
        self._public.status = MAINTENANCE
        for status, after_min in WAKING:
            self._agenda.plan(now_ns + after_min * MINUTE_NS, partial(self._enter, status))
        for connection in self._lines.connections():
            connection.close(RESTARTING, "service restart")
            self._lines.close(connection)
        if back_to_ns is not None:
            self._roll_back(back_to_ns)

    def _roll_back(self, then_ns: int) -> None:
        exposed = [
            each
            for each in self._desk.everybodys()
            if each.created_ns >= then_ns or not each.form.protective
        ]
        self._desk.expel(exposed, REASON)
        for name, book in self._books.items():
            self._desk.roll_back(name, then_ns, book.roll_back(then_ns))

    def _enter(self, status: str) -> None:
        self._public.status = status
        if status in (CANCEL_ONLY, POST_ONLY):
            self._sweep(status)

    def _sweep(self, status: str) -> None:
        if self._public.status != status:
            return
        far = [each for each in self._desk.everybodys() if self._far(each)]
        self._desk.expel(far, REASON)
        self._agenda.plan(self._world.now_ns + SWEEP_NS, lambda: self._sweep(status))

    def _far(self, record: OrderRecord) -> bool:
        fair = self._world.prices(record.form.contract_id).index
        return record.form.priced and abs(record.price - fair) > fair * DISTANCE
