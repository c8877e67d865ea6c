"""What a command prints and saves: its result in each format, and its messages."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsync.cli.disk import saved
from zsync.cli.formats import Formats, artifact_link
from zsync.cli.redaction import Redaction
from zsync.cli.terminal import Color, Terminal
from zsync.errors import InputError, ZsyncError

if TYPE_CHECKING:
    from zsync.model import Diagnostic, Drift, Plan, Report


class Output:
    """The choices of a command's output options, and the one way out for all that it prints and saves.

    `redact` is False for a command that has no such option. `command` is what was typed after `zsync`.
    """

    def __init__(
        self,
        command: str = "",
        formats: Formats | None = None,
        *,
        full: bool = False,
        redact: bool | None = False,
        color: Color = "auto",
    ) -> None:
        self.formats = formats or Formats()
        self.redaction = Redaction(redact)
        self.terminal = Terminal(color)
        self._command = command
        self.full = full
        self._warnings: tuple[Diagnostic, ...] = ()
        self._delivered = False

    def result(self, text: str) -> None:
        """Print a result, line end included, on stdout."""
        self.terminal.result(text)

    def talk(self, text: str) -> None:
        """Print a line of our own words on stderr."""
        self.terminal.talk(text)

    def tell(self, text: str) -> None:
        """Print a line on stderr that may quote what the CRM holds: masked where it has to be."""
        self.talk(self.redaction.text(text))

    def deliver(
        self, value: "Plan | Report | Drift", *, to: Path | None = None, kept: Path | None = None
    ) -> None:
        """Save a plan or report to its file and to those of its formats, and then print it.

        `kept` is a file that holds the plan already. Raises `InputError` for files that could not be written.
        """
        kept, self._delivered = to or kept, True
        own = [(to, _dumped(value))] if to else []
        formats = ((path, self.render(value, name, kept=kept)) for name, path in self.formats.targets if path)
        with saved(chain(own, formats)):
            if name := self.formats.printed:
                color = self.terminal.colours(sys.stdout)
                self.result(self.render(value, name, color=color, kept=kept))

    def conclude(self, report: "Report", *, to: Path | None = None) -> None:
        """Deliver the report of a run: a file that cannot be written is a warning, for the rows decide the exit code."""
        from zsync.model import sentence

        try:
            self.deliver(report, to=to)
        except InputError as error:
            stands = sentence("What was done stands, and the run's journal has it: `zsync runs`.")
            self.show([replace(failure, severity="warning", help=stands) for failure in error.diagnostics])

    def render(
        self,
        value: "Plan | Report | Drift",
        name: str,
        *,
        color: bool = False,
        full: bool | None = None,
        kept: Path | None = None,
    ) -> str:
        """A plan or report in a format, personal data masked where it must be; masked JSON says so in its `format`.

        Text is as concise as `--full` leaves it, unless `full` says otherwise.
        """
        from zsync.model import Drift, Plan
        from zsync.redact import redacted_json
        from zsync.render import DRIFTS, renderer

        module: Any = renderer(name)
        options: dict[str, Any] = {}
        if name == "text":
            options = {"color": color, "full": self.full if full is None else full}
        if name == "markdown":
            options["link"] = artifact_link()
        if isinstance(value, Plan):
            shown = self.redaction.plan(value, name)
            text = str(module.render_plan(shown, **options, **self._of_plan(name, kept)))
        elif isinstance(value, Drift):
            drift = Drift(self.redaction.plan(value.plan, name))
            module = import_module(DRIFTS[name])
            text = str(module.render_drift(drift, **options, **self._of_drift(name, kept)))
        else:
            text = str(module.render_report(self.redaction.report(value, name), **options))
        return redacted_json(text) if name == "json" and self.redaction.masks(name) else text

    def warn(self, warnings: "Sequence[Diagnostic]") -> None:
        """Show warnings, and keep them for the formats in which a plan shows them (markdown, github)."""
        self.show(warnings)
        self._warnings = (*self._warnings, *warnings)

    def show(self, diagnostics: "Sequence[Diagnostic]") -> None:
        """Print what there is to fix on stderr, each with its source line; nothing where there is nothing."""
        from zsync.manifest import with_excerpts

        self._print(self.redaction.diagnostics(with_excerpts(diagnostics)))

    def deliver_diagnostics(self, diagnostics: "Sequence[Diagnostic]", files: Sequence[str] = ()) -> None:
        """Put what there is to fix into the formats asked for. Text is at the terminal already, and goes only into a file.

        `files` are all that were looked at, for `junit`.
        """
        self._into_formats(diagnostics, self.formats.targets, files)

    def explain_failure(self, error: InputError) -> None:
        """Say why there is no result, in the formats that can; a result that is out already stays."""
        if not self._delivered:
            targets = [target for target in self.formats.targets if target[0] in self.formats.reasons]
            self._into_formats(error.diagnostics, targets, ())

    def show_error(self, error: ZsyncError) -> None:
        """Print what ended the command, where, and what to do next. What must be masked is masked by then."""
        from zsync.manifest import with_excerpts
        from zsync.render.escape import terminal

        if isinstance(error, InputError):
            self._print(with_excerpts(error.diagnostics))
            return
        word = self.terminal.styled("error", sys.stderr, fg="red", bold=True)
        lines = [f"{word}: {terminal(str(error))}", *(f"  {terminal(line)}" for line in error.lines)]
        if error.span:
            lines.append(f"  --> {terminal(str(error.span))}")
        if error.help:
            lines.append(f"  = help: {terminal(error.help)}")
        self.talk("\n".join(lines))

    def _print(self, diagnostics: "Sequence[Diagnostic]") -> None:
        from zsync.render.diagnostics import render_diagnostics

        if diagnostics:
            text = render_diagnostics(diagnostics, color=self.terminal.colours(sys.stderr))
            self.talk(text.removesuffix("\n"))

    def _into_formats(
        self,
        diagnostics: "Sequence[Diagnostic]",
        targets: Sequence[tuple[str, Path | None]],
        files: Sequence[str],
    ) -> None:
        from zsync.files.writing import write_file
        from zsync.manifest import with_excerpts
        from zsync.render import DIAGNOSTICS

        found, subject = with_excerpts(diagnostics), f"zsync {self._command}"
        options: dict[str, dict[str, Any]] = {
            "markdown": {"subject": subject, "link": artifact_link()},
            "github": {"subject": subject},
            "junit": {"subject": subject, "files": files},
        }
        for name, path in targets:
            module: Any = import_module(DIAGNOSTICS[name])
            shown = self.redaction.diagnostics(found, name)
            text = str(module.render_diagnostics(shown, **options.get(name, {})))
            if path:
                write_file(path, text)
            elif name != "text":
                self.result(text)

    def _of_drift(self, name: str, kept: Path | None) -> dict[str, Any]:
        """What renderers of drift take besides: warnings, or the commands that the text names."""
        if name != "text":
            return self._of_plan(name, kept)
        return {
            "more": f"zsync {self._command} --full",
            "saved": shlex.join(["zsync", "apply", str(kept)]) if kept else "",
        }

    def _of_plan(self, name: str, kept: Path | None) -> dict[str, Any]:
        """What renderers of a plan take besides: warnings, or the command that shows what the text folds."""
        if name == "text":
            shows = shlex.join(["zsync", "show", str(kept), "--full"]) if kept else ""
            return {"more": shows or f"zsync {self._command} --full"}
        if name in ("markdown", "github"):
            return {"warnings": self.redaction.diagnostics(self._warnings, name)}
        return {}


def _dumped(value: "Plan | Report | Drift") -> str:
    from zsync.files.plan import dump_plan, dump_report
    from zsync.model import Drift, Plan

    if isinstance(value, Drift):
        return dump_plan(value.plan)
    return dump_plan(value) if isinstance(value, Plan) else dump_report(value)
