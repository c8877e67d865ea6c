"""Faults that the drawn worlds have to find, each planted alone: every one of them writes, leaves, counts or says something wrong."""

from tests.faults.planting import Fault

TEST = "tests/drawn/test_drawn.py::test_a_world_goes_as_it_is_foreseen"


def _fault(what: str, file: str, was: str, becomes: str) -> Fault:
    return Fault(what, f"zsync/{file}", was, becomes, TEST)


FAULTS = (
    _fault(
        "the last field of a row is not compared",
        "model/fields.py",
        "for name, value in after.items())\n",
        "for name, value in [*after.items()][: len(after) - 1 or 1])\n",
    ),
    _fault(
        "the last row of a page is dropped",
        "crm/reader.py",
        'rows = {row["id"]: row for row in page.rows}',
        'rows = {row["id"]: row for row in page.rows[:-1] or page.rows}',
    ),
    _fault(
        "null is a change",
        "model/fields.py",
        "        return empty(left) and empty(right)\n",
        "        return left == right\n",
    ),
    _fault(
        "49.90 is not 49.9",
        "model/values.py",
        """    return Decimal(format(value, "f").rstrip("0"))\n""",
        """    return Decimal(str(float(value)) + "1")\n""",
    ),
    _fault(
        "true is 1",
        "manifest/values.py",
        '        fits = kind in ("boolean", "any")\n',
        '        fits, value = kind in ("boolean", "any"), int(value)\n',
    ),
    _fault(
        "converted leads are written to",
        "planning/deciding.py",
        "        if found := _conversion(change, converted):\n",
        "        if found := None:\n",
    ),
    _fault(
        "lists are read without converted leads",
        "planning/reading.py",
        "aclosing(reader.pages(*place, fields, seen, converted=True))",
        "aclosing(reader.pages(*place, fields, seen))",
    ),
    _fault(
        "prune removes converted leads",
        "planning/deciding.py",
        "converted if not read.scope.converted else {}",
        "{}",
    ),
    _fault("a PUT takes 99 rows", "model/requests.py", "ROWS = 100\n", "ROWS = 99\n"),
    _fault("a PUT takes 101 rows", "model/requests.py", "ROWS = 100\n", "ROWS = 101\n"),
    _fault(
        "a change is turned to the wrong record",
        "planning/sides.py",
        "        related_record_id=change.record_id,\n",
        "        related_record_id=change.related_record_id,\n",
    ),
    _fault(
        "rows are written from the side that needs more calls",
        "planning/packing.py",
        "return min(ways, key",
        "return max(ways, key",
    ),
    _fault(
        "a PUT carries nothing",
        "applying/rows.py",
        "**(self.change.after or {}), **filled}",
        "**(self.change.after or {})}",
    ),
    _fault(
        "an undo forgets what was carried",
        "planning/undo.py",
        "whole = {**(change.before or {}), **change.carried}",
        "whole = {**(change.before or {})}",
    ),
    _fault(
        "prune removes what the other side declares",
        "planning/scopes.py",
        "        return self.mirrored | {each",
        "        return {each",
    ),
    _fault(
        "prune removes what other files declare",
        "planning/scopes.py",
        "return self.mirrored | {each for each, desired in self.outside.items() if desired.fields is not None}",
        "return self.mirrored",
    ),
    _fault(
        "a relation that both sides prune is deleted twice",
        "planning/deciding.py",
        "seen.setdefault(frozenset({here, there}), change)",
        "seen.setdefault(frozenset({here, there, (change.module, '')}), change)",
    ),
    _fault(
        "defaults are forgotten",
        "manifest/rows.py",
        "{} if self.absent else dict(self.defaults), True",
        "{}, True",
    ),
    _fault(
        "the first row of a sheet is forgotten",
        "manifest/documents.py",
        "context.path, reader, context.reading)",
        "context.path, reader, context.reading)[1:]",
    ),
    _fault(
        "keys are compared letter by letter",
        "model/values.py",
        "return text.strip().lower()",
        "return text.strip()",
    ),
    _fault(
        "the hundred-and-first key is not asked for",
        "crm/keys.py",
        "for at in range(0, len(values), VALUES)]",
        "for at in range(0, min(len(values), VALUES), VALUES)]",
    ),
    _fault(
        "fields that nobody declares are not carried",
        "model/fields.py",
        "[name for name in (*types, *undeclared(row, types)) if name not in named]",
        "[name for name in types if name not in named]",
    ),
    _fault(
        "absent rows stay",
        "planning/scopes.py",
        "for rows, present in ((managed.records, True), (managed.absent, False)):",
        "for rows, present in ((managed.records, True),):",
    ),
    _fault(
        "people who said no are added",
        "planning/consenting.py",
        'found.policy == "withhold"',
        'found.policy == "off"',
    ),
    _fault(
        "an undo brings back who said no",
        "planning/undo.py",
        "await keep_out(back, await consent_check(reader, terms.consents, sides))",
        "await keep_out(back, None)",
    ),
)
