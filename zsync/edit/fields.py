"""The fields of one row: a value in place of another, a field that comes in, a field that goes."""

from zsync.edit.edits import SetFields
from zsync.edit.items import Item, without
from zsync.edit.outline import Tree
from zsync.edit.quoting import canonical, quoted
from zsync.edit.sites import CannotAmend, Site, Written
from zsync.edit.splicing import Splice
from zsync.edit.writing_rows import emptied, flow_row, value_text
from zsync.model.fields import empty
from zsync.syntax.document import Node


def set_fields(page: Written, site: Site, item: Tree, edit: SetFields) -> list[Splice]:
    """The splices that give a row its new values. Raises `CannotAmend` where no text can express one."""
    row = site.links.of(item)
    texts = _texts(page, row, edit)
    if item.alias:
        return [Splice(item.start, item.end, _written_out(row, site, texts))]
    made, gone, new = [], set[int](), []
    places = {str(key.value): at for at, (key, _) in enumerate(row.items or ()) if key}
    for name, text in texts.items():
        if name not in places:
            new += [(name, text)] if text else []
        elif text:
            value = (row.items or ())[places[name]][1]
            made.append(_value(page, site, value, text))
        else:
            gone.add(places[name])
    made += _block(page, row, gone, new) if not page.flows(row) else _flow(page, row, gone, new)
    if row.anchor and site.links.users.get(id(row)):
        # Those that repeat the row keep what it said: its anchor moves on to the first of them.
        made.append(Splice(row.start, page.begins(row), ""))
    return made


def _texts(page: Written, row: Tree, edit: SetFields) -> dict[str, str]:
    """Field → its new value as YAML; empty for a field that goes."""
    managed, found = edit.managed, {}
    written = {str(key.value): value for key, value in row.items or () if key}
    for name, value in edit.fields.items():
        if empty(value):
            if not empty(managed.defaults.get(name)):
                found[name] = emptied(name, managed.kind)
            elif name in written:
                found[name] = ""
        else:
            old = written.get(name)
            begins = page.begins(old) if old and not old.alias else -1
            found[name] = value_text(
                name, value, managed.kind, page.text[begins : begins + 1] if begins >= 0 else ""
            )
    return found


def _value(page: Written, site: Site, value: Tree, text: str) -> Splice:
    """A value in place of another. An anchor that nothing repeats stays."""
    if value.anchor and not value.alias and not site.links.users.get(id(value)):
        return Splice(page.begins(value), page.ends(value), text)
    return Splice(value.start, page.ends(value), text)


def _flow(page: Written, row: Tree, gone: set[int], new: list[tuple[str, str]]) -> list[Splice]:
    """The fields of a row in braces that come and go."""
    items = [Item(key.start, page.ends(value)) for key, value in row.items or () if key]
    made = without(page, row, items, gone) if gone else []
    if new:
        end = items[-1].end
        made.append(Splice(end, end, "".join(f", {canonical(name)}: {text}" for name, text in new)))
    return made


def _block(page: Written, row: Tree, gone: set[int], new: list[tuple[str, str]]) -> list[Splice]:
    """The fields of a row in block style that come and go, each on a line of its own."""
    made, items = [], row.items or []
    for index in sorted(gone):
        key, value = items[index]
        assert key is not None  # noqa: S101  it is a mapping
        start, end = page.line_start(key.start), page.line_end(page.ends(value))
        if page.text[start : key.start].strip(" "):
            start = key.start
            following = next(
                (each for at, (each, _) in enumerate(items) if at > index and at not in gone), None
            )
            if following is None:
                raise CannotAmend("its only key would go")
            end = following.start
            if page.commented(start, end):
                raise CannotAmend("a comment in the row would be lost")
        made.append(Splice(start, end, ""))
    if new and items[0][0]:
        place = page.line_end(page.ends(items[-1][1]))
        indent = " " * page.column(items[0][0].start)
        lines = "".join(f"{indent}{canonical(name)}: {text}\n" for name, text in new)
        made.append(Splice(place, place, lines, whole=True))
    return made


def _written_out(row: Tree, site: Site, texts: dict[str, str]) -> str:
    """A row in place of the alias that stood for it."""
    entries = {}
    for key, value in row.items or ():
        if key:
            name = str(key.value)
            entries[name] = _plain(site.links.of(value).value, name)
    entries |= texts
    return flow_row([(canonical(name), text) for name, text in entries.items() if text])


def _plain(value: Node, name: str) -> str:
    return quoted(str(value)) if name == "id" else canonical(value)
