"""`consent:` of zsync.yaml and the files of its `never`: what they come to, and what is wrong with them, each at its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from zsync.bounds import NEVER
from zsync.config import Config, load_config
from zsync.errors import InputError
from zsync.model.consent import Consent, Holder
from zsync.model.never import Mention

Load = Callable[..., Config]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """`load("off: x", {"suppress.csv": …})` reads a zsync.yaml with this under `consent:`, and these files beside it."""
    monkeypatch.chdir(tmp_path)
    Path(".git").mkdir()

    def read(consent: str, files: dict[str, str | bytes] | None = None, more: str = "") -> Config:
        Path("relations").mkdir(exist_ok=True)
        for name, text in (files or {}).items():
            Path("relations", name).write_bytes(text if isinstance(text, bytes) else text.encode())
        indented = "".join(f"  {line}\n" for line in consent.splitlines())
        path = Path("relations/zsync.yaml")
        path.write_text(f"version: 1\n{'consent:' if consent else ''}\n{indented}{more}")
        return load_config(path)

    return read


def wrong(load: Load, consent: str, files: dict[str, str | bytes] | None = None, more: str = "") -> list[str]:
    """The places, codes and words of what is wrong."""
    with pytest.raises(InputError) as error:
        load(consent, files, more)
    return [f"{one.span}: {one.code}: {one.message}" for one in error.value.diagnostics]


def addresses(consent: Consent) -> dict[str, int]:
    """Whom it names by address, with their lines."""
    return {address: place.line for address, place in consent.never.addresses.items()}


def test_a_file_that_says_nothing_asks_everybody(load: Load) -> None:
    assert load("").consent == Consent()


def test_everything_that_can_be_said(load: Load) -> None:
    said = load(
        "fields: {No_Mail: true, Basis: [Withdrawn, 3, null], Reason: any, Email_Opt_Out: []}\n"
        "never: [ana@acme.example, '*@competitor.example', '3652397000000300001']\n"
        "order: [Planned, Sent]\n"
        "types: {Webinar: withhold, 'Trade Show': {off: invited by post}}\n"
        "lists: {'Campaigns/Board */Contacts': warn}"
    ).consent
    assert {each.name: each.values for each in said.fields} == {
        "No_Mail": (True,),
        "Basis": ("Withdrawn", 3, None),
        "Reason": (...,),
        "Email_Opt_Out": (),
    }
    assert [each.span and each.span.line for each in said.fields] == [3, 3, 3, 3]
    here = Mention("relations/zsync.yaml", 4)
    assert dict(said.never.entries) == {
        "ana@acme.example": here,
        "3652397000000300001": here,
        "*@competitor.example": here,
    }
    assert said.order == ("Planned", "Sent")
    assert said.policy(Holder("Campaigns", "1", "Leads", "Fair", "Trade Show")) == "off"
    assert said.policy(Holder("Campaigns", "1", "Contacts", "Board 2027", "Email")) == "warn"


def test_an_environment_is_turned_off_by_itself(load: Load) -> None:
    config = load(
        "never: [ana@acme.example]",
        more="environments:\n  sandbox:\n    consent: {off: made-up people}\n  production: {}\n",
    )
    assert config.environments["sandbox"].consent.off == "made-up people"
    assert config.environments["production"].consent == config.consent


@pytest.mark.parametrize(
    ("consent", "told"),
    [
        ("off: true", "`off` needs a reason"),
        ("off: ''", "`off` needs a reason"),
        ("types: {Email: off}", "no reason is given"),
        ("types: {Email: {off: ''}}", "a word is needed"),
        ("types: {Email: refuse}", "a word is needed, not the text `refuse`"),
        ("lists: {Leads: warn}", "a list is named `module/record/list`"),
        ("order: []", "an order has statuses"),
        ("order: [Sent, sent]", "an order has statuses, each once"),
        ("never: []", "never"),
        ("never: [nobody]", "this names nobody"),
        ("never: ['*.example']", "this names nobody"),
        ("never: ['/etc/passwd.txt']", "leads out of the repository"),
        ("never: ['C:\\people.csv']", "leads out of the repository"),
        ("never: [people.csv]", "there is no file `people.csv`"),
        ("fields: {'No Mail': true}", "a field is named by its api_name"),
        ("fields: {No_Mail: {a: b}}", "a value that means no"),
        ("nevr: [x]", "unknown key `nevr`"),
        ("[never]", "`consent` must be a mapping"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(load: Load, consent: str, told: str) -> None:
    (one,) = wrong(load, consent)
    assert one.startswith("relations/zsync.yaml:")
    assert told in one


@pytest.mark.parametrize(
    "text",
    [
        "ana@acme.example\nBO@acme.example\n",
        "\ufeffana@acme.example\r\nbo@acme.example\r\n",
        "Email\nana@acme.example\n\nbo@acme.example",
        "\ufeffName;E-Mail\r\nAna;ana@acme.example\r\nBo;bo@acme.example\r\n",
        'id\tEmail address\tName\n\tana@acme.example\t"a\tb"\n\tbo@acme.example\n',
        "Adresse\nana@acme.example\nbo@acme.example\n",
    ],
)
def test_a_csv_is_read_as_spreadsheets_write_it(load: Load, text: str) -> None:
    found = addresses(load("never: [suppress.csv]", {"suppress.csv": text}).consent)
    assert found.keys() == {"ana@acme.example", "bo@acme.example"}


def test_an_entry_knows_its_line_and_its_file(load: Load) -> None:
    text = "# as of March\nana@acme.example\n\n  300001 \n*@competitor.example\n"
    Path("relations/lists").mkdir(parents=True)
    Path("relations/lists/no.txt").write_text(text)
    never = load("never: [lists/no.txt]").consent.never
    assert dict(never.entries) == {
        "ana@acme.example": Mention("relations/lists/no.txt", 2),
        "300001": Mention("relations/lists/no.txt", 4),
        "*@competitor.example": Mention("relations/lists/no.txt", 5),
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Email\nana@acme.example\nana.acme.example\n", "no.csv:3:1: bad-value"),
        ("ana.acme.example\nbo@acme.example\n", "no.csv:1:1: bad-value"),
        ("Name,Company\nAna,Acme\n", "no column holds addresses or ids"),
        ("ana@acme.example,Ana\n", "no column holds addresses or ids"),
        ('Email\n"ana@acme.example\n', "this is no CSV"),
        (b"Email\nana\xff@acme.example\n", "not UTF-8"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a pointer of Git LFS"),
        ("ana@acme.example\x00\n", "control-character"),
    ],
)
def test_an_entry_that_names_nobody_is_an_error_and_no_silence(
    load: Load, text: str | bytes, told: str
) -> None:
    (one,) = wrong(load, "never: [no.csv]", {"no.csv": text})
    assert told in one


def test_many_strange_lines_are_counted(load: Load) -> None:
    found = wrong(load, "never: [no.txt]", {"no.txt": "x\n" * 1000})
    assert len(found) == 6
    assert "995 more lines" in found[-1]


def test_an_empty_list_names_nobody_yet(load: Load) -> None:
    assert not load("never: [a.csv, b.txt]", {"a.csv": "Email\n", "b.txt": ""}).consent.never


def test_a_link_is_refused_for_somebody_else_may_own_the_file(load: Load) -> None:
    load("", {"own.csv": "ana@acme.example\n"})
    Path("relations/no.csv").symlink_to("own.csv")
    assert "it is a link" in wrong(load, "never: [no.csv]")[0]
    Path("relations/real").mkdir()
    Path("relations/real/no.csv").write_text("")
    Path("relations/lists").symlink_to("real")
    assert "it is a link" in wrong(load, "never: [lists/no.csv]")[0]


def test_a_file_outside_of_the_repository_is_refused(load: Load, tmp_path: Path) -> None:
    outside = tmp_path.parent / "outside.csv"
    outside.write_text("ana@acme.example\n")
    assert "outside of the repository" in wrong(load, "never: [../../outside.csv]")[0]
    Path("above.csv").write_text("ana@acme.example\n")
    assert addresses(load("never: [../above.csv]").consent)


def test_a_folder_and_a_file_that_is_too_large_are_refused(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("relations/no.csv").mkdir(parents=True)
    assert "it is a folder" in wrong(load, "never: [no.csv]")[0]
    monkeypatch.setattr("zsync.config.load.NEVER", NEVER._replace(most=9))
    assert "it is larger than" in wrong(load, "never: [a.csv]", {"a.csv": "ana@acme.example\n"})[0]


def test_a_list_of_many_people_is_read(load: Load) -> None:
    text = "Email\n" + "".join(f"person{n}@acme.example\n" for n in range(4_000))
    assert len(addresses(load("never: [no.csv]", {"no.csv": text}).consent)) == 4_000


def test_all_that_is_wrong_is_told_in_one_run(load: Load) -> None:
    found = wrong(
        load,
        "order: []\nnever: [nobody, gone.csv]",
        more="environments:\n  sandbox:\n    consent: {never: [gone.txt]}\n",
    )
    assert [one.split(": ")[1] for one in found] == ["bad-value", "bad-value", "missing-file", "missing-file"]


def test_more_patterns_than_anybody_needs_are_refused(load: Load) -> None:
    text = "".join(f"*@d{n}.example\n" for n in range(1001))
    (one,) = wrong(load, "never: [no.txt]", {"no.txt": text})
    assert "1,001 patterns are more than 1,000" in one
    assert (
        len(load("never: [no.txt]", {"no.txt": text.replace("*@d7.example\n", "")}).consent.never.patterns)
        == 1000
    )
