"""Simulators by name, and as a program of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from exchange_clients.base_models import NS
from exchange_clients.errors import ClientConfigError
from tests.support.echo_venue import EchoVenue
from venue_simulators import catalogue
from venue_simulators.__main__ import main
from venue_simulators.catalogue import SERVED, build, start
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.options import SimulatorOptions

ROOT = Path(__file__).parents[2]


def test_every_venue_that_is_traded_on_and_simulated_is_in_the_catalogue() -> None:
    simulated = {path.parent.name for path in (ROOT / "venue_simulators").glob("*/simulator.py")}
    traded = {path.parents[1].name for path in ROOT.glob("exchange_clients/*/client/core.py")}
    assert simulated & (traded | {catalogue.PAPER}) == set(SERVED)


@pytest.mark.parametrize("venue", SERVED)
def test_a_venue_is_built_by_its_name(venue: str) -> None:
    options = SimulatorOptions(symbols=("ETH",), balance=Decimal(250), accounts=("a", "b"))
    simulator = build(venue, options)
    assert simulator.name == venue
    assert [market.symbol for market in simulator.world.markets.values()] == ["ETH"]
    assert simulator.world.funds("b").cash == 250
    hosts = [host for service in simulator.services for host in service.hosts]
    assert all("." in host for host in hosts)


@pytest.mark.parametrize("venue", SERVED)
def test_the_environment_names_every_service_and_the_credentials(venue: str) -> None:
    simulator = build(venue)
    urls = {service.name: f"http://127.0.0.1/{service.name}" for service in simulator.services}
    environment = simulator.environment(urls)
    for name, url in urls.items():
        assert environment[f"PERP_{venue.upper()}_{name.upper()}_URL"].startswith(url)
    assert len(environment) > len(urls)


def test_an_unknown_venue_is_refused_by_name() -> None:
    with pytest.raises(ClientConfigError, match="venue mtgox is not simulated: choose from aster"):
        build("mtgox")


@pytest.mark.parametrize("venue", SERVED)
def test_a_started_simulator_lives_in_the_present(venue: str) -> None:
    async def story() -> int:
        async with start(venue, SimulatorOptions(symbols=("BTC",))) as server:
            (contract,) = server.venue.simulator.world.markets
            async with aiohttp.ClientSession() as session, session.get(server.urls[rest]) as answer:
                assert answer.status < 500
            assert server.venue.simulator.world.best(contract)[0] is not None
            return server.venue.simulator.world.now_ns

    rest = next(service.name for service in build(venue).services if not service.websocket)
    assert abs(asyncio.run(story()) - time.time_ns()) < 30 * NS


def test_faults_reach_a_started_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    def build_echo(venue: str, options: SimulatorOptions) -> EchoVenue:
        assert venue == "echo"
        assert options.start_ns is not None
        return EchoVenue(options.start_ns)

    async def story() -> None:
        plan = FaultPlan()
        plan.once("rp.status", status=418)
        async with (
            start("echo", plan=plan) as server,
            aiohttp.ClientSession() as session,
            session.get(server.urls["rest"]) as answer,
        ):
            assert answer.status == 418

    monkeypatch.setattr(catalogue, "build", build_echo)
    asyncio.run(story())


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["mtgox"], "invalid choice: 'mtgox'"),
        (["backpack", "--balance", "much"], "much is not an amount"),
        (["backpack", "--balance", "-5"], "balance must not be negative, got -5"),
        (["backpack", "--fault", "rp.lost"], "fault rp.lost is not known"),
        (["backpack", "--data", "x.csv"], "--data is played on the paper venue alone"),
        (["paper", "--data", "no such file"], "no such file"),
        (["backpack", "--symbol", "NOPE"], "symbols NOPE are not simulated"),
    ],
)
def test_bad_words_end_with_what_is_wrong(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


def test_a_taken_port_ends_with_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["backpack", "--port", str(port)]) == 1
    assert f"port {port} and those after it are not free" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_program_prints_what_to_export_and_ends_cleanly(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "venue_simulators", "backpack", "--symbol", "BTC"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        process.send_signal(number)
        _, said = process.communicate(timeout=20)
    assert all(line.startswith("export ") for line in lines)
    assert any(line.startswith("export PERP_BACKPACK_REST_URL=http://127.0.0.1:") for line in lines)
    assert (process.returncode, said) == (0, "")
