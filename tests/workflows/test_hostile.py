"""Names come from strangers: in the comment, the summary, the annotations, the issue and the shell they are text and nothing more."""

import re

import pytest
from markdown_it import MarkdownIt

from tests.workflows.conftest import NewProject, Project, program

GITHUB = MarkdownIt("gfm-like", {"html": True, "linkify": True})
NAME = 'a|b <script>alert(1)</script> @team ::error::x ##[error]y ${{ x }} `touch pwned` $(touch pwned) "; touch pwned #'
SEAT = f"{NAME}\n::error::z\n##[error]z\n\x1b[31mred\x1b[0m\r::stop-commands::q"
CONFIG = """version: 1
environments:
  production: {type: sandbox}
relation_kinds:
  - {parent: Campaigns, related: Leads, fields: {Seat: text}}
personal: {default: show}
"""
MANIFEST = f"""version: 1
parent:
  module: Campaigns
  match:
    Campaign_Name: '{NAME}'
related_lists:
  Leads:
    records:
      - {{id: "301", Seat: "1A"}}
      - {{id: "302", Seat: "1B"}}
"""
WORLD = {
    "member_fields": {
        "Member_Status": {"type": "picklist", "values": ["Planned", "Sent"]},
        "Seat": {"type": "text"},
    },
    "records": {
        "Campaigns": [{"id": "501", "Campaign_Name": NAME}],
        "Leads": [{"id": "301", "Last_Name": NAME}, {"id": "302", "Last_Name": "Bo"}],
    },
    "relations": {
        "Campaigns/501/Leads": [
            {"id": "301", "Member_Status": "Sent", "Seat": SEAT},
            {"id": "302", "Member_Status": "Sent", "Seat": "1B"},
        ]
    },
}


@pytest.fixture
def hostile(new_project: NewProject) -> Project:
    """A campaign and a seat with names that would like to be obeyed."""
    return new_project(WORLD, {"zsync.yaml": CONFIG, "spring.yaml": MANIFEST.replace("1A", "1C")})


@pytest.fixture
def unseated(new_project: NewProject) -> Project:
    """The same, before anybody in Git said where the leads sit."""
    rows = MANIFEST.replace(', Seat: "1A"', "")
    return new_project(WORLD, {"zsync.yaml": CONFIG, "spring.yaml": rows})


def inert(text: str) -> bool:
    """Whether GitHub would show the text and do nothing: no tags but ours, no links but ours, no mention out of code."""
    html = GITHUB.render(text)
    tags = set(re.findall(r"<(/?[a-z]\w*|!--)", html))
    ours = [
        "p",
        "h3",
        "h4",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
        "sub",
        "br",
        "blockquote",
        "ul",
        "li",
        "a",
        "pre",
        "details",
        "summary",
        "strong",
    ]
    outside = re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL)
    links = re.findall(r'href="([^"]*)"', html)
    return (
        tags <= {"!--", *ours, *(f"/{one}" for one in ours)}
        and html.count("<!--") <= 1
        and "@team" not in outside
        and all(one.startswith("https://github.example/") for one in links)
    )


def no_traces(project: Project) -> bool:
    """Whether no shell did what a name says."""
    return not list(project.folder.rglob("pwned"))


def test_these_tests_see_what_is_not_inert() -> None:
    assert inert("### plain `@team`\n")
    assert not any(map(inert, ["@team", "<script>", "[a](http://x.example)", "<!-- a --> <!-- b -->"]))


@pytest.mark.parametrize(
    ("project", "levels"), [("unseated", ["notice", "notice"]), ("hostile", ["warning", "notice"])]
)
def test_a_plan_of_hostile_names_is_inert_wherever_it_is_shown(
    project: str, levels: list[str], request: pytest.FixtureRequest
) -> None:
    hostile: Project = request.getfixturevalue(project)
    pull = hostile.pull({"spring.yaml": MANIFEST})
    planned = hostile.plan(pull)
    (comment,) = hostile.hub.comments(pull.number)
    assert "alert(1)" in comment
    assert ("conflict" in comment) is (project == "hostile")
    assert inert(comment)
    assert inert(planned["plan"].summary)
    assert [one.level for one in planned["plan"].annotations] == levels
    assert no_traces(hostile)


def test_a_report_of_hostile_names_is_inert_wherever_it_is_shown(unseated: Project) -> None:
    hostile = unseated
    pull = hostile.pull({"spring.yaml": MANIFEST})
    hostile.plan(pull)
    hostile.crm.refuse_next("INVALID_DATA", 20, method="PUT")
    done = hostile.merge(pull)()
    comment = hostile.hub.comments(pull.number)[1]
    assert "alert(1)" in comment
    assert inert(comment)
    assert inert(done["apply"].summary)
    assert not [one for one in done["apply"].annotations if one.message in ("x", "y", "z")]
    assert no_traces(hostile)


def test_drift_of_hostile_names_is_inert_in_the_issue(hostile: Project) -> None:
    hostile.drift()
    (issue,) = hostile.hub.issues
    assert "alert(1)" in issue["body"]
    assert inert(issue["body"])
    assert no_traces(hostile)


def test_whatever_a_command_prints_is_code_in_the_comment_and_no_command_in_the_log(hostile: Project) -> None:
    (hostile.folder / "said").write_text(
        f"{SEAT}\n```\n</details>\n::error::w\nx{'é' * 200}\n" * 900, "utf-8"
    )
    program(
        hostile.tree / ".venv" / "bin" / "python",
        f"cat '{hostile.folder}/said'; exit 4",
    )
    pull = hostile.pull({"spring.yaml": MANIFEST})
    planned = hostile.plan(pull)["plan"]
    (comment,) = hostile.hub.comments(pull.number)
    assert ("alert(1)" in comment, inert(comment), inert(planned.summary)) == (True, True, True)
    assert {one.message for one in planned.annotations} == {"zsync plan ended with exit code 4"}
    assert no_traces(hostile)
