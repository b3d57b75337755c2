"""One link per account: it opens once, keeps session, time and markets, and closes last."""

from __future__ import annotations

import pytest

from exchange_clients.errors import NotConnectedError
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.support.scripted_transport import ok, read, stage


def test_before_opening_there_is_no_table() -> None:
    async def main(loop: VirtualLoop) -> None:
        link = stage(VirtualClock(loop)).link
        with pytest.raises(NotConnectedError):
            _ = link.table
        with pytest.raises(NotConnectedError):
            _ = link.private

    run_virtual(main)


def test_a_read_returns_what_the_flow_reads() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = stage(VirtualClock(loop))
        scene.http.answers["/read"] = [ok([1, 2])]
        await scene.link.open()
        assert await scene.link.run(read()) == [1, 2]
        await scene.link.close()
        assert scene.http.closed == 1

    run_virtual(main)
