"""The world in SQLite: one file or memory, one connection, one writer at a time.

Records and relations keep their fields as JSON text, so that a number goes out with the digits that came in.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from .errors import encode
from .ids import key_of

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS access_token (
    access TEXT PRIMARY KEY, expires REAL NOT NULL, scope TEXT NOT NULL, user TEXT NOT NULL, granted REAL NOT NULL);
CREATE TABLE IF NOT EXISTS refresh_token (number INTEGER PRIMARY KEY, refresh TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS bought (access TEXT PRIMARY KEY, refresh TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS record (
    key TEXT PRIMARY KEY, module TEXT NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL,
    converted INTEGER NOT NULL DEFAULT 0, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS record_by_module ON record (module, key);
CREATE TABLE IF NOT EXISTS link (
    kind TEXT NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL, member TEXT NOT NULL, created TEXT NOT NULL,
    modified TEXT NOT NULL, born_ms INTEGER NOT NULL, attrs TEXT NOT NULL, PRIMARY KEY (kind, a, b)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS link_from_b ON link (kind, b, a);
"""
# Beyond 2^53, like Zoho's ids: a client that reads one as a float gets another record's.
_FIRST_ID = 3652397000009000001


class NewRecord(NamedTuple):
    """A record to insert. `fields` holds what the caller gave, without `id`."""

    key: str
    module: str
    stamp: str
    fields: dict[str, Any]
    converted: bool = False


class Link(NamedTuple):
    """One relation; `a` and `b` are padded ids, `attrs` its fields as JSON text, times as the API writes them."""

    kind: str
    a: str
    b: str
    member: str
    created: str
    modified: str
    born_ms: int
    attrs: str


class Store:
    """Opens (and creates) the database at `path`, None for memory. Safe to use from several threads.

    Raises sqlite3.DatabaseError for a file that is no database or cannot be written.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        if path:
            # SQLite would make it for everybody to read, and gives its side files the same mode.
            with suppress(OSError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(str(path or ":memory:"), check_same_thread=False, isolation_level=None)
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
        except sqlite3.DatabaseError:
            self._db.close()
            raise
        self._indexed: set[tuple[str, str]] = set()

    def close(self) -> None:
        """Closes the database and its side files: the one file is all that is left."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. A transaction within another is part of it."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._db.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("COMMIT")

    def query(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement. `sql` must hold no text of a request's; values go into `params`."""
        with self._lock:
            return self._db.execute(sql, params).fetchall()

    def write_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """One statement for each row, all or nothing."""
        with self.transaction():
            self._db.executemany(sql, rows)

    def meta(self, name: str) -> str | None:
        """A named value; None if it was never set."""
        found = self.query("SELECT value FROM meta WHERE name = ?", (name,))
        return found[0][0] if found else None

    def set_meta(self, name: str, value: str) -> None:
        """Sets a named value."""
        with self.transaction():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def mint(self, count: int) -> range:
        """That many new ids. `reserve` keeps them apart from ids that a world names."""
        with self.transaction():
            first = int(self.meta("next_id") or _FIRST_ID)
            self.set_meta("next_id", str(first + count))
        return range(first, first + count)

    def reserve(self, highest: int) -> None:
        """Keeps all new ids above this one."""
        with self.transaction():
            self.set_meta("next_id", str(max(highest + 1, int(self.meta("next_id") or _FIRST_ID))))

    def add_records(self, records: Iterable[NewRecord]) -> None:
        """Inserts records. Raises sqlite3.IntegrityError for an id that is taken."""
        rows = ((r.key, r.module, r.stamp, r.stamp, int(r.converted), encode(r.fields)) for r in records)
        self.write_many("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", rows)

    def put_links(self, links: Iterable[Link]) -> None:
        """Inserts relations, or replaces those that exist."""
        self.write_many("INSERT OR REPLACE INTO link VALUES (?, ?, ?, ?, ?, ?, ?, ?)", links)

    def remove_links(self, kind: str, pairs: Iterable[tuple[str, str]]) -> None:
        """Removes relations by their padded ids (a, b); unknown ones are ignored."""
        self.write_many(
            "DELETE FROM link WHERE kind = ? AND a = ? AND b = ?", ((kind, a, b) for a, b in pairs)
        )

    def module_of(self, record_id: object) -> str | None:
        """A record's module; None for an unknown id."""
        key = key_of(record_id)
        found = self.query("SELECT module FROM record WHERE key = ?", (key,)) if key else []
        return found[0][0] if found else None

    def known(self, module: str, keys: Sequence[str]) -> set[str]:
        """Those of the padded ids that are records of the module."""
        sql = f"SELECT key FROM record WHERE module = ? AND key IN ({marks(len(keys))})"  # noqa: S608
        return {row[0] for row in self.query(sql, (module, *keys))}

    def remove_record(self, key: str) -> None:
        """Removes a record and all its relations."""
        with self.transaction():
            self._db.execute("DELETE FROM link WHERE a = ? OR b = ?", (key, key))
            self._db.execute("DELETE FROM record WHERE key = ?", (key,))

    def set_record(self, key: str, modified: str, data: str) -> None:
        """Replaces a record's fields, given as JSON text."""
        with self.transaction():
            self._db.execute("UPDATE record SET modified = ?, data = ? WHERE key = ?", (modified, data, key))

    def clear(self) -> None:
        """Removes all records and relations, and starts new ids from the beginning."""
        with self.transaction():
            self._db.execute("DELETE FROM link")
            self._db.execute("DELETE FROM record")
            self._db.execute("DELETE FROM meta WHERE name = 'next_id'")

    def index_field(self, module: str, field: str, expression: str) -> None:
        """Indexes a module's records by one field. Module, field and expression must come from the catalog."""
        with self._lock:
            if (module, field) in self._indexed:
                return
            name = f'"by_{module}_{field}_{len(expression)}"'
            self._db.execute(
                f"CREATE INDEX IF NOT EXISTS {name} ON record ({expression}) WHERE module = '{module}'"
            )
            # Without statistics SQLite walks the whole module for an IN list rather than use an index on an expression.
            self._db.execute("ANALYZE record")
            self._indexed.add((module, field))


def marks(count: int) -> str:
    """Question marks for an IN list."""
    return ",".join("?" * count)


def shown_id(column: str) -> str:
    """SQL for the id as JSON text."""
    return f"""'"' || coalesce(nullif(ltrim({column}, '0'), ''), '0') || '"'"""
