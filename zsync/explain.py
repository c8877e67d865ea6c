"""What `zsync explain` prints: one page per code."""

from difflib import get_close_matches

from zsync import codes, errors, kinds
from zsync.explanations import EXPLANATIONS


def page(code: str) -> str:
    """The page of Zoho's code, a diagnostic's code, an exit code, or `kinds`. Raises `UsageError` for anything else."""
    if code == "kinds":
        return "Relations that zsync can write, and the fields of each:\n\n" + kinds.table()
    if code.upper() in codes.CODES:
        one = codes.CODES[code.upper()]
        return (
            f"{code.upper()}\n\n{one.meaning}\n\nWhose fault: {one.fault}.\nWhat to do: {one.advice}\n"
            f"Exit code where it refuses a whole request: {one.exit_code}; where it refuses a row: 3."
        )
    if code in EXPLANATIONS:
        return f"{code}\n\n{EXPLANATIONS[code]}"
    if code.isdigit() and int(code) in errors.EXITS:
        return f"Exit code {code}: {errors.EXITS[int(code)]}."
    known = [*codes.CODES, *EXPLANATIONS, *map(str, errors.EXITS), "kinds"]
    close = get_close_matches(code, known, n=1, cutoff=0.5) or get_close_matches(code.upper(), known, n=1)
    raise errors.UsageError(
        f"nothing is known of {code!r}",
        help=(f"Did you mean {close[0]}? " if close else "")
        + "Codes are Zoho's (INVALID_DATA), those in brackets after `error`, exit codes, and `kinds`.",
    )
