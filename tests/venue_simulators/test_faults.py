"""Rows of faults as the command line writes them."""

from __future__ import annotations

import pytest

from exchange_clients.base_models import NS
from exchange_clients.errors import ClientConfigError
from venue_simulators.faults import Fault, FaultRow, parse_row


def test_a_row_is_read_with_its_scope_times_and_strength() -> None:
    text = (
        "rp.status,service=rest,method=POST,path=/api/*,contains=BTC,probability=0.1,times=2,"
        "from=10,for=0.5,seconds=3,status=429,body={}"
    )
    assert parse_row(text) == FaultRow(
        Fault.STATUS,
        service="rest",
        method="POST",
        path="/api/*",
        contains="BTC",
        from_ns=10 * NS,
        for_ns=NS // 2,
        probability=0.1,
        times=2,
        seconds=3.0,
        status=429,
        body="{}",
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rp.lost", "fault rp.lost is not known: choose from rq.drop"),
        ("rp.drop,speed=1", "fault rp.drop has no speed: choose from service"),
        ("rp.drop,kind=ws.cut", "fault rp.drop has no kind"),
        ("rp.drop,probability=often", "Expected `float`"),
        ("rp.drop,probability=2", "probability must be from 0 to 1, got 2"),
        ("rp.drop,from=soon", "from of fault rp.drop is not in seconds: soon"),
        ("rp.drop,seconds=-1", "seconds must not be negative"),
    ],
)
def test_what_is_no_row_is_refused_by_name(text: str, complaint: str) -> None:
    with pytest.raises(ClientConfigError, match=complaint):
        parse_row(text)


def test_every_kind_has_a_usual_strength() -> None:
    rows = [parse_row(kind) for kind in Fault]
    assert all(row.strength_ns >= 0 and row.answer_status >= 200 and row.junk for row in rows)
