"""The secret ZSYNC_NOTIFY: a chat hears of applies and of drift, with a link to the run, and of nothing else."""

import json
from collections.abc import Iterator

import pytest

from tests.receiver import Receiver, receiver
from tests.workflows.conftest import LIST, Project
from tests.workflows.hub import REPOSITORY
from tests.workflows.test_apply import SENT

PATH = "/services/canary"


@pytest.fixture
def chat(project: Project) -> Iterator[Receiver]:
    """A chat, whose webhook is the project's secret."""
    with receiver() as running:
        for secrets in project.repository.environments.values():
            secrets["ZSYNC_NOTIFY"] = running.url + PATH
        yield running


def heard(chat: Receiver) -> list[str]:
    """The messages."""
    return [json.loads(one.body)["text"] for one in chat.posted]


def test_a_merge_is_told_once_when_it_is_applied(project: Project, chat: Receiver) -> None:
    pull = project.pull(SENT)
    project.plan(pull)
    done = project.merge(pull)()
    (text,) = heard(chat)
    assert text.startswith("✅ zsync applied 1 change in production\n")
    assert f"<https://github.example/{REPOSITORY}/actions/runs/" in text
    assert not [one for one in done.values() if PATH in one.log + one.summary]


def test_drift_is_told(project: Project, chat: Receiver) -> None:
    project.drift()
    assert heard(chat) == []
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    project.drift()
    assert [text.partition("\n")[0] for text in heard(chat)] == [
        "⚠️ production drifted: 1 change that no manifest made"
    ]
