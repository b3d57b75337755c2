"""The control API as its document tells it: its lines are run against a bot in a process."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

import runbot
from app.control.invitation import found_in
from app.control.metrics import PREFIX
from tests.support.bot_process import assert_told_in_a_line, run_bot, start_bot
from tests.support.control_stage import Visitor, visited
from tests.support.grid_run import dips, run_grid

ROOT = Path(runbot.__file__).parent
DOCUMENT = (ROOT / "docs" / "control-api.md").read_text(encoding="utf-8")
LINES = re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)
CONFIG = """\
run: {exchange: paper, ticker: BTC, panel: false}
strategy: {name: grid, quantity: 0.01, take_profit: 0.02, direction: buy, wait_time: 1}
control: {port: 0}
"""


def metric_names(folder: Path) -> set[str]:
    """Return every metric that a run tells, histograms by their own names."""
    texts: list[str] = []

    async def script(visitor: Visitor) -> None:
        await visitor.at(30)
        texts.append((await visitor.ask("GET", "/metrics")).value)

    run_grid(folder, dips(0, 40, 1999.9), prepare=visited(script), quantity="0.1", take_profit="5")
    assert re.search(
        rf'{PREFIX}order_answer_seconds_count{{venue="paper",request="place"}} \d', texts[0]
    )
    assert f'{PREFIX}orders_total{{venue="paper",outcome="filled"}}' in texts[0]
    return set(re.findall(r"^# TYPE (\w+)", texts[0], re.MULTILINE))


def named(text: str) -> set[str]:
    """Return the metrics that a text names, parts of histograms by the histogram's name."""
    found = re.findall(rf"{PREFIX}\w+", text)
    return {re.sub(r"_(bucket|sum|count)$", "", each) for each in found}


def test_every_metric_is_documented_and_dashboard_and_alerts_name_no_other(tmp_path: Path) -> None:
    told = metric_names(tmp_path)
    assert named(DOCUMENT) == told
    dashboard = json.loads((ROOT / "deploy" / "grafana" / "bot.json").read_text("utf-8"))
    panels = [target["expr"] for each in dashboard["panels"] for target in each["targets"]]
    rules = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text("utf-8"))
    alerts = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    for expression in (*panels, *alerts):
        assert named(expression) <= told, expression
        assert expression.count("(") == expression.count(")"), expression
    assert named(" ".join(panels)) >= told - {
        f"{PREFIX}{name}"
        for name in ("uptime_seconds", "paused", "flattening", "position", "orders_live", "info")
    }
    described = [rule["annotations"] for group in rules["groups"] for rule in group["rules"]]
    assert all({"summary", "what_to_do"} <= set(each) for each in described)
    scrape = yaml.safe_load((ROOT / "deploy" / "prometheus" / "scrape.yml").read_text("utf-8"))
    assert [each["job_name"] for each in scrape["scrape_configs"]] == ["perp-bot", "funding-rates"]


@pytest.mark.slow
def test_the_documented_lines_do_what_they_say(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed, by which the document asks")
    (tmp_path / "bot.yml").write_text(CONFIG)
    with start_bot(tmp_path, "--config", "bot.yml") as bot:
        try:
            assert bot.stdout is not None
            assert any("progress" in line or "elapsed" in line for line in bot.stdout)
            (file,) = (tmp_path / "state").glob("*.control.json")
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            (invitation,) = found_in(tmp_path / "state")
            assert invitation.token not in repr(invitation)
            port = invitation.url.rpartition(":")[2]
            (tmp_path / "second.yml").write_text(CONFIG.replace("port: 0", f"port: {port}"))
            second = run_bot(tmp_path, "--config", "second.yml", "--state-dir", "other")
            opening, looking, telling = LINES
            script = "\n".join(("set -e", opening, looking, telling))
            done = subprocess.run(
                ["sh", "-c", script],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
                env={**os.environ, "no_proxy": "127.0.0.1"},
            )
            assert done.returncode == 0, done.stderr
            said, warned = bot.communicate(timeout=60)
        finally:
            if bot.poll() is None:
                os.killpg(bot.pid, signal.SIGKILL)
    assert_told_in_a_line(second, 1, f"control.port: 127.0.0.1:{port} cannot be taken")
    assert '"title": "grid BTC on paper"' in done.stdout
    assert "entries are paused" in done.stdout
    assert "Ended: risk: flatten by api (127.0.0.1); flat" in said
    assert "event=operator by='ann (127.0.0.1)'" in warned
    assert invitation.token not in said + warned
    assert not file.exists(), "nobody answers there any more"
