"""The wishes of a world as a person could have written them: manifests in YAML, some rows of them in sheets."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

from tests.drawn.world import Listing, World

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 @._-]*[A-Za-z0-9]", re.ASCII)
_WORDS = ("true", "false", "null", "yes", "no", "on", "off")


def write(world: World, folder: Path) -> None:
    """Write the manifests of a world below a folder: those that a command is asked for, and others beside them."""
    for name, text in files(world).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")


def files(world: World) -> dict[str, str]:
    """Every file's path and text."""
    dice = Random(world.seed)  # noqa: S311  no secrets are drawn
    made: dict[str, str] = {}
    by_file = sorted(enumerate(world.lists), key=lambda each: (each[1].inside, each[1].file, each[0]))
    for (inside, file), listings in groupby(by_file, key=lambda each: (each[1].inside, each[1].file)):
        where = "inside" if inside else "outside"
        documents: list[str] = []
        for group in _documents([listing for _, listing in listings]):
            text = f"version: 1\nparent: {_parent(world, group[0], dice)}\nrelated_lists:\n"
            for at, listing in enumerate(group):
                name = f"{file}-{len(documents)}-{at}.csv"
                text += _list(world, listing, name, dice)
                if listing.sheet:
                    made[f"{where}/{name}"] = _sheet(world, listing, dice)
            documents.append(text)
        made[f"{where}/{file}"] = "---\n".join(documents)
    return made


def _documents(listings: Sequence[Listing]) -> list[list[Listing]]:
    """Lists that may share a document: the same parent, in the same words, and no list twice."""
    groups: list[list[Listing]] = []
    for one in listings:
        last = groups[-1] if groups else []
        same = last and (last[0].module, last[0].parent, last[0].parent_key) == (
            one.module,
            one.parent,
            one.parent_key,
        )
        if same and one.related not in [each.related for each in last]:
            last.append(one)
        else:
            groups.append([one])
    return groups


def _parent(world: World, listing: Listing, dice: Random) -> str:
    if listing.parent_key == ("id",):
        return f'{{module: {listing.module}, id: "{listing.parent}"}}'
    record = world.records[listing.module][listing.parent]
    return f"{{module: {listing.module}, match: {_flow({name: str(record[name]) for name in listing.parent_key}, dice)}}}"


def _list(world: World, listing: Listing, sheet: str, dice: Random) -> str:
    key = listing.key[0] if len(listing.key) == 1 else f"[{', '.join(listing.key)}]"
    text = f"  {listing.related}:\n" + (f"    key: {key}\n" if key != "id" else "")
    if listing.defaults:
        text += f"    defaults: {_flow(listing.defaults, dice)}\n"
    if listing.prune or dice.random() < 0.1:
        text += f"    prune: {json.dumps(listing.prune)}\n"
    if listing.converted:
        text += "    converted: true\n"
    if listing.prune and not (listing.rows or listing.sheet):
        text += "    allow_empty: true\n"
    if listing.sheet:
        text += f"    from: {{csv: {sheet}}}\n"
    rows = [{**_name(world, listing, one, dice), **_shuffled(fields, dice)} for one, fields in listing.rows]
    if rows or not listing.sheet:
        text += "    records:" + ("".join(f"\n      - {_flow(row, dice)}" for row in rows) or " []") + "\n"
    gone = [_name(world, listing, one, dice) for one in listing.absent]
    return text + ("    absent:\n" + "".join(f"      - {_flow(row, dice)}\n" for row in gone) if gone else "")


def _shuffled(fields: Mapping[str, Any], dice: Random) -> dict[str, Any]:
    return dict(dice.sample(list(fields.items()), len(fields)))


def _name(world: World, listing: Listing, one: str, dice: Random) -> dict[str, Any]:
    """What names a record in a row: its key, now and then in other letters, or its id where the key does not name it alone."""
    where = (listing.related, listing.key)
    if listing.key == ("id",) or one not in world.keys[where]:
        return {"id": one if dice.random() < 0.8 or one.startswith("0") else int(one)}
    record = world.records[listing.related][one]
    named = {name: record[name] for name in listing.key}
    sole = sum(_same(named, other) for other in world.records[listing.related].values()) == 1
    if sole and dice.random() < 0.2:
        named = {name: _other_case(value) for name, value in named.items()}
    return named


def _same(named: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    return all(str(record[name] or "").lower() == str(value).lower() for name, value in named.items())


def _other_case(value: Any) -> Any:
    return re.sub("[A-Za-z]", lambda letter: letter[0].swapcase(), value) if isinstance(value, str) else value


def _flow(fields: Mapping[str, Any], dice: Random) -> str:
    return "{" + ", ".join(f"{name}: {_scalar(value, dice)}" for name, value in fields.items()) + "}"


def _scalar(value: Any, dice: Random) -> str:
    """A value in one of the ways in which YAML writes it."""
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | Decimal):
        return str(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS and dice.random() < 0.6:
        return text
    if "\t" not in text and dice.random() < 0.4:
        return "'" + text.replace("'", "''") + "'"
    return json.dumps(text, ensure_ascii=False)


def _sheet(world: World, listing: Listing, dice: Random) -> str:
    rows = [(_name(world, listing, one, dice), fields) for one, fields in listing.sheet]
    columns = dict.fromkeys(name for named, fields in rows for name in (*named, *fields))
    text = io.StringIO(newline="")
    # The header tells the delimiter, if it has one.
    delimiter = dice.choice(",;\t") if len(columns) > 1 else ","
    writer = csv.DictWriter(text, list(columns), delimiter=delimiter, restval="")
    writer.writeheader()
    for named, fields in rows:
        writer.writerow({name: _cell(value) for name, value in {**named, **fields}.items()})
    return ("\ufeff" if dice.random() < 0.2 else "") + text.getvalue()


def _cell(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)
