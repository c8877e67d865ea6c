"""How much zsync accepts from outside. Each limit is a number here and nowhere else.

Everything that strangers control, such as files of a pull request or answers of a server, is limited in size, depth and
time. The reference page *Limits* is made from this table.
"""

from typing import NamedTuple

_MIB = 2**20


class Bound(NamedTuple):
    """A limit: the most that is accepted, in `unit`, what it is `about`, and what happens `beyond` it."""

    most: int
    unit: str
    about: str
    beyond: str


MANIFEST = Bound(
    128 * _MIB,
    "bytes",
    "a manifest, or a CSV file that it names",
    "the file is an error (`unreadable-file`), exit 4",
)
CONFIG = Bound(_MIB, "bytes", "the file `zsync.yaml`", "the file is an error (`unreadable-file`), exit 4")
NEVER = Bound(
    32 * _MIB,
    "bytes",
    "a file that `never` of `consent:` names",
    "the file is an error (`unreadable-file`), exit 4",
)
PROFILE = Bound(
    8 * _MIB,
    "bytes",
    "an org profile",
    "the file is an error of `validate` (`bad-profile`), exit 4; `plan` warns and goes on",
)
# Each address is held against each pattern: a file of nothing else would take hours.
PATTERNS = Bound(
    1000,
    "patterns",
    "the patterns of addresses in one `never` of `consent:`; addresses and ids are counted by the size of their file",
    "an error (`bad-value`), exit 4",
)
PULLED = Bound(
    100_000,
    "records",
    "the parents whose lists one `zsync pull` reads, which is as far as Zoho lets a query go",
    "the command line is refused, exit 64",
)
DIAGNOSTICS = Bound(
    1000,
    "problems",
    "problems that a run reports, errors first",
    "the others are counted (`more-problems`)",
)
ERRORS = Bound(
    20_000, "errors", "errors that are collected while manifests are read", "the rest is not read, exit 4"
)
EXCERPT = Bound(
    1000,
    "characters",
    "the source line that a problem quotes",
    "only the part around the place is quoted, and nothing where data is masked",
)
NODES = Bound(
    2_000_000,
    "lists and mappings",
    "lists and mappings in one YAML file; a row is a mapping",
    "the rest of the file is not read, exit 4",
)
NESTING = Bound(50, "levels", "nested lists and mappings in YAML", "an error (`too-deep`), exit 4")
# Aliases of aliases grow by the power: a few lines can stand for more values than fit into memory.
REPEATED = Bound(
    100_000, "values", "values that the aliases of one YAML document repeat", "an error (`alias`), exit 4"
)
SAVED = Bound(
    1024 * _MIB,
    "bytes",
    "a plan, report, snapshot or journal file",
    "the file is an error (`cannot-read`), exit 4",
)
STATE = Bound(_MIB, "bytes", "a file of zsync's own: a kept token, the note of a lock", "it is ignored")
SWITCH = Bound(
    _MIB,
    "bytes",
    "a file FREEZE, and the key of a machine's journals",
    "FREEZE counts as unreadable, which stops every run; without the key, exit 1",
)
LOOKED = Bound(
    50_000,
    "files",
    "the files of a repository that `doctor` looks through for old habits",
    "the rest is not looked at, and it says so",
)
SCRIPT = Bound(
    _MIB, "bytes", "a workflow or a script that `doctor` reads", "it is not looked at, and `doctor` says so"
)
SCRIPT_LINE = Bound(
    1000,
    "characters",
    "a line of a workflow or a script, with those that continue it, that `doctor` reads",
    "the rest of the line is not looked at, and `doctor` says so",
)
DEPTH = Bound(
    64,
    "levels",
    "nested lists and objects in JSON, from a file or the CRM",
    "a plan or report is refused (exit 6), a snapshot is an error (exit 4), an answer counts as unreadable",
)
# Python takes quadratic time to read a long integer.
NUMBER = Bound(
    250, "characters", "one number in JSON from a file or the CRM", "as for nested lists and objects"
)
# `1e999999999` has eleven characters, and as an integer a billion digits.
MAGNITUDE = Bound(
    100,
    "digits",
    "digits of a number, and its distance from the decimal point",
    "a field's value stays the text that the CRM sent; in a plan, exit 6",
)
ARCHIVE = Bound(
    512 * _MIB,
    "bytes",
    "an artifact of a workflow, packed, and the plan in it, unpacked",
    "it counts as no reviewed plan: the run asks, exit 6",
)
MEMBERS = Bound(10_000, "files", "the files of an artifact", "as for its bytes")
TABLE = Bound(8 * _MIB, "bytes", "the table of an artifact's files", "as for its bytes")
EVENT = Bound(
    32 * _MIB,
    "bytes",
    "the file in which GitHub tells a job what set it off",
    "the commit to compare with has to be named: exit 64",
)
OPEN_ROWS = Bound(
    10_000,
    "rows",
    "rows that a run leaves open",
    "it does not count as agreed: the next run compares with the base that this one had",
)
OPEN_BASES = Bound(
    50,
    "commits",
    "different bases of the rows that a run leaves open",
    "as for their number; named with `--open`, such a report is refused, exit 64",
)
HISTORY = Bound(
    100_000,
    "commits",
    "the history in which a workflow looks for the last run that left a report",
    "older ones do not count: the run asks, exit 6",
)
OLDER_BASES = Bound(
    20,
    "commits",
    "older commits that are compared with where the base's manifests have errors",
    "there is no base: a plan that would change or delete rows is refused, exit 4",
)
REPORTS = Bound(
    500,
    "artifacts",
    "reports that a workflow looks through for the newest one of its branch",
    "older ones do not count: the run asks, exit 6",
)
PIPELINES = Bound(
    100,
    "pipelines",
    "GitLab's pipelines of the main branch whose jobs a pipeline looks through for the last report, newest commit first",
    "older ones do not count: the plan is compared with the commit before the push",
)
PIPELINES_SEEN = Bound(
    1000,
    "pipelines",
    "GitLab's pipelines of the main branch, among them those of pushes that changed no manifest",
    "as for those whose jobs are looked through",
)
COMMENT = Bound(
    65_536,
    "characters",
    "a comment or an issue on GitHub, which takes no longer ones",
    "it ends before its first table, with a link to all of it",
)
SUMMARY = Bound(
    1_000_000,
    "bytes",
    "the summary of a step on GitHub, which drops one of more than 1 MiB",
    "it is cut at the end of a line, and says so",
)
ACCOUNT = Bound(100, "characters", "the name of an account in a report", "it is cut, and ends with …")
APPROVERS = Bound(20, "names", "the accounts that approved a run, in its report", "the others are counted")
FORGE_PAGES = Bound(100, "pages", "a list of GitHub's, of 100 items each", "the command ends, exit 1")
WIRE = Bound(
    16 * _MIB,
    "bytes",
    "an answer of the CRM, as it comes",
    "a read is tried again; what became of a write is read back",
)
ANSWER = Bound(
    32 * _MIB,
    "bytes",
    "an answer of the CRM, unpacked",
    "a read is tried again; what became of a write is read back",
)
# Besides the timeouts of httpx, which start again with every byte.
ATTEMPT = Bound(
    120,
    "seconds",
    "one request, from the first byte sent to the last one received",
    "a read is tried again; what became of a write is read back",
)
PIECES = Bound(
    30,
    "requests",
    "requests for one batch that the CRM refuses as a whole, in search of the row that is to blame",
    "what is left of the batch is refused, and says so, exit 3",
)
WAITING = Bound(
    120,
    "seconds",
    "waiting before calls are tried again, a whole run",
    "the call is given up: exit 1, or 8 after too many requests",
)
PAGES = Bound(
    500,
    "pages",
    "pages of a related list, 200 records each; Zoho lists no more than 100,000 records, and each page must bring a new one",
    "the list is not read: `PAGINATION_LIMIT_EXCEEDED`, exit 4; without a new record, exit 1",
)
PAGE_TOKEN = Bound(
    2000,
    "characters",
    "the token of a related list's next page (Zoho's have at most 500)",
    "the list is not read, exit 1",
)
