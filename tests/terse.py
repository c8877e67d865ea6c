"""A worker of the tests tells the one that shows results only what is shown: each message costs both as much as a short test."""

from typing import Any

import pytest


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Nothing changes where the tests run in one process, or somebody asked for more than dots."""
    asked = config.option.verbose > 0 or config.option.durations or config.option.xmlpath
    if not hasattr(config, "workerinput") or asked:
        return
    (worker,) = [
        one for one in config.pluginmanager.get_plugins() if type(one).__name__ == "WorkerInteractor"
    ]
    send = worker.sendevent

    def told(name: str, **what: Any) -> None:
        if name != "logstart" and not (name == "testreport" and went_without_saying(what["data"])):
            send(name, **what)

    worker.sendevent = told


def went_without_saying(report: dict[str, Any]) -> bool:
    """Whether this is of what was made for a test or taken down after it, and nothing went wrong."""
    return bool(report["when"] != "call" and report["outcome"] == "passed")
