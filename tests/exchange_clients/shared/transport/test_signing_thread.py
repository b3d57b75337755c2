"""Slow signers sign beside the loop, in order; on virtual time and with a seal they sign inline."""

from __future__ import annotations

import asyncio
import threading

import pytest

from exchange_clients.shared.clock import SystemClock
from exchange_clients.shared.signing import simulated_seal
from exchange_clients.shared.transport.signing_thread import SigningThread
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.support.scripted_transport import ScriptedSigner, act, ok, stage

BOUND_S = 20


def test_the_loop_runs_on_while_a_signature_is_made() -> None:
    """The signature waits for the loop: it could never be made if the loop waited for it."""

    async def main() -> None:
        loop_ran = threading.Event()

        def sign() -> None:
            assert loop_ran.wait(BOUND_S), "the loop stood still"

        scene = stage(SystemClock(), signer=ScriptedSigner(blocking=True, wait=sign))
        scene.http.answers["/order"] = [ok("placed")]
        await scene.link.open()
        placing = asyncio.ensure_future(scene.link.run(act()))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(loop_ran.set)
        assert await placing == "placed"
        await scene.link.close()

    asyncio.run(main())


def test_one_thread_signs_for_everyone_in_the_order_of_asking() -> None:
    async def main() -> list[tuple[int, int]]:
        thread = SigningThread()
        signed: list[tuple[int, int]] = []

        def sign(number: int) -> None:
            signed.append((number, threading.get_ident()))

        tasks = [
            asyncio.ensure_future(thread.run(lambda number=number: sign(number)))  # type: ignore[misc]
            for number in range(20)
        ]
        for task in tasks:
            await task
        return signed

    signed = asyncio.run(main())
    assert [number for number, _ in signed] == list(range(20))
    assert len({thread for _, thread in signed}) == 1
    assert signed[0][1] != threading.get_ident()


def test_what_a_signer_raises_is_raised_where_it_was_asked() -> None:
    def sign() -> None:
        raise ValueError("no point of the curve")

    async def main() -> None:
        with pytest.raises(ValueError, match="no point"):
            await SigningThread().run(sign)

    asyncio.run(main())


def test_a_caller_who_leaves_disturbs_no_other_and_no_later_loop() -> None:
    thread = SigningThread()
    go_on = threading.Event()

    async def leave() -> None:
        waiting = asyncio.ensure_future(thread.run(lambda: go_on.wait(BOUND_S)))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(leave())  # its loop is closed before the signature is made
    go_on.set()
    assert asyncio.run(thread.run(lambda: "signed")) == "signed"


def test_virtual_time_signs_in_the_loops_own_thread() -> None:
    signer = ScriptedSigner(blocking=True, wait=lambda: threads.append(threading.get_ident()))
    threads: list[int] = []

    async def main(loop: VirtualLoop) -> None:
        scene = stage(VirtualClock(loop), signer=signer)
        scene.http.answers["/order"] = [ok("placed")]
        await scene.link.open()
        await scene.link.run(act())
        await scene.link.close()

    run_virtual(main)
    assert threads == [threading.get_ident()]


def test_a_simulated_seal_signs_in_the_loops_own_thread() -> None:
    signer = ScriptedSigner(blocking=True, wait=lambda: threads.append(threading.get_ident()))
    threads: list[int] = []

    async def main() -> None:
        scene = stage(SystemClock(), signer=signer, seal=simulated_seal)
        scene.http.answers["/order"] = [ok("placed")]
        await scene.link.open()
        await scene.link.run(act())
        await scene.link.close()

    asyncio.run(main())
    assert threads == [threading.get_ident()]
