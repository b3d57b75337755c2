import io
import json
import logging
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.shared.clock import ManualClock, parse_instant
from helpers.redaction import MASK, Redactor
from helpers.unified_logger import (
    JsonFormatter,
    LogFile,
    TextFormatter,
    get_exchange_logger,
    key_values,
    log_event,
    register_secret,
    setup_logging,
)

NOW_NS = parse_instant("2026-11-21T02:14:28.123987+00:00")
PRIVATE_KEY = "0x" + "4f" * 32


@pytest.fixture(autouse=True)
def _root_logger_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


@pytest.fixture
def text() -> io.StringIO:
    stream = io.StringIO()
    setup_logging("DEBUG", stream=stream, clock=ManualClock(NOW_NS))
    return stream


@pytest.fixture
def lines() -> io.StringIO:
    stream = io.StringIO()
    setup_logging("DEBUG", json=True, stream=stream, clock=ManualClock(NOW_NS))
    return stream


def record(message: object, *args: object) -> logging.LogRecord:
    return logging.LogRecord("exchange_clients.paper", 20, "f.py", 1, message, args, None)


def test_a_venue_line_has_time_level_logger_prefix_event_and_context(text: io.StringIO) -> None:
    log = get_exchange_logger("paper", account="one")
    log_event(log, logging.INFO, "order_placed", client_order_id="8812", price=Decimal("1E+2"))
    assert text.getvalue() == (
        "2026-11-21T02:14:28.123Z INFO exchange_clients.paper [PAPER] event=order_placed "
        "venue=paper account=one client_order_id=8812 price=100\n"
    )


def test_an_exchange_logger_is_the_librarys_logger_of_that_venue() -> None:
    assert get_exchange_logger("lighter").logger is logging.getLogger("exchange_clients.lighter")


def test_the_librarys_own_key_value_messages_pass_through(text: io.StringIO) -> None:
    logging.getLogger("exchange_clients.shared.transport").info("event=sent latency_ms=%d", 12)
    assert text.getvalue().endswith(
        "INFO exchange_clients.shared.transport event=sent latency_ms=12\n"
    )


def test_a_module_of_a_venues_package_gets_the_venues_prefix(text: io.StringIO) -> None:
    logging.getLogger("exchange_clients.paper.client").info("event=connected")
    assert " exchange_clients.paper.client [PAPER] event=connected\n" in text.getvalue()


def test_without_a_clock_lines_carry_the_machines_time_in_utc() -> None:
    stream = io.StringIO()
    setup_logging(stream=stream)
    logging.getLogger("x").info("hello")
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO x hello\n", stream.getvalue())


def test_values_with_spaces_quotes_or_equal_signs_are_quoted() -> None:
    assert key_values("note", a="b c", d='say "x"', e="f=g", h="") == (
        'event=note a="b c" d="say \\"x\\"" e="f=g" h=""'
    )


def test_a_value_cannot_forge_a_line(text: io.StringIO) -> None:
    logging.getLogger("x").info("user=%s", "me\n2026-01-01T00:00:00Z ERROR x forged")
    assert len(text.getvalue().splitlines()) == 1


def test_json_lines_keep_fields_by_name_and_kind(lines: io.StringIO) -> None:
    log = get_exchange_logger("paper")
    log_event(log, logging.WARNING, "late", latency_ms=12.5, retry=True, order=None)
    assert json.loads(lines.getvalue()) == {
        "time": "2026-11-21T02:14:28.123Z",
        "level": "WARNING",
        "logger": "exchange_clients.paper",
        "event": "late",
        "latency_ms": 12.5,
        "retry": True,
        "order": None,
        "venue": "paper",
    }


def test_pairs_of_a_plain_message_become_keys_of_a_json_line(lines: io.StringIO) -> None:
    logging.getLogger("x").info("event=refused key=%s message=%s code=7", "e-1", "below minimum")
    line = json.loads(lines.getvalue())
    assert (line["event"], line["key"], line["message"]) == (
        "refused",
        "e-1",
        "event=refused key=e-1 message=below minimum code=7",
    )
    assert line["code"] == "7"


def test_prose_stays_a_message(lines: io.StringIO) -> None:
    logging.getLogger("x").info("hello world a=1")
    assert json.loads(lines.getvalue()).keys() == {"time", "level", "logger", "message"}


def test_an_error_carries_its_traceback_on_the_lines_below(text: io.StringIO) -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("x").exception("event=cycle_failed")
    shown = text.getvalue().splitlines()
    assert shown[0].endswith("ERROR x event=cycle_failed")
    assert shown[1] == "    Traceback (most recent call last):"
    assert shown[-1] == "    ValueError: broken"


@pytest.mark.parametrize("as_json", [False, True])
def test_secrets_appear_in_no_part_of_a_line(as_json: bool) -> None:
    stream = io.StringIO()
    setup_logging("DEBUG", json=as_json, stream=stream)
    register_secret("correct horse battery")
    log = get_exchange_logger("paper", account="acct correct horse battery")
    try:
        raise RuntimeError(f"signing with {PRIVATE_KEY} and correct horse battery")
    except RuntimeError:
        log.exception("password=%s %s", "hunter2", {"key": "correct horse battery"})
    log_event(log, logging.INFO, "login", api_secret="abc", note=PRIVATE_KEY)
    log.info("stack", stack_info=True)
    for secret in ("correct horse battery", PRIVATE_KEY, "hunter2", '"abc"', "=abc"):
        assert secret not in stream.getvalue()
    assert stream.getvalue().count(MASK) >= 6


SECRETS = st.text("abcXYZ0189+/=_-$!\"'\\ é", min_size=8, max_size=30)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(SECRETS, st.text(max_size=20), st.sampled_from(["%s", "a=%r", "event=x k=%s", "<%s"]))
def test_a_registered_secret_passes_neither_formatter(secret: str, rest: str, form: str) -> None:
    redactor = Redactor()
    redactor.register(secret)
    clock = ManualClock(NOW_NS)
    entry = record(form, f"{rest}{secret}")
    entry.event_fields = {"k": secret, rest + "k": [secret]}
    assert secret not in TextFormatter(redactor, clock).format(entry)
    line = JsonFormatter(redactor, clock).format(entry)
    assert secret not in json.dumps(json.loads(line), ensure_ascii=False)


def test_a_message_that_does_not_fit_its_arguments_is_logged_without_them() -> None:
    shown = TextFormatter(Redactor()).format(record("%d of %d", "hunter2"))
    assert shown.endswith("[PAPER] %d of %d log_error=TypeError")


def test_a_line_that_cannot_be_written_tells_nothing_of_its_record(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = io.StringIO()
    setup_logging(stream=stream)
    stream.close()
    logging.getLogger("x").info("password is hunter2")
    assert capsys.readouterr().err == "event=log_line_lost logger=x reason=ValueError\n"


def test_a_formatter_leaves_nothing_unredacted_on_the_record() -> None:
    try:
        raise RuntimeError(PRIVATE_KEY)
    except RuntimeError as error:
        entry = record("failed")
        entry.exc_info = (type(error), error, error.__traceback__)
    TextFormatter(Redactor()).format(entry)
    assert entry.exc_text is None


def test_libraries_below_us_are_heard_from_warnings_on(text: io.StringIO) -> None:
    logging.getLogger("picows.client.25").info("WS connection established")
    logging.getLogger("websockets.client").warning("closed oddly")
    assert "established" not in text.getvalue()
    assert "closed oddly" in text.getvalue()


def test_a_second_setup_replaces_the_first_and_leaves_others_alone(tmp_path: Path) -> None:
    foreign = logging.NullHandler()
    root = logging.getLogger()
    root.addHandler(foreign)
    before = len(root.handlers)
    setup_logging(file=tmp_path / "a.log")
    setup_logging(file=tmp_path / "a.log")
    assert len(root.handlers) == before + 2
    assert foreign in root.handlers


def test_a_file_is_rotated_by_size_and_old_ones_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "bot.log"
    setup_logging(file=LogFile(path, max_bytes=400, backups=2), console=False)
    for number in range(40):
        logging.getLogger("x").info("event=tick number=%d", number)
    setup_logging(console=False)
    names = sorted(entry.name for entry in path.parent.iterdir())
    assert names == ["bot.log", "bot.log.1", "bot.log.2"]
    assert all(entry.stat().st_size <= 400 for entry in path.parent.iterdir())
    assert path.read_text().endswith("number=39\n")


def test_lines_go_to_whatever_standard_error_is_at_that_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    setup_logging()
    later = io.StringIO()
    monkeypatch.setattr("sys.stderr", later)
    logging.getLogger("x").warning("hello")
    assert later.getvalue().endswith("WARNING x hello\n")


def test_an_unknown_level_names_those_that_are_known() -> None:
    with pytest.raises(ValueError, match="'loud' is not known: use one of debug, info"):
        setup_logging("loud")


def test_an_event_below_the_level_costs_no_formatting(text: io.StringIO) -> None:
    logger = logging.getLogger("quiet")
    logger.setLevel(logging.ERROR)
    log_event(logger, logging.INFO, "tick", value=object())
    assert text.getvalue() == ""
    logger.setLevel(logging.NOTSET)
