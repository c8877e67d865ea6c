"""What tests of every part share: the program, golden files, no network, and how hard hypothesis tries."""

import gc
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from tests import laws
from tests.program import Ended, Run, in_process, spare_the_disk, stop, surroundings

pytest_plugins = ["tests.offline", "tests.terse"]

Golden = Callable[[Path, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --update-golden` writes the golden files anew instead of comparing with them."""
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite golden files with what the tests got"
    )


def hear_signals() -> None:
    """Hears Ctrl-C in a shell's background, and SIGHUP under nohup: what the tests start would inherit that they are ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    hang_up = getattr(signal, "SIGHUP", None)  # Windows has none
    if hang_up and signal.getsignal(hang_up) is signal.SIG_IGN:
        signal.signal(hang_up, signal.SIG_DFL)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """`golden(path, text)` asserts that the file at `path` holds exactly `text`."""
    update = bool(request.config.getoption("--update-golden"))

    def check(path: Path, text: str) -> None:
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        assert path.exists(), f"{path} is missing: look at the output, then run pytest --update-golden"
        assert text == path.read_bytes().decode()

    return check


@pytest.fixture
def variables() -> Mapping[str, str]:
    """The environment variables with which `run` starts. A folder's conftest says its own: those of its CRM."""
    return {}


@pytest.fixture
def secrets(variables: Mapping[str, str]) -> tuple[str, ...]:
    """What no command may print."""
    return tuple(
        variables[name] for name in ("ZSYNC_CLIENT_SECRET", "ZSYNC_REFRESH_TOKEN") if name in variables
    )


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], secrets: tuple[str, ...]
) -> Run:
    """`run("plan", "relations")` is `zsync plan relations` in this process, in the test's folder; it gives `Ended`.

    The environment is `surroundings` with `variables`; a test adds to it with `monkeypatch.setenv`, or for one command
    with `run("plan", ZSYNC_REDACT="none")`. The folder is the current one, `tmp_path` at first. A secret in the output
    fails the test, and so does a bug's traceback or apology. `tests.program` has the other ways to start zsync.
    """
    monkeypatch.chdir(tmp_path)
    settle(monkeypatch, surroundings(tmp_path, **variables))

    def call(*args: str, stdin: str = "", asked: bool = False, **more: str) -> Ended:
        ended = in_process(args, env={**os.environ, **more}, stdin=stdin, asked=asked)
        said = ended.out + ended.err
        assert "Traceback" not in said
        assert "this is a bug" not in ended.err
        assert not [secret for secret in secrets if secret in said]
        return ended

    return call


def settle(monkeypatch: pytest.MonkeyPatch, env: Mapping[str, str]) -> None:
    """Makes this the whole environment, for as long as the test lasts."""
    for name in os.environ.keys() - env.keys():
        monkeypatch.delenv(name)
    for name, value in env.items():
        monkeypatch.setenv(name, value)


def pytest_configure(config: pytest.Config) -> None:
    """Ctrl-C is heard, the disk is not waited for, and by night hypothesis tries harder."""
    hear_signals()
    spare_the_disk()
    if laws.NIGHTLY in config.option.markexpr and "not nightly" not in config.option.markexpr:
        settings.load_profile(laws.NIGHTLY)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """By night every law is tried, in all tiers."""
    if settings.get_current_profile_name() == laws.NIGHTLY:
        for item in items:
            if getattr(getattr(item, "function", None), "is_hypothesis_test", False):
                item.add_marker(pytest.mark.nightly)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the collector of garbage need not walk it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """The server of processes ends with the tests, before coverage is counted."""
    stop()
