"""Two instances never trade one contract on one account."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from database.lease import Holder, Lease, LeaseHeld, is_held

FIRST = Holder(pid=11, host="north", command="runbot.py --strategy grid", since_ns=1_000_000_000)
SECOND = Holder(pid=12, host="north", command="runbot.py --strategy grid", since_ns=2_000_000_000)


def test_a_second_instance_is_refused_and_told_who_holds_the_lease(tmp_path: Path) -> None:
    with Lease.acquire(tmp_path, "main", "BTC-PERP", FIRST), pytest.raises(LeaseHeld) as refusal:
        Lease.acquire(tmp_path, "main", "BTC-PERP", SECOND)
    assert refusal.value.holder == FIRST
    assert str(refusal.value) == (
        "BTC-PERP on account main is in use by pid 11 on north since 1970-01-01T00:00:01.000000Z: "
        "runbot.py --strategy grid; stop it first, or trade something else"
    )


def test_a_released_lease_can_be_taken_again(tmp_path: Path) -> None:
    lease = Lease.acquire(tmp_path, "main", "BTC-PERP", FIRST)
    lease.release()
    lease.release()
    with Lease.acquire(tmp_path, "main", "BTC-PERP", SECOND) as second:
        assert second.path == lease.path


def test_other_contracts_and_accounts_run_side_by_side(tmp_path: Path) -> None:
    wanted = [("main", "BTC-PERP"), ("main", "BTC/PERP"), ("main", "ETH-PERP"), ("b", "BTC-PERP")]
    leases = [Lease.acquire(tmp_path, account, contract, FIRST) for account, contract in wanted]
    assert len({lease.path for lease in leases}) == 4
    for lease in leases:
        lease.release()


def test_this_process_is_the_holder_unless_another_is_named(tmp_path: Path) -> None:
    with Lease.acquire(tmp_path, "main", "BTC"), pytest.raises(LeaseHeld) as refusal:
        Lease.acquire(tmp_path, "main", "BTC")
    assert refusal.value.holder is not None
    assert refusal.value.holder.pid == os.getpid()


def test_a_holder_that_cannot_be_read_still_holds(tmp_path: Path) -> None:
    with Lease.acquire(tmp_path, "main", "BTC", FIRST) as lease:
        lease.path.write_text("{")
        with pytest.raises(LeaseHeld, match="in use by another process"):
            Lease.acquire(tmp_path, "main", "BTC", SECOND)


def test_the_lease_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    program = (
        "import sys, time; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\n"
        "from database.lease import Lease\n"
        "lease = Lease.acquire(Path(sys.argv[1]), 'main', 'BTC')\n"
        "print('taken', flush=True)\n"
        "time.sleep(60)\n"
    )
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path), root], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "taken\n"
        with pytest.raises(LeaseHeld) as refusal:
            Lease.acquire(tmp_path, "main", "BTC", SECOND)
        other.send_signal(signal.SIGKILL)
        other.wait()

    assert refusal.value.holder is not None
    assert refusal.value.holder.pid == other.pid
    Lease.acquire(tmp_path, "main", "BTC", SECOND).release()


def test_a_lock_can_be_seen_from_outside_while_it_is_held(tmp_path: Path) -> None:
    path = tmp_path / "run.db.lock"
    assert not is_held(path), "nobody has ever held it"
    lease = Lease.lock(path, "the run")
    assert is_held(path)
    lease.release()
    assert not is_held(path)
    Lease.lock(path, "the run").release()  # looking took nothing away
