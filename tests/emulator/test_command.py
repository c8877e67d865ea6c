"""`zsync emulator` as it is typed: a script of faults and switches, and what is told when they will not do."""

import json
import signal
from pathlib import Path

import httpx
import pytest

from tests.program import Run, forked, surroundings


def test_it_runs_a_script_of_faults_with_switches_turned(tmp_path: Path) -> None:
    script = tmp_path / "faults.yaml"
    script.write_text("- {on: GET /org, status: 503}\n")
    options = [
        "--seed",
        "demo",
        "--faults",
        str(script),
        "--switch",
        "page_shift=-2",
        "--switch",
        "latency_ms=1",
    ]
    process = forked("emulator", *options, env=surroundings(tmp_path), folder=tmp_path)
    try:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        url, known = told["url"], {"X-Control-Token": told["control_token"]}
        assert httpx.get(f"{url}/__emulator/state").status_code == 401
        assert [httpx.get(f"{url}/crm/v8/org").status_code for _ in range(2)] == [503, 401]
        switches = httpx.get(f"{url}/__emulator/switches", headers=known).json()
        assert (switches["page_shift"], switches["latency_ms"]) == (-2, 1)
        assert len(httpx.get(f"{url}/__emulator/requests", headers=known).json()) == 2
        records = httpx.get(f"{url}/__emulator/state", headers=known).json()["records"]
        assert "Spring Launch 2027" in str(records["Campaigns"])
        process.send_signal(signal.SIGINT)
        assert process.ended().code == 0
    finally:
        process.kill()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--faults", "{folder}/faults.yaml"], "faults.yaml[0]: unknown key 'staus'; did you mean 'status'?"),
        (["--faults", "{folder}/none.yaml"], "none.yaml: No such file or directory"),
        (["--switch", "latency=1"], "switch: no switch 'latency'; did you mean 'latency_ms'?"),
        (["--seed", "{folder}/demo"], "demo: No such file or directory"),
        (["--seed", "{folder}/world.yaml"], "switches.latency_ms: expected a whole number, got 'x'"),
    ],
)  # fmt: skip
def test_a_file_or_a_switch_that_will_not_do_ends_with_exit_4(
    run: Run, tmp_path: Path, options: list[str], error: str
) -> None:
    (tmp_path / "faults.yaml").write_text("- {on: GET /org, staus: 503}\n")
    (tmp_path / "world.yaml").write_text("switches: {latency_ms: x}\n")
    given = [each.format(folder=tmp_path) for each in options]
    done = run("emulator", *given)
    assert (done.code, done.out) == (4, "")
    assert error in done.err
