"""The life of a login: a cookie that is given, shown, and one day worth nothing."""

from email.utils import parsedate_to_datetime

import pytest

from exchange_clients.base_models import NS
from tests.support.quiet_markets import passes
from tests.venue_simulators.grvt.grvt_stage import (
    DAY_NS,
    JSON_HEADERS,
    START_NS,
    Trader,
    Wire,
    login,
    quick,
    read,
    refusal,
    stage,
)
from venue_simulators.grvt.login import http_date
from venue_simulators.wire import HttpRequest, HttpResponse


def test_login_gives_a_cookie_with_its_end_and_the_account_id() -> None:
    venue = stage()
    member = venue.logins.members["main"]
    answer = login(venue, member.api_key)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("gravity=")
    assert f"Expires={http_date(START_NS + DAY_NS)}" in cookie
    assert answer.headers["x-grvt-account-id"] == member.sub_account_id
    assert read(answer) == {
        "status": "success",
        "location": "",
        "funding_account_address": member.main_account,
        "sub_account_id": member.sub_account_id,
    }


def test_expiry_is_stated_in_utc() -> None:
    stated = parsedate_to_datetime(http_date(START_NS))
    assert stated.timestamp() * NS == START_NS


def failed(answer: HttpResponse) -> bool:
    return (
        answer.status == 200
        and read(answer)["status"] == "failure"
        and "set-cookie" not in answer.headers
    )


def test_a_bad_key_is_answered_200_without_a_cookie() -> None:
    assert failed(login(stage(), "nobody's"))


def test_login_needs_no_remember_me_cookie() -> None:
    venue = stage()
    answer = login(venue, venue.logins.members["main"].api_key, cookie="")
    assert answer.headers["set-cookie"].startswith("gravity=")


def test_a_blocked_region_is_answered_200_without_a_cookie() -> None:
    venue = stage()
    venue.logins.region_blocked = True
    assert failed(login(venue, venue.logins.members["main"].api_key))


def test_private_calls_need_the_cookie_and_its_own_account() -> None:
    venue = stage(accounts=("main", "other"))
    trader = Trader(venue)
    assert trader.ask("positions").status == 200
    trader.cookie = ""
    assert refusal(trader.ask("positions")) == (401, 1000)
    trader.log_in()
    trader.account = "other"
    assert refusal(trader.ask("positions")) == (401, 1000)


def test_a_cookie_expires_when_it_says() -> None:
    venue = stage(terms=quick(cookie_lifetime_ns=60 * NS))
    trader = Trader(venue)
    passes(venue, 59)
    assert trader.ask("positions").status == 200
    passes(venue, 1)
    assert refusal(trader.ask("positions")) == (401, 1000)
    trader.log_in()
    assert trader.ask("positions").status == 200


def test_a_new_login_leaves_the_earlier_one_standing() -> None:
    first = Trader(stage())
    second = Trader(first.simulator)
    assert first.cookie != second.cookie
    assert first.ask("positions").status == second.ask("positions").status == 200


def test_revoking_ends_logins_long_before_their_cookies() -> None:
    trader = Trader(stage())
    trader.simulator.logins.revoke()
    assert refusal(trader.ask("positions")) == (401, 1000)


def test_a_private_socket_is_refused_without_a_cookie() -> None:
    trader = Trader(stage())
    trader.simulator.logins.revoke()
    with pytest.raises(AssertionError, match="401"):
        Wire(trader.simulator, trader)


def test_the_account_id_may_stand_in_the_url_of_the_socket() -> None:
    trader = Trader(stage())

    class Other(Wire):
        @property
        def request(self) -> HttpRequest:
            query = f"x_grvt_account_id={trader.member.sub_account_id}"
            return HttpRequest("trades_ws", "GET", "/ws/full", query, {"cookie": trader.cookie})

    assert Other(trader.simulator, trader).subscribe("v1.order", trader.member.sub_account_id)


@pytest.mark.parametrize("outlives", [True, False])
def test_whether_a_socket_outlives_its_cookie_is_a_switch(outlives: bool) -> None:
    terms = quick(cookie_lifetime_ns=60 * NS, sockets_outlive_login=outlives)
    trader = Trader(stage(terms=terms))
    wire = Wire(trader.simulator, trader)
    passes(trader.simulator, 60)
    assert (wire.closed is None) is outlives


def test_a_key_that_may_not_trade_reads_all_the_same() -> None:
    trader = Trader(stage())
    trader.member.may_trade = False
    assert refusal(trader.create()) == (403, 1400)
    assert trader.ask("positions").status == 200


def test_secrets_are_not_in_what_an_account_prints() -> None:
    member = stage().logins.members["main"]
    assert member.private_key not in repr(member)
    assert member.api_key not in repr(member)


def test_login_is_post_with_json_like_everything_else() -> None:
    venue = stage()
    for method, headers in (("GET", JSON_HEADERS), ("POST", {})):
        request = HttpRequest("auth", method, "/auth/api_key/login", "", headers, b"{}")
        assert refusal(venue.handle(request)) == (400, 1003)
    request = HttpRequest("auth", "POST", "/auth/wallet/login", "", JSON_HEADERS, b"{}")
    assert refusal(venue.handle(request)) == (404, 1004)
