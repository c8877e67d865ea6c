"""The page of codes, from what `zsync explain` prints of each; and the page of kinds."""

from collections.abc import Iterable

from tests.reference.commands import commands, exits
from tests.reference.markdown import anchor, code, prose, table
from zsync import codes, errors, kinds
from zsync.cli import REASONS
from zsync.explain import pages as explain
from zsync.explain.diagnostics import EXPLANATIONS
from zsync.explain.words import WORDS
from zsync.guards import evaluation as guards


def page() -> str:
    """Exit codes, guards, diagnostics and Zoho's codes, a heading each."""
    rows = [
        (f"[{one}](#exit-code-{one})", code(REASONS[one]), prose(meaning))
        for one, meaning in errors.EXITS.items()
    ]
    return "\n".join(
        [
            "# Codes\n\nWhat `zsync explain CODE` prints, for every code there is.\n",
            "## Exit codes\n\nThe exit code is decided by the rows, the same in every output format. On GitHub Actions the word goes to "
            "`$GITHUB_OUTPUT` as `reason`.\n",
            table(["exit", "word", "meaning"], rows),
            *(
                f"### Exit code {one}\n\n{_sentence(meaning)}\n\n{_ends(one)}"
                for one, meaning in errors.EXITS.items()
            ),
            "## Guards\n\nNames of [guards](../guards.md) in zsync.yaml; their keys are in [zsync.yaml](config.md).\n",
            *_pages(guards.GUARDS),
            "## Words of plans\n\nWhat screens call what a plan does with a row, or leaves undone.\n",
            *_pages(WORDS),
            "## Diagnostics\n\nWords in brackets after `error` or `warning`: something to fix in a manifest, in zsync.yaml or in a data file.\n",
            *_pages(sorted({*EXPLANATIONS, *explain.ONLINE})),
            "## Zoho's codes\n\nWhat the CRM answers, for a row or for a whole request.\n",
            *_pages(codes.CODES),
        ]
    )


def _pages(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        _, *told = (line for line in explain.page(name).split("\n") if line)
        yield f"### {name}\n\n" + "\n\n".join(map(prose, told)) + "\n"


def _sentence(text: str) -> str:
    return prose(text[0].upper() + text[1:]) + "."


def _ends(exit_code: int) -> str:
    """The commands that end with it, each with its reason."""
    reasons = [
        (f"[`zsync {name}`](commands.md#{anchor(f'zsync {name}')})", when)
        for name, command in commands().items()
        for link, when in exits(command)
        if link.startswith(f"[{exit_code}]")
    ]
    return table(["command", "when"], reasons)


def kinds_page() -> str:
    """The pairs of modules, their fields, and the names that modules have."""
    pairs = [
        (
            each.left,
            each.right,
            ", ".join(f"{code(name)} ({kind})" for name, kind in each.fields.items()) or "none",
        )
        for each in kinds.KINDS
    ]
    others: dict[str, list[str]] = {}
    for written, name in kinds.MODULE_NAMES.items():
        others.setdefault(name, []).append(written)
    modules = [
        (code(name), code(field), ", ".join(map(code, others.get(name, []))))
        for name, field in kinds.NAME_FIELDS.items()
    ]
    return "\n".join(
        [
            "# Relation kinds\n",
            "The pairs of modules whose relations [Zoho lets a client write]"
            "(https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html). A relation of any of them can be written from "
            "either side, and is one relation, but for the roles of contacts in deals: those are in the list `Contact_Roles` of a deal, one "
            "contact a request. `zsync explain kinds` prints this table; `zsync validate` refuses any other pair.\n",
            table(["module", "module", "fields of the relation"], pairs),
            "More fields (custom member fields) and further pairs are declared under `relation_kinds` in [zsync.yaml](config.md).\n",
            "## Modules\n\nzsync takes names that Zoho's own pages use for a module as well.\n",
            table(["api_name", "named for people by", "also written"], modules),
        ]
    )
