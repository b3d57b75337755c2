"""How a request names an instrument or an order."""

from __future__ import annotations

from venue_simulators.okx.account_book import AccountBook
from venue_simulators.okx.errors import parameter_empty, unlisted
from venue_simulators.okx.fields import Fields
from venue_simulators.okx.listing import Instrument, Listing
from venue_simulators.okx.orders import OrderRecord


def instrument_of(listing: Listing, fields: Fields) -> Instrument:
    """Return the instrument that a request names.

    Raises:
        OkxError: it names none, or none that is listed.
    """
    found = listing.find(fields.required("instId"))
    if found is None:
        raise unlisted()
    return found


def find_order(listing: Listing, book: AccountBook, fields: Fields) -> OrderRecord | None:
    """Return the order that a request names; None where there is none in that instrument.

    Raises:
        OkxError: it names no order, or no instrument that is listed.
    """
    instrument = instrument_of(listing, fields)
    ord_id, cl_ord_id = fields.text("ordId"), fields.text("clOrdId")
    if ord_id is None and cl_ord_id is None:
        raise parameter_empty("ordId or clOrdId")
    record = book.find(ord_id, cl_ord_id)
    return (
        record
        if record is not None and record.asked.instrument.inst_id == instrument.inst_id
        else None
    )
