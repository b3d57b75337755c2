"""A session's paper venue, with the books that only an embedded exchange shows."""

from __future__ import annotations

from app.paper_stage import PaperVenue
from app.session import Session


def paper_of(session: Session) -> PaperVenue:
    """Return the primary venue of a run on paper."""
    venue = session.primary
    assert isinstance(venue, PaperVenue), "the run is on another kind of venue"
    return venue
