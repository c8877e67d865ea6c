"""A CRM's records and relations, and what manifests want of them, all drawn from one seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any, Literal

Pair = tuple[str, str]
Edge = tuple[Pair, str, str]
"""A pair of modules, and the ids of its two records, in the order of the pair."""

Fields = Mapping[str, Any]

PAIRS: Mapping[Pair, Mapping[str, str]] = {
    ("Campaigns", "Leads"): {"Member_Status": "status"},
    ("Campaigns", "Contacts"): {"Member_Status": "status"},
    ("Products", "Leads"): {},
    ("Products", "Accounts"): {},
    ("Products", "Contacts"): {},
    ("Products", "Deals"): {},
    ("Products", "Price_Books"): {"list_price": "number"},
    ("Appointments__s", "Services__s"): {},
}
"""Zoho's pairs, and the fields of their relations."""

MEMBER_FIELDS = {"Seat": "text", "Fee": "number", "Vip": "boolean"}
"""Fields that an org may give to campaign members, and zsync.yaml declares."""

UNDECLARED = "Hall"
"""A text field of campaign members that nobody declares."""

NAMES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Leads": (("Email",), ("First_Name", "Last_Name")),
    "Contacts": (("Email",), ("First_Name", "Last_Name")),
    "Accounts": (("Account_Name",), ("Account_Number",)),
    "Deals": (("Deal_Name",),),
    "Campaigns": (("Campaign_Name",),),
    "Products": (("Product_Code",), ("Product_Name",)),
    "Price_Books": (("Price_Book_Name",),),
    "Appointments__s": (("Appointment_Name",),),
    "Services__s": (("Service_Name",),),
}
"""Module → the fields, or combinations of them, by which people name its records."""

STATUSES = ("Planned", "Invited", "Sent", "Responded", "Opted Out", "Überfällig", "出席")
WORDS = ("ana", "Bo", "O'Neill", "Ødegård", "李雷", 'Early "Birds"', "a, b", "x;y", "100 %", "#1", "- z", "tab\there", "zoë 😀", "back\\slash", "{c}", "k: v", "Yes", "null", "007", "~")  # fmt: skip
TEXTS = (*WORDS, "VIP-7", "1", "true", "2027-01-01", "0.10")
NUMBERS = tuple(
    map(Decimal, ("0", "1", "-3", "0.1", "49.90", "49.9", "1000000.00", "0.07", "12345678901.25"))
)


@dataclass(frozen=True)
class Listing:
    """A list in one document of a manifest. `rows` and `sheet` are records and the fields that their rows write."""

    file: str
    module: str
    parent: str
    pair: Pair
    parent_key: tuple[str, ...]
    key: tuple[str, ...]
    defaults: Fields
    rows: Sequence[tuple[str, Fields]]
    sheet: Sequence[tuple[str, Fields]]
    absent: Sequence[str]
    prune: bool
    converted: bool
    inside: bool = True

    @property
    def related(self) -> str:
        """The module of its records."""
        return self.pair[1] if self.module == self.pair[0] else self.pair[0]

    @property
    def records(self) -> list[str]:
        """All records that it names."""
        return [*(one for one, _ in (*self.rows, *self.sheet)), *self.absent]

    def edge(self, record: str) -> Edge:
        """The relation to one of its records."""
        return (self.pair, *((self.parent, record) if self.module == self.pair[0] else (record, self.parent)))

    def holds(self, edge: Edge) -> bool:
        """Whether a relation stands in this list."""
        return edge[0] == self.pair and edge[1 if self.module == self.pair[0] else 2] == self.parent


@dataclass(frozen=True)
class Ways:
    """What Zoho's pages leave open, as this CRM does it."""

    omitted: Literal["reset", "keep"] = "reset"
    empty: Literal["null", "left_out"] = "null"
    null: Literal["reject", "clear"] = "reject"
    shown: Literal["nested", "flat", "both"] = "nested"
    info: Literal["asked", "all"] = "asked"
    converted: Literal["hidden", "refused", "shown"] = "hidden"
    repeats: bool = False
    """One row comes twice in each page. Only the second CRM does so."""


@dataclass(frozen=True)
class World:
    """What the CRM holds, and what manifests want."""

    seed: int
    records: Mapping[str, Mapping[str, Fields]]
    fields: Mapping[Pair, Mapping[str, str]]
    """The fields of each pair's relations that zsync is told of."""
    current: Mapping[Edge, Fields]
    wanted: Mapping[Edge, Fields | None]
    """None is to be absent."""
    lists: Sequence[Listing]
    converted: frozenset[str]
    opted_out: frozenset[str]
    ways: Ways
    order: tuple[str, ...] | None
    """The statuses in which nobody advances who opted out, all if empty; None where consent is asked for by nobody."""
    keys: Mapping[tuple[str, tuple[str, ...]], frozenset[str]] = field(default_factory=dict)
    """Module and key → the records that it names alone."""

    @property
    def pairs(self) -> list[Pair]:
        """The pairs that it is about."""
        return list(self.fields)


def draw(seed: int, size: int = 6) -> World:
    """The world of a seed; about `size` records a module."""
    return _Drawing(Random(seed), seed, size).world()  # noqa: S311  no secrets are drawn


class _Drawing:
    def __init__(self, dice: Random, seed: int, size: int) -> None:
        self.dice, self.seed, self.size = dice, seed, size
        self.next_id = dice.choice((300, 3652397000000300000))

    def world(self) -> World:
        dice = self.dice
        self.ways = Ways(
            dice.choice(("reset", "keep")),
            dice.choice(("null", "left_out")),
            dice.choice(("reject", "clear")),
            dice.choice(("nested", "flat", "both")),
            dice.choice(("asked", "all")),
            dice.choice(("hidden", "hidden", "refused", "shown")),
            dice.random() < 0.3,
        )
        pairs = dice.sample(list(PAIRS), dice.choice((1, 1, 2) if self.size > 100 else (1, 1, 2, 3)))
        own = {name: kind for name, kind in MEMBER_FIELDS.items() if dice.random() < 0.5}
        self.fields = {
            pair: {**PAIRS[pair], **(own if "Member_Status" in PAIRS[pair] else {})} for pair in pairs
        }
        modules = dict.fromkeys(module for pair in pairs for module in pair)
        self.records = {module: self._records(module) for module in modules}
        leads = list(self.records.get("Leads", {}))
        self.converted = frozenset(one for one in leads if dice.random() < 0.25)
        self._twins()
        people = [*leads, *self.records.get("Contacts", {})]
        opted_out = frozenset(one for one in people if dice.random() < 0.15)
        self.keys = {(module, key): self._unique(module, key) for module in modules for key in NAMES[module]}
        often = 0.95 if self.size > 100 else dice.choice((0.2, 0.4, 0.4, 0.9))
        current = {edge: self._held(edge[0]) for pair in pairs for edge in self._edges(pair, often)}
        wanted = self._wishes(pairs, current)
        return World(
            self.seed,
            self.records,
            self.fields,
            current,
            wanted,
            self._lists(wanted, current),
            self.converted,
            opted_out,
            self.ways,
            dice.choice((None, (), STATUSES[:4])),
            self.keys,
        )

    def _records(self, module: str) -> dict[str, dict[str, Any]]:
        # Of a big world the lists are to be long: longer than a page, and than a request has room for.
        most, least = (2, self.size * 3 // 4) if self.size > 100 else (4, 2)
        few = module in ("Campaigns", "Products", "Appointments__s") or (
            module == "Price_Books" and self.size <= 100
        )
        count = self.dice.randint(1, most) if few else self.dice.randint(least, self.size)
        words = self.dice.sample(WORDS, len(WORDS))
        return {self._id(): self._record(module, n, words) for n in range(count)}

    def _id(self) -> str:
        self.next_id += self.dice.randint(1, 3)
        return str(self.next_id)

    def _record(self, module: str, n: int, words: Sequence[str]) -> dict[str, Any]:
        dice = self.dice
        word = words[n] if n < len(words) and dice.random() < 0.7 else f"{dice.choice(words)} {n}"
        names = {name for key in NAMES[module] for name in key}
        record: dict[str, Any] = dict.fromkeys(sorted(names), word)
        if "Email" in names:
            # Not every lead has an address, and some share one.
            box = f"{word.split()[0].strip(',;')}{n if dice.random() < 0.9 else ''}@acme.example"
            record["Email"] = None if dice.random() < 0.15 else box.replace('"', "")
            record["First_Name"] = dice.choice(("Ana", "Bo", "Zoë"))
        if module == "Campaigns":
            record["Type"] = dice.choice(("Email", None, "Webinar"))
        if "Account_Number" in names:
            record["Account_Number"] = 1000 + n
        if "Product_Code" in names and dice.random() < 0.3:
            record["Product_Code"] = dice.choice((None, "KIT"))
        return record

    def _twins(self) -> None:
        """Some converted leads came back, under the same address."""
        for one in sorted(self.converted):
            if self.dice.random() < 0.2:
                self.records["Leads"][self._id()] = dict(self.records["Leads"][one])

    def _unique(self, module: str, key: tuple[str, ...]) -> frozenset[str]:
        """The records that a key names alone: of two that share it, one that was not converted."""
        bearers: dict[tuple[str, ...], list[str]] = {}
        for one, record in self.records[module].items():
            values = tuple("" if record[name] is None else str(record[name]).lower() for name in key)
            if all(values):
                bearers.setdefault(values, []).append(one)
        live = ([one for one in some if one not in self.converted] or some for some in bearers.values())
        return frozenset(some[0] for some in live if len(some) == 1)

    def _edges(self, pair: Pair, often: float) -> list[Edge]:
        every = [(pair, one, other) for one in self.records[pair[0]] for other in self.records[pair[1]]]
        return [edge for edge in every if self.dice.random() < often]

    def _held(self, pair: Pair) -> dict[str, Any]:
        """The fields of a relation that is there."""
        # Where a CRM leaves out what is empty, a list in which nothing of a kind shows is none that can be compared.
        blind = self.ways.empty == "left_out" and len(self.fields[pair]) == 1
        fields = {
            name: self._value(kind, empty=0.0 if blind else 0.2) for name, kind in self.fields[pair].items()
        }
        if "Member_Status" in fields:
            fields[UNDECLARED] = self.dice.choice((None, "B", "Süd"))
        return fields

    def _value(self, kind: str, *, empty: float = 0.0) -> Any:
        dice = self.dice
        if dice.random() < empty and kind != "status":
            return None
        pool: Mapping[str, Sequence[Any]] = {
            "status": STATUSES, "text": TEXTS, "number": NUMBERS, "boolean": (True, False),
        }  # fmt: skip
        return dice.choice(pool[kind])

    def _wishes(self, pairs: Sequence[Pair], current: Mapping[Edge, Fields]) -> dict[Edge, Fields | None]:
        dice = self.dice
        often = dice.choice((0.2, 0.5, 0.8))
        named = [edge for edge in current if dice.random() < often]
        new = often if self.size > 100 else often / 3
        named += [edge for pair in pairs for edge in self._edges(pair, new) if edge not in current]
        dice.shuffle(named)
        wishes = {edge: self._wish(edge, current.get(edge, {})) for edge in named}
        return self._full(wishes, current) if self.size > 100 else wishes

    def _full(
        self, wishes: dict[Edge, Fields | None], current: Mapping[Edge, Fields]
    ) -> dict[Edge, Fields | None]:
        """The wishes, with exactly a hundred relations of one record to be removed: what one request has room for."""
        pair, first, _ = next(iter(current))
        gone = [edge for edge in current if edge[:2] == (pair, first)][:100]
        others = {
            edge: fields for edge, fields in wishes.items() if edge[:2] != (pair, first) or fields is not None
        }
        return others | dict.fromkeys(gone, None)

    def _wish(self, edge: Edge, held: Fields) -> Fields | None:
        dice = self.dice
        if dice.random() < 0.15:
            return None
        wish = {}
        for name, kind in self.fields[edge[0]].items():
            if dice.random() < 0.2:
                continue
            same = held.get(name) is not None and dice.random() < 0.6
            wish[name] = held[name] if same else self._value(kind)
            if kind == "text" and dice.random() < 0.1:
                wish[name] = ""
        return wish

    def _lists(self, wanted: Mapping[Edge, Fields | None], current: Mapping[Edge, Fields]) -> list[Listing]:
        dice = self.dice
        left = {pair: dice.choice((1.0, 0.5, 0.0)) for pair in self.fields}
        rows: dict[tuple[Pair, bool, str], list[Edge]] = {}
        for edge in wanted:
            first = dice.random() < left[edge[0]]
            rows.setdefault((edge[0], first, edge[1] if first else edge[2]), []).append(edge)
        for edge in dice.sample(list(current), min(len(current), dice.choice((0, 0, 1)))):
            rows.setdefault((edge[0], True, edge[1]), [])
        listings = [
            listing for (pair, first, parent), edges in rows.items()
            for listing in self._split(pair, first, parent, edges, wanted)
        ]  # fmt: skip
        # What another file says stays desired though the command is not asked for it.
        if dice.random() < 0.3:
            away = dice.choice(sorted({listing.file for listing in listings} or {""}))
            if len({listing.file for listing in listings}) > 1:
                listings = [Listing(**{**vars(one), "inside": one.file != away}) for one in listings]
        return listings

    def _split(
        self,
        pair: Pair,
        first: bool,
        parent: str,
        edges: Sequence[Edge],
        wanted: Mapping[Edge, Fields | None],
    ) -> list[Listing]:
        """The documents over which a list is spread."""
        dice = self.dice
        module, related = pair if first else pair[::-1]
        # In a big world few lists are pruned: with all others of their rows, a hundred would be more.
        often = 0.35 if self.size <= 100 else 0.02
        prune, converted = dice.random() < (often if edges else 1.0), dice.random() < 0.3
        parts: list[list[Edge]] = [[] for _ in range(dice.choice((1, 1, 1, 2, 3)) if edges else 1)]
        for edge in edges:
            dice.choice(parts).append(edge)
            if dice.random() < 0.04:
                dice.choice(parts).append(edge)  # declared twice, in the same words
        names = [("id",), *(key for key in NAMES[module] if parent in self.keys[module, key])]
        return [
            self._listing(
                (pair, module, related, parent, dice.choice(names)), list(dict.fromkeys(part)), wanted, prune, converted
            )
            for part in parts
            if part or prune
        ]  # fmt: skip

    def _listing(
        self,
        place: tuple[Pair, str, str, str, tuple[str, ...]],
        edges: Sequence[Edge],
        wanted: Mapping[Edge, Fields | None],
        prune: bool,
        converted: bool,
    ) -> Listing:
        dice = self.dice
        pair, module, related, parent, parent_key = place
        of = {edge: edge[2] if module == pair[0] else edge[1] for edge in edges}
        wishes = [(of[edge], fields) for edge in edges if (fields := wanted[edge]) is not None]
        defaults: dict[str, Any] = {}
        for name in self.fields[pair]:
            every = [fields[name] for _, fields in wishes if name in fields]
            if every and len(every) == len(wishes) and dice.random() < 0.5:
                defaults[name] = dice.choice(every)
        rows = [
            (one, {name: value for name, value in fields.items() if _written(name, value, defaults, dice)})
            for one, fields in wishes
        ]
        sheet = [row for row in rows if dice.random() < 0.5] if dice.random() < 0.35 else []
        # In a sheet an empty cell is no value: such a row stands in the manifest.
        sheet = [row for row in sheet if all(value != "" for value in row[1].values())]
        return Listing(
            f"{dice.choice('abc')}.yaml",
            module,
            parent,
            pair,
            parent_key,
            dice.choice((("id",), *NAMES[related])),
            defaults,
            [row for row in rows if row not in sheet],
            sheet,
            [of[edge] for edge in edges if wanted[edge] is None],
            prune,
            converted,
        )


def _written(name: str, value: Any, defaults: Fields, dice: Random) -> bool:
    """Whether a row writes a field out: it may leave that to the defaults, if they say the same."""
    told = name in defaults and type(defaults[name]) is type(value) and defaults[name] == value
    return not told or dice.random() < 0.3
