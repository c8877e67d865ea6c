"""`put: changed` with `probed: ENV` in zsync.yaml: what the file alone can tell to be wrong with it."""

from collections.abc import Collection, Iterator

from zsync.config.settings import Environment
from zsync.model import Span
from zsync.syntax.checking import nearest
from zsync.syntax.document import Map
from zsync.syntax.locating import locate
from zsync.syntax.source import At, Finding, SourceText


def probed_findings(environment: Environment, names: Collection[str], at: At) -> Iterator[Finding]:
    """What is wrong with an environment's `put` and `probed`; `names` are the environments of the file, `at` the place."""
    if environment.put == "changed" and not environment.probed:
        advice = "write `probed: ENV` beside it, with a sandbox that `zsync doctor --probe` has asked, or `put: all`"
        yield Finding("bad-value", "`put: changed` takes an environment that was probed", at, advice)
    elif environment.probed and environment.put != "changed":
        advice = "write `put: changed` beside it, or leave it out"
        yield Finding("bad-value", "`probed` means nothing without `put: changed`", at, advice)
    elif environment.probed and environment.probed not in names:
        meant = nearest(environment.probed, tuple(names))
        advice = f"did you mean `{meant}`?" if meant else f"the environments are: {', '.join(names)}"
        yield Finding("bad-value", f"there is no environment `{environment.probed}`", at, advice)


def span_of(source: SourceText, node: Map, key: str) -> Span | None:
    """The place of a key; None where the mapping does not have it."""
    if key not in node:
        return None
    place = locate(source, {(node.line, node.column)}).get((node.line, node.column), {}).get(key)
    where = place.key if place else None
    return Span(source.name, where.line if where else node.line, where.column if where else node.column)
