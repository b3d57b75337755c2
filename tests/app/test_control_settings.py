"""What may be said of notifications and control, and what is refused with the key it is about."""

from __future__ import annotations

import pytest

from app.arguments import parse_arguments
from app.configuration import build_settings
from app.errors import UsageError
from app.settings import RunSettings
from helpers.notices import NoticeKind

LINE = "--strategy grid --exchange paper --ticker BTC --quantity 0.01 --take-profit 0.1"
TOKEN = "a-long-enough-token"
DIGEST = "ab" * 32


def build(extra: str = "", **variables: str) -> RunSettings:
    given = {f"PERP__{name.upper()}": value for name, value in variables.items()}
    return build_settings(parse_arguments(f"{LINE} {extra}".split()), given)


def test_variables_say_all_of_it_and_no_secret_is_shown() -> None:
    settings = build(
        notifications__channels="telegram,webhook,log",
        notifications__kinds="risk_action,run_ended",
        notifications__telegram_token=TOKEN,
        notifications__telegram_chats="42,-100,42",
        notifications__webhook_url="https://hooks.test/hidden",
        notifications__webhook_secret="hidden too",
        control__port="0",
        control__token=TOKEN,
        control__telegram="true",
    )
    told = settings.notifications
    assert told.channels == ("telegram", "webhook", "log")
    assert told.kinds == (NoticeKind.RISK_ACTION, NoticeKind.RUN_ENDED)
    assert told.telegram_chats == (42, -100)
    assert settings.control.wanted
    shown = repr(settings)
    assert not [each for each in (TOKEN, "hidden") if each in shown]
    assert not build().control.wanted


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        (
            {"notifications__channels": "pigeon"},
            ["NOTIFICATIONS__CHANNELS: 'pigeon'", "log, telegram"],
        ),
        ({"notifications__channels": "telegram"}, ["TELEGRAM_TOKEN", "TELEGRAM_CHATS"]),
        ({"control__telegram": "true"}, ["TELEGRAM_TOKEN", "TELEGRAM_CHATS"]),
        ({"notifications__channels": "webhook"}, ["WEBHOOK_URL"]),
        ({"notifications__webhook_url": "ftp://x/secret"}, ["WEBHOOK_URL", "https://"]),
        ({"notifications__kinds": "gossip"}, ["NOTIFICATIONS__KINDS: 'gossip'", "daily_summary"]),
        ({"notifications__summary_hour": "24"}, ["SUMMARY_HOUR", "0 to 23"]),
        ({"control__port": "70000"}, ["CONTROL__PORT: '70000'", "0 to 65535"]),
        ({"control__token": "short-secret"}, ["CONTROL__TOKEN", "at least 16 characters"]),
        ({"control__token_sha256": "xyz"}, ["CONTROL__TOKEN_SHA256", "64 hexadecimal digits"]),
        (
            {"control__token": TOKEN, "control__token_sha256": DIGEST},
            ["control.token_sha256 stands in the place of control.token"],
        ),
        (
            {"control__port": "0", "control__host": "0.0.0.0"},
            ["control.host: 0.0.0.0 can be reached from elsewhere, so control.token"],
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_its_key(
    variables: dict[str, str], words: list[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        build(**variables)
    told = str(caught.value)
    assert [word for word in words if word not in told] == []
    assert "secret" not in told.replace("webhook_secret", "")


def test_with_a_token_any_address_will_do_and_people_live_in_real_time() -> None:
    assert build(control__port="1", control__host="0.0.0.0", control__token=TOKEN).control.port == 1
    assert build("--speed max", notifications__channels="log").speed is None
    with pytest.raises(UsageError) as caught:
        build(
            "--speed 60",
            notifications__channels="webhook",
            notifications__webhook_url="https://hooks.test",
            control__port="0",
        )
    assert str(caught.value).count("real time") == 2


def test_a_configuration_can_be_built_anew() -> None:
    variables = {"PERP__RISK__MARGIN_FAILURES": "3"}
    settings = build_settings(parse_arguments(LINE.split()), variables)
    variables["PERP__RISK__MARGIN_FAILURES"] = "4"
    assert settings.rebuild().risk.margin_failures == 4
    assert settings.risk.margin_failures == 3
