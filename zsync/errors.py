"""Everything that can end a command, with its exit code.

    ZsyncError                1   unexpected: a bug, or the CRM cannot be reached
    ├── CrmUnreachable        1   no answer, or none that could be understood
    │   └── AnswerLost        1   of a write: it may or may not have been carried out
    ├── RequestRefused        1   the CRM refused a whole request (its own code decides, see `zsync.codes`)
    │   └── AccessDenied      8   authentication, permission or credits
    ├── ForgeRefused         1   GitHub's API refused a call or cannot be reached (8: its token may not do that)
    ├── InputError            4   something to fix in a manifest, the configuration or a data file
    ├── GuardRefused          5   a guard refused
    ├── PlanRefused           6   the plan is stale, expired, altered, or made for another org
    ├── Unrestored            3   a probe could not leave the relation as it was
    ├── LockHeld              7   another run holds the lock
    ├── UsageError           64   wrong usage of the command line
    └── Interrupted         130   Ctrl-C

The command line catches `ZsyncError` in one place (`zsync.cli`), prints message and help, and exits with the code.
Rows that the CRM refuses are outcomes, not exceptions; wrong input is a list of diagnostics in an `InputError`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsync.model import Diagnostic, Span

EXITS = {
    0: "done; plan: no changes",
    1: "unexpected: a bug, or the CRM cannot be reached",
    2: "there are changes (plan --detailed-exitcode, drift)",
    3: "applied in part: at least one row refused, held or unknown",
    4: "something to fix in a manifest, the configuration or a data file",
    5: "a guard refused",
    6: "the plan is stale, expired, altered, or made for another org",
    7: "another run holds the lock",
    8: "authentication, permission or credits",
    64: "wrong usage of the command line",
    130: "interrupted",
}
"""Exit code → meaning: the table of the README and of the help texts."""


class ZsyncError(Exception):
    """What went wrong (`str(error)`, with a list below it in `lines`), where (`span`), and the next step (`help`)."""

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        help: str = "",  # noqa: A002
        span: "Span | None" = None,
        lines: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.help = help
        self.span = span
        self.lines = lines


class CrmUnreachable(ZsyncError):
    """No answer came in all tries, or none that could be understood."""


class AnswerLost(CrmUnreachable):
    """A write was sent and no usable answer came: only reading can tell whether it was carried out.

    `request` is the call, `problem` what was wrong with the answer (`ReadTimeout`, `status 500`). `answer` is Zoho's error
    object if one came with a 5xx, else empty.
    """

    def __init__(self, request: str, problem: str, *, answer: dict[str, object] | None = None) -> None:
        super().__init__(
            f"{request}: no usable answer ({problem})",
            help="Run the same command again: what was carried out will not be repeated.",
        )
        self.request = request
        self.problem = problem
        self.answer = answer or {}


class RequestRefused(ZsyncError):
    """The CRM refused a whole request with an error code of its own.

    `said` are Zoho's own words, with which the message ends; empty if zsync itself did not send the request. `index` is
    Zoho's `resource_path_index`: 0 the module, 1 the record, 2 the related list. `details` is what else Zoho said, as it
    came.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int,
        request: str,
        said: str = "",
        index: int | None = None,
        details: "Mapping[str, object] | None" = None,
        exit_code: int = 1,
        help: str = "",  # noqa: A002
        span: "Span | None" = None,
    ) -> None:
        super().__init__(f"{message}: {said}" if said else message, help=help, span=span)
        self.code = code
        self.status = status
        self.request = request
        self.said = said
        self.index = index
        self.details = details or {}
        self.exit_code = exit_code


class AccessDenied(RequestRefused):
    """Authentication, permission or credits: all other requests of the run would fail, too."""


class ForgeRefused(ZsyncError):
    """GitHub's API refused a call, gave an answer that makes no sense, or cannot be reached."""

    def __init__(self, message: str, *, exit_code: int = 1, help: str = "") -> None:  # noqa: A002
        super().__init__(message, help=help)
        self.exit_code = exit_code


class InputError(ZsyncError):
    """The input is wrong. `diagnostics` are what to fix, in the order of the files, at most `bounds.DIAGNOSTICS`."""

    exit_code = 4

    def __init__(self, diagnostics: "tuple[Diagnostic, ...]") -> None:
        errors = sum(d.severity == "error" for d in diagnostics)
        super().__init__(f"{errors} thing{'s' if errors != 1 else ''} to fix")
        from zsync.model.diagnostics import capped

        self.diagnostics = capped(diagnostics)


class GuardRefused(ZsyncError):
    """A guard of zsync.yaml stops the plan from being applied."""

    exit_code = 5


class PlanRefused(ZsyncError):
    """The plan must not be applied: it is altered, expired, of another format, or for another org."""

    exit_code = 6


class Unrestored(ZsyncError):
    """A probe could not leave the relation as it was before."""

    exit_code = 3


class LockHeld(ZsyncError):
    """Another run applies to the same environment."""

    exit_code = 7


class UsageError(ZsyncError):
    """The command line asks for something impossible."""

    exit_code = 64


class Interrupted(ZsyncError):
    """The user pressed Ctrl-C."""

    exit_code = 130
