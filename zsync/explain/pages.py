"""What `zsync explain` prints: one page per code."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from zsync import codes, errors, kinds
from zsync.explain.diagnostics import EXPLANATIONS
from zsync.explain.variables import VARIABLES
from zsync.guards import evaluation as guards

ONLINE: Mapping[str, str] = MappingProxyType(
    {
        # Seen only with the CRM's answers beside the manifests.
        "not-found": "A `key` or `match` names no record of the CRM. zsync relates records, it does not make them.",
        "ambiguous": "A `key` or `match` names several records. Their ids are in the message; an id says which is meant.",
        "no-such-list": "The org has no related list between these two modules under the parent.",
        "hidden-list": "The related list is not on the module's layout; Zoho then answers as if it did not exist.",
        "unreadable-field": "No row of the list carries the field, so its value cannot be compared: planning on would "
        "update every row.",
        "refused-record": "The CRM refuses to read a record's related list: the record does not exist, or is of another module.",
        "bad-base": "The manifests of the commit that --base names cannot be read. A plan is made without its word: nothing "
        "tells drift from this branch's changes, and rows that it alone names stay.",
        "undo-conflict": "Somebody changed the relation since the run: undo leaves it alone.",
        "no-such-run": "There is no journal of this name; `zsync runs` lists those that are there.",
        "count-differs": "The CRM counts more rows in the list than it gave: some are hidden from the user, or were converted.",
        # Rehearsals.
        "bad-snapshot": "The file of --snapshot is none that zsync made, or it was altered since.",
        "other-snapshot": "The snapshot is of another environment, or of another org, than the one that is to be rehearsed.",
        "assumed-records": "The manifests name records that the snapshot does not have: the rehearsal makes them up.",
        "assumed-lists": "The manifests manage related lists that the snapshot does not have: in the rehearsal they are empty.",
        "assumed-fields": "Guards ask for fields of records that the rehearsal does not know: they are empty there.",
        "cannot-rehearse": "The bundled CRM cannot hold what the snapshot or the manifests say.",
        # Files that commands read and write.
        "cannot-read": "The plan, report or snapshot file does not exist or cannot be read.",
        "more-problems": "There are more problems than anybody reads at once: the others are counted.",
        "not-canonical": "The file says what it means, but not in the one form that `zsync fmt` writes. It differs from "
        "here on.",
        "cannot-write": "The file cannot be written; nothing was sent to the CRM before this was found.",
        "bad-seed": "The world that the bundled CRM shall begin with, or its data file, cannot be used.",
        "no-port": "The bundled CRM cannot listen on the port, most often because another program does.",
    }
)
"""Codes of diagnostics that no manifest has by itself → what they mean."""


def page(code: str) -> str:
    """The page of Zoho's code, a diagnostic's, a guard, an exit code, a variable, `exit` or `kinds`.

    Raises `UsageError` for anything else.
    """
    if code == "kinds":
        return "Relations that zsync can write, and the fields of each:\n\n" + kinds.table()
    if code == "exit":
        return _exit_codes()
    if code.upper() in codes.CODES:
        one = codes.CODES[code.upper()]
        return (
            f"{code.upper()}\n\n{one.meaning}\n\nWhose fault: {one.fault}.\nWhat to do: {one.advice}\n"
            f"Exit code where it refuses a whole request: {one.exit_code}; where it refuses a row: 3."
        )
    explanations = {**EXPLANATIONS, **ONLINE}
    if code in explanations:
        return f"{code}\n\n{explanations[code]}"
    if code in guards.GUARDS:
        return _guard(code)
    if code.isdecimal() and int(code) in errors.EXITS:
        return f"Exit code {code}: {errors.EXITS[int(code)]}."
    if code.upper() in VARIABLES:
        return f"{code.upper()}, an environment variable\n\n{VARIABLES[code.upper()]}"
    known = [
        *codes.CODES,
        *explanations,
        *guards.GUARDS,
        *map(str, errors.EXITS),
        *VARIABLES,
        "exit",
        "kinds",
    ]
    close = get_close_matches(code, known, n=1, cutoff=0.5) or get_close_matches(code.upper(), known, n=1)
    raise errors.UsageError(
        f"nothing is known of {code!r}",
        help=(f"Did you mean {close[0]}? " if close else "")
        + "Codes are Zoho's (INVALID_DATA), those in brackets after `error`, names of guards and of environment variables, exit codes, `exit` and `kinds`.",
    )


def _guard(name: str) -> str:
    return (
        f"{name}, a guard of zsync.yaml\n\n{guards.GUARDS[name]}\n\n"
        "It stands under `guards:`, for every environment or for one. It refuses a plan when it is made and again when it "
        "is applied (exit code 5), and it refuses what it cannot evaluate.\n"
        f'What to do: change the plan, or set the guard aside for one run: `--override {name} --reason "why"`.'
    )


def _exit_codes() -> str:
    lines = (f"{code:>3}  {meaning}" for code, meaning in errors.EXITS.items())
    return "Exit codes, the same for every command and output format:\n\n" + "\n".join(lines)
