"""What is on the disk when a process dies, and what of it still happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange_clients.shared.clock import Rng
from exchange_clients.shared.virtual_time import VirtualLoop
from tests.simulation.plan import Kill, Moment
from tests.simulation.process import Disk, Killed, MortalJournal, Process, Witness

WRITES = 6


def live(disk: Disk, kill: Kill | None) -> tuple[dict[str, str], bool]:
    """Write some values, unless it dies of that; return what was found before, and whether."""
    loop = VirtualLoop()
    process = Process(loop, kill)
    journal = MortalJournal(disk.next_path(), disk.durability, witness=Witness(process, disk))
    found = journal.load_states("key")
    process.armed = True
    try:
        for number in range(WRITES):
            journal.save_state(f"key{number}", str(number))
    except Killed:
        with pytest.raises(Killed):
            journal.save_state("key after death", "")
        return found, True
    finally:
        loop.close()
    return found, False


@pytest.mark.parametrize("power", [False, True])
@pytest.mark.parametrize("moment", list(Moment))
def test_the_next_process_finds_every_record_that_was_acted_on_and_no_other(
    moment: Moment, tmp_path: Path, *, power: bool
) -> None:
    for effect in range(1, WRITES + 1):
        folder = tmp_path / str(effect)
        folder.mkdir()
        disk = Disk(folder, power=power, rng=Rng(effect))
        before, died = live(disk, Kill(effect=effect, moment=moment))
        assert died
        assert before == {}
        found, _ = live(disk, None)
        written = effect if moment is Moment.AFTER else effect - 1
        assert found == {f"key{number}": str(number) for number in range(written)}


def test_what_a_process_sends_at_its_death_leaves_or_does_not() -> None:
    for moment, leaves in ((Moment.BEFORE, False), (Moment.AFTER, True)):
        loop = VirtualLoop()
        process = Process(loop, Kill(effect=1, moment=moment))
        process.armed = True
        sent: list[str] = []
        with pytest.raises(Killed):
            process.send(lambda sent=sent: sent.append("request"))  # type: ignore[misc]
        assert bool(sent) is leaves
        assert process.dead
        loop.close()
