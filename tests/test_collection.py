"""The tests have the same names in every process: the workers of one run compare their lists, and refuse any other."""

import os
import subprocess
import sys

import pytest

from tests.example import ROOT


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
