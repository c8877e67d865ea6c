"""Plans and reports that the tests of the renderers share."""

from dataclasses import replace
from decimal import Decimal
from itertools import cycle

from zsync.model import (
    Action,
    Approval,
    BaseCommit,
    Bearer,
    Binding,
    Change,
    Configured,
    Conversion,
    Cost,
    Drift,
    Fields,
    Found,
    KeyMoved,
    ListState,
    Outcome,
    Plan,
    Report,
    Span,
    Stop,
    Summary,
    Withheld,
)
from zsync.model.grounds import (
    Backwards,
    BaseUnusable,
    Frozen,
    NoPrice,
    OutOfOrder,
    PriceBound,
    PriceStep,
    ProtectedRecord,
    Records,
    TooFew,
    Unread,
    UntouchableField,
    UntouchableKind,
)
from zsync.model.objections import Objection
from zsync.model.verdicts import Override, Setting, Verdict, Way

SPRING = ("Campaigns", "3652397000000500001", "Leads", "Spring Launch 2027")
RETAIL = ("Price_Books", "3652397000000600001", "Products", "Retail, EUR")
KEYS = {
    "Campaigns": "Campaign_Name",
    "Price_Books": "Price_Book_Name",
    "Products": "Product_Code",
    "Leads": "Email",
    "Contacts": "Email",
}
HOSTILE = (
    "a|b <script>alert(1)</script> @team ::error::x ##[error]y ${{ x }} `tick` ``two``\n| c |\r\x1b[31mred\x1b[0m "
    "\u202eevil\u2066 zero\u200bwidth [link](http://x.example) ![img](http://x.example/i.png) #123 GH-1 </details> "
    "<!-- c --> https://x.example www.example.com ana@acme.example **b** _i_ ~~s~~ $x^2$ :tada: &lt; \\| \\"
)
SPENT = Stop("failed", 8, "the credits of the day are used up")
BINDING = Binding(
    org_id="60001234567",
    org_type="sandbox",
    api_domain="https://www.zohoapis.eu",
    environment="demo",
    manifests="sha256:" + "1" * 64,
    guards="sha256:" + "2" * 64,
    git_commit="86d7fa4c0ffee86d7fa4c0ffee86d7fa4c0ffee0",
    zsync="0.1.0",
    created_at="2027-03-01T09:00:00Z",
    expires_at="2027-03-08T09:00:00Z",
    accounts_url="https://accounts.zoho.eu",
    configuration=Configured("relations/zsync.yaml", "sha256:" + "3" * 64),
    base=BaseCommit("4f1c2ab" + "0" * 33, None, "main"),
)


def change(
    label: str,
    before: Fields | None,
    after: Fields | None,
    *,
    to: tuple[str, str, str, str] = SPRING,
    number: int = 1,
    file: str = "campaigns/spring.yaml",
    origin: str = "change",
    related: str = "",
    carried: Fields | None = None,
) -> Change:
    """A change of the record `label`; its action follows from `before` and `after`. The list is named as its module is."""
    action: Action = "create" if before is None else "delete" if after is None else "update"
    module, record_id, related_list, record_label = to
    related_id = f"3652397000000{300_000 + number:06}"
    return Change(
        action,
        module,
        record_id,
        related_list,
        related or related_list,
        related_id,
        record_label,
        label,
        before,
        after,
        _key(module, record_label, record_id),
        _key(related or related_list, label, related_id),
        origin,
        Span(file, 10 + number, 9),
        carried=carried or {},
    )


def _key(module: str, label: str, record_id: str) -> dict[str, str]:
    """The field that the record is named by; none where its id names it."""
    return {} if label in ("", record_id) else {KEYS.get(module, module): label}


def plan(*changes: Change, unchanged: int = 7, binding: Binding = BINDING) -> Plan:
    """A plan of these changes; its requests are left out, for only `json` reads them."""
    actions = [one.action for one in changes]
    summary = Summary(actions.count("create"), actions.count("update"), actions.count("delete"), unchanged)
    digests = ("sha256:" + "c" * 64, "sha256:" + "d" * 64)
    return Plan(binding, summary, changes, (), Cost(4, 2, (3, 12), 1.2), *digests)


def mixed() -> Plan:
    """Two parents, all three actions, two records of one name, values of every type."""
    return plan(
        change("ana@acme.example", None, {"Member_Status": "Invited"}, number=1),
        change(
            "bo@acme.example",
            {"Member_Status": "Sent"},
            {"Member_Status": "Responded"},
            number=2,
            carried={"Seat": "VIP-7", "Hall": None},
        ),
        change("old@acme.example", {"Member_Status": "Sent"}, None, number=3, carried={"Seat": "A-1"}),
        change("Kim, Lee", {"Member_Status": None}, {"Member_Status": "Sent"}, number=4),
        change("Kim, Lee", {"Member_Status": ""}, {"Member_Status": "Sent "}, number=5),
        change(
            "bo@acme.example",
            {"Tags": ["a"], "Note": "x" * 70 + "old"},
            {"Tags": ["a", "b"], "Note": "x" * 70 + "new"},
            number=9,
        ),
        change("王芳", {"Optin": True, "Seats": 1}, {"Optin": False, "Seats": "1"}, number=6, origin="drift"),
        change(
            "TEA-1",
            {"list_price": Decimal("49.9")},
            {"list_price": 50},
            to=RETAIL,
            number=7,
            file="prices.csv",
        ),
        change(
            "TEA-2", None, {"list_price": Decimal("0.1"), "Tags": ["a", {"b": None}]}, to=RETAIL, number=8
        ),
    )


def conflicted() -> Plan:
    """Rows that both sides moved, withheld; one that a person decided, drift, and a row moved by both in different fields."""
    made = plan(
        change("noor@acme.example", {"Member_Status": "Invited"}, {"Member_Status": "Responded"}, number=1),
        replace(
            change("eli@acme.example", {"Member_Status": "Sent"}, {"Member_Status": "Planned"}, number=2),
            origin="conflict",
            agreed={"Member_Status": "Invited"},
        ),
        replace(
            change("ada@acme.example", {"A": 1, "Seats": 2}, {"A": 2, "Seats": 1}, number=3),
            origins={"Seats": "drift"},
        ),
        change("王芳", {"Member_Status": "Bounced"}, {"Member_Status": "Sent"}, number=4, origin="drift"),
    )
    return replace(
        made,
        withheld=withheld(),
        overrides=(Override("conflicts", "sales agreed", "*/eli@acme.example"),),
    )


def drifted() -> Drift:
    """What the CRM changed, removed and added, a price that slipped, and rows that no manifest names."""
    bulk = [
        replace(
            change(f"l{n}@acme.example", {"Member_Status": "Opened"}, {"Member_Status": "Sent"}, number=n),
            origin="drift",
        )
        for n in range(20, 35)
    ]
    rows = (
        change("jules@acme.example", {"Member_Status": "Opted Out"}, {"Member_Status": "Invited"}, number=1),
        change("tom@acme.example", None, {"Member_Status": "Planned"}, number=2),
        *bulk,
        change(
            "SENS-27", {"list_price": Decimal("9.99")}, {"list_price": Decimal("88.9")}, to=RETAIL, number=3
        ),
        change("pruned@acme.example", {}, None, to=("Products", "77", "Leads", "Tea"), number=4),
    )
    extra = (
        replace(change("kim@acme.example", {"Member_Status": "Sent"}, None, number=40), source=None),
        replace(change("wen@acme.example", {"Member_Status": None}, None, number=41), source=None),
    )
    sizes = (
        ListState(*SPRING[:3], "Leads", 118, 116, 2),
        ListState(*RETAIL[:3], "Products", 40, 40, 0),
        ListState("Products", "77", "Leads", "Leads", None, 3, None),
    )
    made = plan(*(replace(one, origin="drift") for one in rows), unchanged=115)
    return Drift(replace(made, unmanaged=extra, lists=sizes))


def withheld(label: str = "bo@acme.example", to: tuple[str, str, str, str] = SPRING) -> tuple[Withheld, ...]:
    """A conflict over each action."""
    sent, out, agreed = ({"Member_Status": status} for status in ("Sent", "Opted Out", "Invited"))
    states = ((out, sent, agreed), (out, None, agreed), (None, sent, agreed), (out, sent, None))
    return tuple(
        Withheld(
            "conflict",
            replace(
                change(f"{number}{label}", before, after, to=to, number=number),
                origin="conflict",
                agreed=base,
            ),
        )
        for number, (before, after, base) in enumerate(states, 20)
    )


def converted() -> Plan:
    """Leads that are contacts by now, beside a conflict: one that is no member, one that is, one whose conversion nobody knows."""
    rows = (
        Withheld(
            "converted",
            change("ana@acme.example", None, {"Member_Status": "Sent"}, number=30),
            Conversion("2026-11-02T09:10:11+01:00", "3652397000000400001"),
            movable=True,
        ),
        Withheld(
            "converted",
            change(
                "bo@acme.example",
                {"Member_Status": "Sent", "Seat": None},
                {"Member_Status": "Opened", "Seat": "A-1"},
                number=31,
            ),
            Conversion("2026-11-03T09:10:11+01:00", "3652397000000400002"),
        ),
        Withheld("converted", change("cy@acme.example", None, {}, number=32), Conversion()),
        withheld()[0],
    )
    return replace(
        plan(change("dee@acme.example", None, {"Member_Status": "Sent"}, number=33)), withheld=rows
    )


def consented() -> Plan:
    """People who said no, each by another rule, and one who is written all the same because the campaign's Type is no Email."""

    def no(label: str, number: int, objection: Objection, before: Fields | None = None) -> Withheld:
        row = change(label, before, {"Member_Status": "Sent"}, number=number)
        return Withheld("consent", replace(row, objection=objection))

    rows = (
        no("ana@acme.example", 40, Objection("field", "Email_Opt_Out", True)),
        no("bo@acme.example", 41, Objection("never", file="relations/suppress.csv", line=17)),
        no(
            "cy@acme.example",
            42,
            Objection("field", "Reason_Lost", "Ana Lind asked"),
            {"Member_Status": "Planned"},
        ),
        no("dee@acme.example", 43, Objection("unread", "Email_Opt_Out", base=True)),
        no("3652397000000300044", 44, Objection("unread")),
    )
    warned = replace(
        change("fay@acme.example", None, {"Member_Status": "Sent"}, number=45),
        objection=Objection("field", "Unsubscribed_Mode", "Manual"),
    )
    return replace(plan(warned, change("gil@acme.example", None, {}, number=46)), withheld=rows)


def refrained() -> Report:
    """The same plan, of which one person said no since the review."""
    held = Outcome("held", objection=Objection("never", file="relations/suppress.csv", line=18))
    return Report(consented(), (Outcome("applied"), held), 6, 1, 1.5, None, "20270301T090000Z-5b1c0f2a")


def only_withheld() -> Plan:
    """Nothing to write, for all that differs is a conflict."""
    return replace(plan(), withheld=withheld()[:1])


def deletes_only() -> Plan:
    """A pruned list: nothing but deletions, of a parent that is known by its id alone."""
    to = ("Campaigns", "3652397000000500001", "Contacts", "3652397000000500001")
    return plan(*(change(f"c{n}@acme.example", {}, None, to=to, number=n) for n in range(3)), unchanged=0)


def hostile() -> Plan:
    """Every text that strangers can choose, chosen by one who means harm."""
    to = (HOSTILE, HOSTILE, HOSTILE, f"{HOSTILE} the name")
    binding = replace(
        BINDING,
        org_id=HOSTILE,
        org_type=HOSTILE,
        api_domain=HOSTILE,
        environment=HOSTILE,
        accounts_url=HOSTILE,
        configuration=Configured(HOSTILE, HOSTILE),
        base=BaseCommit("4f1c2ab" + "0" * 33, None, HOSTILE, "unreadable"),
    )
    fields = {HOSTILE: HOSTILE, "Nested": {HOSTILE: [HOSTILE]}}
    made = plan(
        change(HOSTILE, fields, None, to=to, file=HOSTILE, number=1),
        change(HOSTILE, {"Member_Status": HOSTILE}, {"Member_Status": HOSTILE + "!"}, to=to, number=2),
        change(HOSTILE + "2", None, fields, to=to, file=HOSTILE, number=3, origin=HOSTILE),
        binding=binding,
    )
    ways: tuple[Way, ...] = ("changes", "loosens", "tightens")
    settings = tuple(Setting(HOSTILE, HOSTILE, HOSTILE, HOSTILE, way, 3) for way in ways)
    return replace(made, settings=settings, withheld=withheld(HOSTILE, to))


def bare() -> Plan:
    """As little as a plan can say: no names, no places, no binding, no digests, a link without fields."""
    binding = Binding("", "", "", "", "", "", "", "", "", "")
    to = ("Products", "3652397000000600001", "Leads", "")
    one = replace(change("", None, {}, to=to), source=None)
    return Plan(binding, Summary(create=1), (one,), (), Cost(1, 1, (1, 1), 0.2))


def huge(changes: int = 15_000, lists: int = 30) -> Plan:
    """Many changes over many campaigns; every third list loses relations."""
    states: list[tuple[Fields | None, Fields | None]] = [
        ({"Member_Status": "Sent"}, None),
        (None, {"Member_Status": "Invited"}),
        ({"Member_Status": "Sent"}, {"Member_Status": "Responded"}),
    ]
    made = []
    for number, (before, after) in zip(range(changes), cycle(states), strict=False):
        at = number % lists
        to = ("Campaigns", f"36523970000005{at:05}", "Leads", f"Campaign {at}")
        made.append(change(f"lead{number}@acme.example", before, after, to=to, number=number))
    return plan(*made, unchanged=100_000)


def huge_drift(changes: int, lists: int) -> Plan:
    """The same, every second change made by the CRM."""
    made = huge(changes, lists)
    origins = cycle(["change", "drift"])
    rows = [replace(one, origin=origin) for one, origin in zip(made.changes, origins, strict=False)]
    return replace(made, changes=tuple(rows))


def many() -> Plan:
    """Lists with more than a reader takes one by one: alike, drifted, priced one by one, in many ways, and hostile."""
    ways = [{"Member_Status": f"Step {n}"} for n in range(9)]
    prices = range(1_000, 1_030)
    harm = (HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    bare = ("Products", "3652397000000700001", "Leads", "Tea")
    return plan(
        *(change(f"old{n}@acme.example", {"Member_Status": "Sent"}, None, number=n) for n in range(12)),
        *(change(f"a{n}@acme.example", None, {"Member_Status": "Planned"}, number=n) for n in range(40)),
        *(change(f"b{n}@acme.example", ways[n % 9], {"Member_Status": "Sent"}, number=n) for n in range(60)),
        *(
            change(f"c{n}@acme.example", ways[1], {"Member_Status": "Sent"}, number=n, origin="drift")
            for n in range(13)
        ),
        *(change(f"TEA-{n}", {"list_price": n}, {"list_price": n + 1}, to=RETAIL, number=n) for n in prices),
        *(change(f"OAT-{n}", None, {"list_price": n, "Unit": "kg"}, to=RETAIL, number=n) for n in prices),
        *(change(f"l{n}@acme.example", None, {}, to=bare, number=n) for n in range(14)),
        *(
            change(f"{HOSTILE}{n}", None, {HOSTILE: HOSTILE}, to=harm, number=n, origin=HOSTILE)
            for n in range(14)
        ),
        *(
            change(f"m{n}", {"S": ".", HOSTILE: n}, {"S": HOSTILE, HOSTILE: -n}, to=harm, number=n)
            for n in range(24)
        ),
    )


def applied(of: Plan) -> Report:
    """The report of a plan that went through."""
    return Report(of, (Outcome("applied"),) * len(of.changes), reads=4, writes=2, seconds=1.23)


def refused(of: Plan) -> Report:
    """The report of a plan of which the CRM refused every row, in words that mean harm."""
    return Report(
        of, (Outcome("refused", HOSTILE, HOSTILE),) * len(of.changes), 4, 2, 0.05, Stop("failed", 1, HOSTILE)
    )


HARM = {HOSTILE: HOSTILE}


def harmed() -> Report:
    """A plan that guards refuse on hostile grounds, and what became of it, in facts that strangers have written."""
    records = Records(HOSTILE, HOSTILE, None, HOSTILE)
    grounds = (
        ProtectedRecord("delete", HOSTILE, HOSTILE, records),
        TooFew(records, HOSTILE, 2, 1, 2),
        Unread(HOSTILE, HOSTILE, HOSTILE),
        UntouchableField(HOSTILE, HOSTILE, [HOSTILE]),
        UntouchableKind("create", HOSTILE, HOSTILE),
        Backwards(HOSTILE, HOSTILE, {HOSTILE: HOSTILE}, (HOSTILE, HOSTILE)),
        OutOfOrder(HOSTILE, HOSTILE, (HOSTILE,)),
        PriceStep(HOSTILE, HOSTILE, HOSTILE, "up", 5),
        PriceBound(HOSTILE, HOSTILE, "below", 1, HOSTILE, HOSTILE, HOSTILE),
        NoPrice(HOSTILE, HOSTILE),
        Frozen(HOSTILE, HOSTILE, HOSTILE),
        BaseUnusable(HOSTILE, HOSTILE),
    )
    span = Span(HOSTILE, 3, 5)
    verdicts = tuple(Verdict(HOSTILE, ground, HOSTILE, 0, span=span) for ground in grounds)
    made = replace(hostile(), verdicts=verdicts)
    outcomes = (
        Outcome("held", found=Found({HOSTILE: HOSTILE, "Nested": {HOSTILE: [HOSTILE]}}, HOSTILE, HOSTILE)),
        Outcome("unknown", HOSTILE, HOSTILE, "lost", HOSTILE, HOSTILE),
        Outcome(
            "held", key=KeyMoved("parent", HOSTILE, HOSTILE, HARM, (Bearer(HOSTILE, HOSTILE),), HARM, HOSTILE)
        ),
    )
    stop = Stop("refused", 8, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    approval = Approval(HOSTILE, (HOSTILE, "bo"), HOSTILE, f"https://github.example/{HOSTILE}")
    overrides = (Override(HOSTILE, HOSTILE),)
    return Report(made, outcomes, 4, 2, 0.05, stop, HOSTILE, overrides, approval, f"out/{HOSTILE}")


def troubled(stopped: Stop | None = None) -> Report:
    """The mixed plan with one outcome of every kind and more."""
    outcomes = (
        Outcome("applied"),
        Outcome("refused", "INVALID_DATA", "the related id given seems to be invalid"),
        Outcome("applied"),
        Outcome("held", found=Found({"Member_Status": "Responded"}, "2027-03-01T10:30:00+01:00", "Kim Lee")),
        Outcome(
            "unknown", doubt="lost", request="PUT /Campaigns/3652397000000500001/Leads", problem="ReadTimeout"
        ),
        Outcome("refused", "$(rm -rf ~)", HOSTILE),
        Outcome("unsent"),
        Outcome("applied"),
        Outcome("applied"),
    )
    approval = Approval(
        "ana", ("bo", "cy[bot]"), "ana", "https://github.example/acme/crm/actions/runs/7/attempts/2"
    )
    return Report(
        mixed(),
        outcomes,
        6,
        3,
        75.4,
        stopped,
        "20270301T090000Z-5b1c0f2a",
        approval=approval,
        journal="out/a b.jsonl",
    )
