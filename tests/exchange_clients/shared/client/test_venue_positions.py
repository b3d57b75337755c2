"""Positions on a network venue: proven, or not told at all."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import Side, Symbol
from exchange_clients.errors import ExchangeError, MalformedPayload, StaleData
from exchange_clients.shared.flow import Response
from tests.support.toy_host import BTC, ETH, Fault, ToyHost
from tests.support.toy_stage import ToyStage, play

ONE, PRICE = Decimal(1), Decimal(100)
FLAT = Response(200, b"[]")


async def bought(stage: ToyStage) -> None:
    """Hold one BTC, bought long ago."""
    await stage.client.place_limit_order(BTC, ONE, PRICE, Side.BUY)
    stage.host.trade(stage.order())
    await stage.clock.sleep(60)


def test_an_empty_answer_is_not_flat() -> None:
    """H14."""

    async def scene(stage: ToyStage) -> None:
        await bought(stage)
        stage.host.answers["/positions"] = lambda _: FLAT
        for call in (
            stage.client.get_position(Symbol("BTC")),
            stage.client.get_position_snapshot(Symbol("BTC")),
            stage.client.get_detailed_positions(),
        ):
            with pytest.raises(StaleData, match="says None of BTC-PERP, known is 1: not proven"):
                await call
        del stage.host.answers["/positions"]
        assert await stage.client.get_position(Symbol("BTC")) == ONE

    play(scene)


def test_a_position_that_others_closed_is_flat_once_the_venue_has_said_so_for_long_enough() -> None:
    async def scene(stage: ToyStage) -> None:
        await bought(stage)
        stage.host.positions[BTC] = Decimal(0)
        with pytest.raises(StaleData):
            await stage.client.get_position(Symbol("BTC"))
        await stage.clock.sleep(10)
        assert await stage.client.get_position(Symbol("BTC")) == 0
        assert await stage.client.get_position_snapshot(Symbol("BTC")) is None

    play(scene)


def test_a_copy_older_than_our_newest_fill_is_not_believed() -> None:
    """H8."""

    async def scene(stage: ToyStage) -> None:
        await stage.client.place_limit_order(BTC, ONE, PRICE, Side.BUY)
        stage.host.muted = ("position",)
        stage.host.trade(stage.order())
        await stage.clock.sleep(1)
        stage.host.faults = [Fault("GET", "/positions", times=2, answer=FLAT, delay_s=0)]
        assert await stage.client.get_position(Symbol("BTC")) == ONE
        (shown,) = await stage.client.get_detailed_positions()
        assert (shown.contract_id, shown.quantity, shown.symbol) == (BTC, ONE, "BTC")

    play(scene)


def test_a_read_that_fails_is_an_error_and_never_flat() -> None:
    async def scene(stage: ToyStage) -> None:
        await bought(stage)
        stage.host.faults = [Fault("GET", "/positions", times=99, answer=Response(200, b"<html>"))]
        with pytest.raises(ExchangeError):
            await stage.client.get_position(Symbol("BTC"))

    play(scene)


def test_a_row_that_cannot_be_read_hides_only_itself() -> None:
    async def scene(stage: ToyStage) -> None:
        await bought(stage)
        good = {"symbol": "BTC", "contract_id": BTC, "quantity": "1"}
        bad = {"symbol": "ETH", "contract_id": ETH, "quantity": "lots"}
        stage.host.answers["/positions"] = lambda _: [good, bad]
        assert await stage.client.get_position(Symbol("BTC")) == ONE
        for call in (
            stage.client.get_position(Symbol("ETH")),
            stage.client.get_detailed_positions(),
        ):
            with pytest.raises(MalformedPayload, match="1 positions on toy could not be read"):
                await call

    play(scene)


def test_a_strangers_position_is_seen_at_the_start() -> None:
    def held(host: ToyHost) -> None:
        host.positions[ETH] = Decimal(-3)

    async def scene(stage: ToyStage) -> None:
        assert await stage.client.get_position(Symbol("ETH")) == -3
        assert await stage.client.get_position(Symbol("BTC")) == 0
        assert [each["quantity"] for each in await stage.client.get_positions()] == [Decimal(-3)]

    play(scene, host=held)


def test_the_account_is_read_once_for_all_its_figures_and_anew_after_a_fill() -> None:
    async def scene(stage: ToyStage) -> None:
        client = stage.client
        figures = (
            await client.get_account_balance(),
            await client.get_account_pnl(),
            await client.get_total_asset_value(),
        )
        assert figures == (Decimal(900), Decimal(-7), Decimal(1000))
        assert stage.host.sent("GET", "/account") == 1
        await client.place_limit_order(BTC, ONE, PRICE, Side.BUY)
        stage.host.trade(stage.order())
        await stage.clock.sleep(0.1)
        assert await client.get_balance() == {"USD": Decimal(900)}
        assert stage.host.sent("GET", "/account") == 2
        await stage.clock.sleep(1)
        await client.get_account_pnl()
        assert stage.host.sent("GET", "/account") == 3

    assert msgspec.to_builtins(play(scene).host.positions) == {BTC: "1"}
