from __future__ import annotations

import subprocess
import sys

import pytest

from exchange_clients.errors import ClientConfigError
from exchange_clients.factory import ExchangeFactory
from exchange_clients.journal import MemoryJournal
from exchange_clients.paper.client import PaperClient
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.shared.clock import ManualClock
from tests.exchange_clients.paper.venue_stage import ListSource, quote


def keywords() -> dict[str, object]:
    return {
        "exchange": PaperExchange(ListSource([quote(0, 100.0, 100.1)])),
        "clock": ManualClock(),
        "journal": MemoryJournal(),
    }


def test_a_venue_is_made_by_its_name_in_any_letter_case() -> None:
    client = ExchangeFactory.create_exchange("Paper", keywords())
    assert isinstance(client, PaperClient)
    assert client.get_exchange_name() == "paper"


def test_an_instance_after_a_colon_names_the_client() -> None:
    client = ExchangeFactory.create_exchange("paper:one", keywords())
    assert client.get_exchange_name() == "paper:one"


def test_an_unknown_name_lists_the_valid_ones_and_the_nearest() -> None:
    with pytest.raises(ClientConfigError, match=r"valid: .*paper.*; did you mean 'paper'\?"):
        ExchangeFactory.create_exchange("papre", {})
    with pytest.raises(ClientConfigError, match=r"exchange 'zzz' is not known; valid: [a-z, ]+$"):
        ExchangeFactory.create_exchange("zzz", {})


def test_a_class_of_ones_own_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExchangeFactory, "_registered", dict(ExchangeFactory._registered))

    class Mine(PaperClient):
        pass

    ExchangeFactory.register("mine", Mine)
    assert "mine" in ExchangeFactory.names()
    assert isinstance(ExchangeFactory.create_exchange("mine", keywords()), Mine)


def test_registering_anything_else_is_refused() -> None:
    with pytest.raises(TypeError, match="must be a subclass of BaseExchangeClient"):
        ExchangeFactory.register("mine", dict)  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize("module", ["exchange_clients", "exchange_clients.factory"])
def test_importing_pulls_in_no_venue(module: str) -> None:
    code = (
        f"import sys, {module}; "
        "print([name for name in sys.modules if name.startswith('exchange_clients.paper')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importing_the_paper_package_loads_nothing_of_it() -> None:
    code = (
        "import sys, exchange_clients.paper; "
        "print([name for name in sys.modules if name.startswith('exchange_clients.paper.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
