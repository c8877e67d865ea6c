"""A command as CI runs it."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import click
import pytest

from tests.reference.commands import commands
from zsync.errors import UsageError
from zsync.review.jobs import COMMANDS, Job, arguments, base, ending, secrets, surroundings

JOB = Job(
    command="plan",
    folder=Path("out"),
    paths=("relations", "-x"),
    environment="eu",
    base="a" * 40,
    only="change",
    reads="2000",
    snapshot="seen.json",
    plan="plan.json",
    digest="sha256:1",
    confirm="eu",
)


@pytest.mark.parametrize("github", [True, False])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_asked_for_with_options_that_it_has(name: str, github: bool) -> None:
    words = arguments(replace(JOB, command=name, github=github))
    known = {
        flag for option in commands()[name].params for flag in option.opts if isinstance(option, click.Option)
    }
    asked = [word for word in words[: words.index("--")] if word.startswith("--")]
    assert words[0] == name
    assert set(asked) <= known
    more = {"apply": ["plan.json"], "accept": ["relations", "-x", "change"]}
    assert words[words.index("--") :] == ["--", *more.get(name, ["relations", "-x"])]


def test_a_plan_is_saved_and_told_in_all_forms() -> None:
    text = " ".join(arguments(replace(JOB, github=True)))
    assert "--out out/plan.json" in text
    assert "--detailed-exitcode" in text
    assert "--max-reads 2000" in text
    for form in ("text", "markdown=out/plan.md", "html=out/plan.html", "github=out/annotations.txt"):
        assert f"--format {form}" in text
    assert "junit=out/junit.xml" in " ".join(arguments(JOB))


def test_what_was_not_given_is_not_asked_for() -> None:
    bare = Job(command="rehearse", folder=Path("out"), paths=("relations",))
    words = arguments(bare)
    assert not {"--environment", "--base", "--only", "--max-reads", "--snapshot"} & set(words)


@pytest.mark.parametrize(
    ("text", "commit"), [("", ""), ("0" * 40, ""), ("0", ""), ("0a0", "0a0"), ("HEAD", "HEAD")]
)
def test_all_zeros_is_no_commit(text: str, commit: str) -> None:
    assert base(text) == commit


@pytest.mark.parametrize(
    ("command", "given", "words"),
    [
        ("plan", "", []),
        ("plan", "4f1c2ab", ["--base", "4f1c2ab"]),
        ("plan", "0" * 40, ["--no-base"]),
        ("rehearse", "0" * 40, ["--no-base"]),
        ("drift", "", ["--base", "HEAD"]),
        ("drift", "4f1c2ab", ["--base", "4f1c2ab"]),
        ("accept", "4f1c2ab", ["--base", "4f1c2ab"]),
        # Without a base, all that was merged and not applied yet would be taken for the CRM's move.
        ("accept", "", ["--base", "HEAD"]),
        ("accept", "0" * 40, ["--base", "HEAD"]),
    ],
)
def test_a_forges_base_is_the_plans_and_all_zeros_are_none(
    command: str, given: str, words: list[str]
) -> None:
    asked = arguments(replace(JOB, command=command, base=given))
    at = asked.index(words[0]) if words else 0
    assert asked[at : at + len(words)] == words
    assert sum(word in ("--base", "--no-base") for word in asked) == bool(words)


def test_accept_leaves_files_apart_and_what_it_takes_stands_behind_all_options() -> None:
    job = replace(JOB, command="accept", only=" Campaigns/Fair, Lund/*\n-i\n", unmanaged="true")
    words = arguments(job)
    assert words[words.index("--into") + 1] == str(job.files)
    assert "--unmanaged" in words
    assert words[words.index("--") :] == ["--", *job.paths, "Campaigns/Fair, Lund/*", "-i"]
    assert "--unmanaged" not in arguments(replace(job, unmanaged="false"))


@pytest.mark.parametrize(("made", "end"), [(True, 0), (False, 4)])
def test_rows_that_accept_leaves_out_fail_it_only_where_it_made_nothing(made: bool, end: int) -> None:
    assert ending(replace(JOB, command="accept", github=True), 4, made=made) == end


@pytest.mark.parametrize("command", ["plan", "rehearse", "drift"])
def test_selectors_stand_one_a_line(command: str) -> None:
    text = " drift\n\nCampaigns/Fair, Lund/*\r\n"
    words = arguments(replace(JOB, command=command, only=text))
    asked = [after for word, after in pairwise(words) if word == "--only"]
    assert asked == ["drift", "Campaigns/Fair, Lund/*"]


@pytest.mark.parametrize(
    ("command", "github", "code", "end"),
    [
        ("plan", False, 2, 0),
        ("plan", True, 2, 0),
        ("plan", True, 5, 5),
        ("drift", True, 2, 0),
        ("drift", True, 5, 0),
        ("drift", False, 2, 2),
        ("drift", False, 5, 5),
        ("drift", True, 1, 1),
        ("apply", True, 3, 3),
        ("apply", True, 5, 5),
        ("validate", True, 4, 4),
        ("accept", True, 1, 1),
        ("accept", True, 64, 64),
    ],
)
def test_changes_are_no_failure_and_everything_else_is(
    command: str, github: bool, code: int, end: int
) -> None:
    assert ending(replace(JOB, command=command, github=github), code, made=True) == end


def test_drift_that_could_not_be_looked_for_is_a_failure() -> None:
    assert ending(replace(JOB, command="drift", github=True), 5, made=False) == 5


def test_zsync_gets_the_secrets_of_the_crm_and_none_of_the_forges() -> None:
    given = {
        "PATH": "/bin",
        "ZSYNC_CLIENT_SECRET": "s",
        "ZSYNC_FREEZE": "",
        "ZSYNC_EU_REFRESH_TOKEN": "t",
        "GH_TOKEN": "g",
        "ACTIONS_RUNTIME_TOKEN": "r",
        "GITHUB_OUTPUT": "/o",
        "GITHUB_ENV": "/e",
        "GITHUB_STEP_SUMMARY": "/s",
        "GITHUB_ACTIONS": "true",
    }
    assert surroundings(given) == {
        "PATH": "/bin",
        "ZSYNC_CLIENT_SECRET": "s",
        "ZSYNC_EU_REFRESH_TOKEN": "t",
        "GITHUB_ACTIONS": "true",
    }


def test_every_secret_is_known_by_its_name() -> None:
    known = {
        "ZSYNC_CLIENT_SECRET": "1",
        "ZSYNC_EU_REFRESH_TOKEN": "2",
        "ZSYNC_ACCESS_TOKEN": "3",
        "ZSYNC_REDACT_KEY": "4",
        "ZSYNC_JOURNAL_KEY": "5",
        "ZSYNC_NOTIFY": "6",
        "GH_TOKEN": "7",
    }
    assert set(secrets(known | {"ZSYNC_ENVIRONMENT": "eu", "HOME": "/root", "ZSYNC_FREEZE": "why"})) == {
        *"1234567"
    }


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("ZSYNC_EU_WEST_FREEZE", True),
        ("zsync_eu_freeze", True),
        ("ZSYNC_FREEZE", False),
        ("ZSYNC_API_DOMAIN", False),
        ("ZSYNC_EU_API_DOMAIN", False),
        ("X_ZSYNC_EU_FREEZE", False),
    ],
)
def test_of_a_repositorys_variables_only_an_environments_freeze_is_taken(name: str, kept: bool) -> None:
    found = surroundings({"VARIABLES": json.dumps({name: "why", "EMPTY": ""}), "PATH": "/bin"})
    assert found == {"PATH": "/bin"} | ({name.upper(): "why"} if kept else {})


def test_a_freeze_of_the_repository_is_not_hidden_by_an_empty_one() -> None:
    given = {"ZSYNC_EU_FREEZE": "", "VARIABLES": '{"ZSYNC_EU_FREEZE": "why"}'}
    assert surroundings(given) == {"ZSYNC_EU_FREEZE": "why"}


@pytest.mark.parametrize("text", ["[1]", "x", "5", "null"])
def test_variables_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="whether runs are frozen cannot be told"):
        surroundings({"VARIABLES": text})


def test_conflicts_are_decided_one_a_line_and_never_read_as_options() -> None:
    job = Job(
        command="plan",
        folder=Path("f"),
        paths=("r",),
        conflicts=" */302\n\n--only x \n",
        reason="--auto-approve",
    )
    found = arguments(job)
    first = found.index("--override=conflicts=*/302")
    assert found[first : first + 4] == [
        "--override=conflicts=*/302",
        "--reason=--auto-approve",
        "--override=conflicts=--only x",
        "--reason=--auto-approve",
    ]
    assert not [word for word in arguments(replace(job, conflicts="")) if word.startswith("--reason")]
