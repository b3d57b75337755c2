"""What deploy/ says fits the programs: their flags, exit codes and signs of life."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import signal
import socket
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.arguments import parse_arguments as parse_bot
from app.errors import ExitCode
from app.safety.pulse import Pulse, PulseWriter, pulse_path
from exchange_clients.base_models import NS
from exchange_clients.shared.clock import ManualClock
from exchange_clients.shared.virtual_time import run_virtual
from funding_rate_service.arguments import parse_arguments as parse_service
from scripts.health import main, trouble_of_bot
from tests.support.bot_process import start_bot

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
NOW_NS = 1_795_262_400 * NS


def unit(name: str) -> configparser.SectionProxy:
    """Return the [Service] part of a unit file; of a key that stands twice, the last."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys as they are written
    parser.read(DEPLOY / "systemd" / name)
    return parser["Service"]


def compose() -> dict[str, Any]:  # of a form that is not ours
    told: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text())
    return told


def test_containers_and_units_give_flags_that_the_programs_have() -> None:
    services = compose()["services"]
    bots = [services["bot"]["command"], shlex.split(unit("perp-bot@.service")["ExecStart"])]
    for words in bots:
        script = next(place for place, word in enumerate(words) if word.endswith("runbot.py"))
        assert {"config", "run.state_dir"} <= set(parse_bot(words[script + 1 :]).given)
    rates = [services["rates"]["command"], shlex.split(unit("perp-rates.service")["ExecStart"])]
    for words in rates:
        asked = parse_service(words[words.index("funding_rate_service") + 1 :])
        assert asked.database.endswith("funding-rates.sqlite")


def test_no_container_may_do_more_than_it_has_to() -> None:
    for service in compose()["services"].values():
        assert service["read_only"] is True
        assert (service["cap_drop"], service["init"]) == (["ALL"], True)
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    steps = (DEPLOY / "Dockerfile").read_text()
    assert re.search(r"^USER \d+:\d+$", steps, re.MULTILINE), "a number: nobody has to be looked up"
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", "**/*.env", "state", ".git"} <= set(ignored)


def test_a_supervisor_knows_the_exit_codes() -> None:
    bot = unit("perp-bot@.service")
    assert bot["SuccessExitStatus"] == str(int(ExitCode.INTERRUPTED))
    codes = (ExitCode.USAGE, ExitCode.CREDENTIALS)
    assert bot["RestartPreventExitStatus"].split() == [str(int(each)) for each in codes]


@pytest.mark.slow
def test_a_supervised_bot_says_that_it_lives_and_ends_when_it_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(60)
        supervisor = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "600000"}
        words = ("--strategy", "grid", "--exchange", "paper", "--speed", "1")
        bot = start_bot(tmp_path, *words, variables=supervisor)
        told = [ear.recv(4096).decode()]
        while told[-3:] != ["STATUS=trading", "WATCHDOG=1", "WATCHDOG=1"]:
            told.append(ear.recv(4096).decode())
        bot.send_signal(signal.SIGTERM)
        while told[-1] != "STOPPING=1":
            told.append(ear.recv(4096).decode())
        bot.communicate(timeout=60)
    assert told[0] == "READY=1\nSTATUS=waiting for the first price"
    assert bot.returncode == ExitCode.INTERRUPTED


def test_a_bot_is_well_while_its_pulse_is_young(tmp_path: Path) -> None:
    pulse = Pulse(pid=1, at_ns=NOW_NS, risk="normal", flattening=False)

    async def beat_and_end(name: str) -> None:
        writer = PulseWriter(tmp_path / name, lambda: pulse, ManualClock(NOW_NS))
        await writer.close()

    assert trouble_of_bot(tmp_path, NOW_NS) == f"no bot runs in {tmp_path}"
    run_virtual(lambda _: beat_and_end("ended.journal"))
    assert "no bot runs" in trouble_of_bot(tmp_path, NOW_NS)
    ended = pulse_path(tmp_path / "ended.journal")
    alive = pulse_path(tmp_path / "grid.journal")
    alive.write_bytes(ended.read_bytes().replace(b"true", b"false"))
    os.utime(alive, ns=(NOW_NS, NOW_NS))
    assert trouble_of_bot(tmp_path, NOW_NS + 2 * NS) == ""
    assert trouble_of_bot(tmp_path, NOW_NS + 20 * NS) == "grid stands still for 20 s"


def test_a_service_that_does_not_answer_is_not_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rates", "http://127.0.0.1:1"], {}) == 1
    assert "does not answer" in capsys.readouterr().out
