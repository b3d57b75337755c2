"""How tests treat recordings that were or were not given."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

VARIABLE = "PERP_MARKETDATA"

NEEDS_RECORDINGS = f"""
import pytest

def test_a_replay(market_data):
    assert market_data.is_dir()

def test_a_missing_file(market_data):
    pytest.skip("{VARIABLE} holds no such recording")

@pytest.mark.skipif(True, reason="another platform")
def test_something_else():
    assert False
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A small suite under this project's rule."""
    pytester.makeconftest((Path(__file__).parent / "conftest.py").read_text())
    pytester.makepyfile(NEEDS_RECORDINGS)
    return pytester


def test_without_recordings_the_skips_are_counted_and_said(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    result = suite.runpytest_inprocess()
    result.assert_outcomes(skipped=3)
    result.stdout.fnmatch_lines([f"2 tests were skipped for want of {VARIABLE}"])


def test_a_skip_although_recordings_were_given_is_a_failure(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(suite.path))
    result = suite.runpytest_inprocess()
    result.assert_outcomes(passed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines([f"*test_a_missing_file was skipped although {VARIABLE} is set*"])


def test_a_module_that_skips_itself_although_recordings_were_given_is_an_error(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(suite.path))
    suite.makepyfile(
        test_whole=f"import pytest\npytest.skip('{VARIABLE} lacks it', allow_module_level=True)"
    )
    suite.runpytest_inprocess("test_whole.py").assert_outcomes(errors=1)
