"""`consent:` of zsync.yaml → the rules that keep people out, or their errors."""

from dataclasses import dataclass

from zsync.config.consent_models import ConsentModel
from zsync.config.never import Read, read_never
from zsync.model import Span
from zsync.model.consent import Consent, SaysNo
from zsync.model.never import Never
from zsync.syntax.checking import check
from zsync.syntax.document import Map, Seq
from zsync.syntax.locating import Extent, locate
from zsync.syntax.source import At, Finding, SourceText


@dataclass(slots=True)
class ConsentReader:
    """Reads the parts `consent:` of one zsync.yaml; `name` is its path from the repository's root. Errors go to `findings`."""

    source: SourceText
    name: str
    read: Read | None
    findings: list[Finding]

    def consent(self, node: Map) -> Consent:
        """What a part says, as far as it has no errors."""
        model, _ = check(ConsentModel, node, self.source, self.findings)
        if model is None:
            return Consent()
        return Consent(
            self._fields(model, node.get("fields")),
            self._never(model, node.get("never")),
            model.order or (),
            tuple((model.types or {}).items()),
            tuple((model.lists or {}).items()),
            model.off or "",
        )

    def _fields(self, model: ConsentModel, node: object) -> tuple[SaysNo, ...]:
        if not model.fields or not isinstance(node, Map):
            return ()
        places = locate(self.source, {(node.line, node.column)}).get((node.line, node.column), {})
        return tuple(
            SaysNo(name, values, self._span(node, places[name].key if name in places else None))
            for name, values in model.fields.items()
        )

    def _never(self, model: ConsentModel, node: object) -> Never:
        if not model.never or not isinstance(node, Seq):
            return Never()
        places = locate(self.source, {(node.line, node.column)}).get((node.line, node.column), {})
        spans = [self._span(node, places[at].value if at in places else None) for at in range(len(node))]
        found = [At(self.source, span.line, span.column) for span in spans]
        return read_never(model.never, found, self.name, self.read, self.findings)

    def _span(self, node: Map | Seq, extent: Extent | None) -> Span:
        line, column = (extent.line, extent.column) if extent else (node.line, node.column)
        return Span(self.source.name, line, column)
