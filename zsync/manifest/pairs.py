"""The relation kind of a list that a manifest names, looked up once, and what is said of a pair that Zoho does not write."""

from zsync.kinds import Kind, kind_of, own_list, proven, table
from zsync.manifest.context import Context
from zsync.model import Parent
from zsync.syntax.checking import nearest
from zsync.syntax.document import Map
from zsync.syntax.source import At


def kind_named(name: str, lists: Map, parent: Parent, context: Context) -> Kind | None:
    """The kind of a list, looked up here and nowhere later; a pair that Zoho does not support is a finding."""
    kinds = context.reading.kinds
    kind = kind_of(parent.module, name, kinds)
    if kind and kind.only_from not in ("", parent.module):
        message = f"relations of {kind.name} are written from the side of {kind.only_from} alone"
        advice = (
            f"write them under a parent of {kind.only_from}, as `{own_list(kind.only_from, parent.module)}`"
        )
        context.find("unsupported-relation", message, context.at(lists, name, "key"), advice)
        return None
    if kind:
        if not proven(kind) and kind.name not in context.reading.unproven:
            # Once a run: it is about zsync.yaml, and each list of the kind would say the same.
            context.reading.unproven.add(kind.name)
            message = f"no page of Zoho's says that relations of {kind.name} can be written"
            advice = "zsync.yaml declares it; for such pairs Zoho is known to answer INVALID_MODULE: try it in a sandbox"
            context.find("unproven-kind", message, context.at(lists, name, "key"), advice, severity="warning")
        return kind
    partners = tuple(
        known.other(parent.module) for known in kinds if parent.module in (known.left, known.right)
    )
    what = f"no relations between {parent.module} and {name}"
    more = "\nwhere a list with a name of its own leads, only an org profile tells: `zsync profile`"
    unsupported(what, name, partners, context.at(lists, name, "key"), context, more)
    return None


def likely_kind(name: str, module: str, kinds: tuple[Kind, ...]) -> Kind | None:
    """The kind by which the rows of a list are judged where nobody knows its own: the list's name or its parent's is wrong.

    Of several that it may be, one with the fields of all of them: what fits none is certainly a mistake. None where it may be any.
    """
    modules = tuple(dict.fromkeys(each for kind in kinds for each in (kind.left, kind.right)))
    partners = tuple(kind.other(module) for kind in kinds if module in (kind.left, kind.right))
    related = name if name in modules else nearest(name, partners or modules)
    if kind := kind_of(module, related, kinds):
        return kind
    fitting = [kind for kind in kinds if related in (kind.left, kind.right)]
    if not fitting:
        return None
    fields = {field: type_ for kind in fitting for field, type_ in kind.fields.items()}
    return Kind(module, related, fields)


def unsupported(
    what: str, word: str, known: tuple[str, ...], at: At, context: Context, more: str = ""
) -> None:
    """Add the finding of a pair of modules that Zoho does not write, with those that it does."""
    meant = nearest(word, known)
    advice = (f"did you mean `{meant}`?\n" if meant else "") + "supported, from either side:\n"
    context.find(
        "unsupported-relation", f"Zoho's API writes {what}", at, advice + table(context.reading.kinds) + more
    )
