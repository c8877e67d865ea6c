"""The tests have the same names in every process: the workers of one run compare their lists, and refuse any other."""

import os
import subprocess
import sys

import pytest

from tests.example import ROOT
from tests.terse import went_without_saying


@pytest.mark.nightly
def test_tests_have_the_same_names_whatever_the_order_of_a_set() -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "--quiet",
        "--no-header",
        "-m",
        "",
        "-p",
        "no:cacheprovider",
    ]
    names = []
    for seed in ("1", "2"):
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        names.append([line for line in done.stdout.splitlines() if "::" in line])
    assert names[0] == names[1] != []


@pytest.mark.parametrize(
    ("when", "outcome", "told"),
    [
        ("setup", "passed", False),
        ("call", "passed", True),
        ("teardown", "passed", False),
        *(
            (when, outcome, True)
            for when in ("setup", "call", "teardown")
            for outcome in ("failed", "skipped")
        ),
    ],
)
def test_a_worker_tells_of_every_test_and_of_all_that_went_wrong(when: str, outcome: str, told: bool) -> None:
    assert went_without_saying({"when": when, "outcome": outcome}) is not told
