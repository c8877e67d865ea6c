"""The pages of `zsync explain`."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from zsync import codes, errors, kinds
from zsync.explain.diagnostics import EXPLANATIONS
from zsync.explain.variables import VARIABLES
from zsync.explain.words import WORDS
from zsync.guards import evaluation as guards

ONLINE: Mapping[str, str] = MappingProxyType(
    {
        # Seen only with the CRM's answers beside the manifests.
        "not-found": "A `key` or `match` names no record in the CRM. zsync relates records; it does not create them.",
        "ambiguous": "A `key` or `match` names several records. The message has their ids; use the id of the one that you mean.",
        "bad-profile": "The org profile of an environment is missing, broken, larger than zsync reads, of another version, or of another "
        "org than the environment's. Nobody edits it: `zsync profile -e ENV` writes it anew.",
        "unprobed-put": "`put: changed` sends only the fields that change. It takes the answer of a probe that the org keeps what a PUT leaves out "
        "(`put_omitted_attr: keep` under `answers:`), in the org profile of the environment that `probed` names. `zsync doctor --probe -e ENV` asks for it "
        "in a sandbox.",
        "unmerged-answer": "`put: changed` does not count yet: the base has no org profile that holds the answer of a probe. A pull request can write "
        "anything into that file, so its plan sends all fields, which is safe whatever Zoho does. Once the profile is merged, `put: changed` counts.",
        "stray-profile": "An org profile that nothing reads: its environment is gone, or it is not in the folder `orgs`.",
        "unknown-module": "The org has no module of this name. Names are api_names, which stay when a module is renamed.",
        "unknown-field": "The module has no field of this name. Names are api_names (`Email`), not labels, and hidden fields count as "
        "missing.",
        "unknown-value": "The field does not take this value: it is not in the org's picklist, nor under `values` of zsync.yaml. "
        "Values are written as people see them in the CRM, in the same case.",
        "unused-value": "The value was taken out of the picklist. Rows that have it keep it, and Zoho may refuse it for others.",
        "too-long": "The value has more characters, or more digits before the point, than the field holds.",
        "too-precise": "The number has more decimal places than the field keeps. Zoho would store another number, and every "
        "plan would want to change it again.",
        "other-type": "`relation_kinds` of zsync.yaml declares a field as another type than the org's metadata has for a field of that name. "
        "The type decides how values are compared and sent, so every row could seem to differ, or be refused.",
        "read-only-field": "The org does not let anyone write this field.",
        "no-metadata": "The token may not read the fields of a module, so names and values are used without being checked. A mistyped "
        "field then ends the run with the CRM's own error, and a mistyped value is refused, or stored, when the plan is applied.",
        "ambiguous-list": "Several related lists lead to the module. Write the api_name of the one that you mean as the list's name.",
        "no-such-list": "In this org the parent's module has no related list of the other module. Lists of multi-select lookups do not "
        "count: their relations are records of a linking module.",
        "hidden-list": "The related list is not on the module's layout, and Zoho answers as if it did not exist.",
        "unreadable-field": "No row of the list has the field. Where rows have others, it counts as empty: a CRM may leave out "
        "what is empty. Where they have none, nothing can be compared, and a plan would update every row.",
        "undeclared-fields": "The CRM shows fields of campaign members that no kind declares. Nobody knows whether Zoho empties a "
        "field that an update does not send, so zsync sends these back as it finds them. Declared under `relation_kinds` in "
        "zsync.yaml, they are read by name, and manifests can set them.",
        "unseen-consent": "A field in which people opt out is not in the org's metadata, or the metadata may not be read. Whether somebody opted out cannot be "
        "seen there. `fields: {Email_Opt_Out: []}` under `consent:` says that you know.",
        "refused-record": "The CRM refuses to read a record's related list. The record does not exist, or belongs to another module.",
        "bad-base": "The manifests of the commit that the plan is compared with have errors. The newest commit before it whose manifests "
        "have none stands in. Where there is none, or a sheet in Git LFS was not fetched, nothing tells this branch's changes from what "
        "people changed in the CRM: only new rows are planned, and a plan that would change or delete others ends with exit 4.",
        "no-such-run": "No journal has this name. `zsync runs` lists those that exist.",
        "count-differs": "The CRM counts more rows in the list than it returned. Some are hidden from the token's user.",
        # Rehearsals.
        "bad-snapshot": "The file of --snapshot was not made by zsync, or was altered since.",
        "other-snapshot": "The snapshot is of another environment or org than the one to rehearse.",
        "assumed-records": "The manifests name records that the snapshot does not have. The rehearsal makes them up.",
        "assumed-lists": "The manifests manage related lists that the snapshot does not have. In the rehearsal they are empty.",
        "assumed-fields": "Guards need fields of records that the rehearsal does not know. There they are empty.",
        "cannot-rehearse": "The bundled CRM cannot hold what the snapshot or the manifests say.",
        # Files that commands read and write.
        "cannot-read": "The plan, report or snapshot file does not exist or cannot be read.",
        "more-problems": "There are more problems than anybody would read at once. The others are only counted.",
        "not-canonical": "The file is valid, but not in the canonical form that `zsync fmt` writes. It differs from here on.",
        "cannot-write": "The file cannot be written. Nothing was sent to the CRM before this was found.",
        "changed-file": "Somebody wrote to the file between the moment when the command read it and the moment when it was to write. Nothing "
        "was written.",
        "bad-seed": "The seed of the bundled CRM, or its data file, cannot be used.",
        "no-port": "The bundled CRM cannot listen on the port. Usually another program does.",
    }
)
"""Code of a diagnostic that takes more than a manifest to find → what it means, in one or two sentences."""


def known() -> list[str]:
    """All that there is a page about."""
    return [
        *codes.CODES,
        *codes.OAUTH,
        *EXPLANATIONS,
        *ONLINE,
        *guards.GUARDS,
        *map(str, errors.EXITS),
        *VARIABLES,
        *WORDS,
        *("exit", "kinds"),
    ]


def page(code: str) -> str:
    """The page about a code of Zoho's or of a diagnostic, a guard, an exit code, a variable, a word of plans, `exit` or `kinds`.

    Raises `UsageError` for anything else.
    """
    if code == "kinds":
        return "Relations that zsync can write, with the fields of each:\n\n" + kinds.table()
    if code == "exit":
        return _exit_codes()
    if code.upper() in codes.CODES:
        return _zoho_code(code.upper())
    if code in codes.OAUTH:
        return _oauth_error(code)
    explanations = {**EXPLANATIONS, **ONLINE}
    if code in explanations:
        return f"{code}\n\n{explanations[code]}"
    if code in guards.GUARDS:
        return _guard(code)
    if code in WORDS:
        return f"{code}\n\n{WORDS[code]}"
    if code.isdecimal() and int(code) in errors.EXITS:
        return f"Exit code {code}: {errors.EXITS[int(code)]}."
    if code.upper() in VARIABLES:
        return f"{code.upper()}, an environment variable\n\n{VARIABLES[code.upper()]}"
    close = get_close_matches(code, known(), n=1, cutoff=0.5) or get_close_matches(code.upper(), known(), n=1)
    raise errors.UsageError(
        f"zsync explain knows nothing about {code!r}",
        help=(f"Did you mean {close[0]}? " if close else "")
        + "It explains Zoho's codes (INVALID_DATA), codes in brackets after `error`, guards, environment variables, exit codes, words such as `conflict`, `exit` and `kinds`.",
    )


def _zoho_code(code: str) -> str:
    known = codes.CODES[code]
    return (
        f"{code}\n\n{known.meaning}\n\nWhose fault: {known.fault}.\nWhat to do: {known.advice}\n"
        f"Exit code if it refuses a whole request: {known.exit_code}; if it refuses a row: 3."
    )


def _oauth_error(error: str) -> str:
    return f"{error}\n\nZoho's accounts server gives no token.\n\nWhat to do: {codes.OAUTH[error]}\nExit code: 8."


def _guard(name: str) -> str:
    return (
        f"{name}, a guard of zsync.yaml\n\n{guards.GUARDS[name]}\n\n"
        "It stands under `guards:`, for all environments or for one. It can refuse a plan when it is made and again when it "
        "is applied (exit code 5). It refuses what it cannot evaluate.\n"
        f'What to do: change the plan, or override the guard for one run: `--override {_overridden(name)} --reason "why"`.'
    )


def _overridden(name: str) -> str:
    return "conflicts=SELECTOR" if name == "conflicts" else name


def _exit_codes() -> str:
    lines = (f"{code:>3}  {meaning}" for code, meaning in errors.EXITS.items())
    return "Exit codes, the same for every command and output format:\n\n" + "\n".join(lines)
