"""`guards:` of zsync.yaml → guards ready to be evaluated, or their errors."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic_core import PydanticCustomError

from zsync.config.freezes import FreezeModel
from zsync.config.guard_models import (
    GuardsModel,
    LimitModel,
    LimitsModel,
    MinSizeModel,
    ProtectedModel,
    RecordsModel,
)
from zsync.guards.counts import Counting, Limit, MinSize, Protected
from zsync.guards.evaluation import GUARDS, Rule
from zsync.guards.fields import Order, Prices, Untouchable
from zsync.guards.times import CreditReserve, FreezeWindow
from zsync.guards.withheld import Conflicting, Withholding
from zsync.kinds import NAME_FIELDS, Kind, find_kind, module_name
from zsync.kinds import table as kinds_table
from zsync.model import Action, Sentence, Span
from zsync.model.grounds import Records
from zsync.syntax.checking import check, did_you_mean, nearest, wrong_type
from zsync.syntax.document import Map, Node, Seq
from zsync.syntax.locating import Extent, locate
from zsync.syntax.source import At, Finding, SourceText

Model = TypeVar("Model", bound=BaseModel)
Number = TypeVar("Number", int, Decimal)

_ACTIONS: dict[str, tuple[Action, ...]] = {
    "max_deletes": ("delete",),
    "max_updates": ("update",),
    "max_creates": ("create",),
    "max_changes": ("create", "update", "delete"),
}


def digest(*guards: Node) -> str:
    """`sha256:…` of these parts of zsync.yaml; empty ones do not count."""
    said = [node for node in guards if node]
    # Sorted: the order of keys means nothing, so moving them changes no guard.
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_guards(
    node: Map,
    kinds: tuple[Kind, ...],
    consent: frozenset[str],
    source: SourceText,
    findings: list[Finding],
) -> tuple[Rule, ...]:
    """The guards of a mapping, in the order of `GUARDS`. Their errors are added to the findings.

    `consent` are the fields in which people say no.
    """
    known = Map({name: value for name, value in node.items() if name in GUARDS})
    known.line, known.column = node.line, node.column
    for name in node:
        if name not in GUARDS:
            at, meant = At(source, node.line, node.column, name, "key"), nearest(name, tuple(GUARDS))
            advice = did_you_mean(meant) if meant else "known are: " + ", ".join(GUARDS)
            findings.append(Finding("unknown-guard", f"there is no guard `{name}`", at, advice))
    model, wrong = check(GuardsModel, known, source, findings)
    places = locate(source, {(node.line, node.column)}).get((node.line, node.column), {})
    extents = {str(name): entry.value for name, entry in places.items()}
    reader = _GuardReader(known, kinds, consent, source, findings, extents)
    return tuple(reader.rules(model, wrong)) if model else ()


@dataclass(slots=True)
class _GuardReader:
    node: Map
    kinds: tuple[Kind, ...]
    consent: frozenset[str]
    source: SourceText
    findings: list[Finding]
    extents: dict[str, Extent]

    def rules(self, model: GuardsModel, wrong: frozenset[str]) -> Iterator[Rule]:
        for name, actions in _ACTIONS.items():
            limits: LimitsModel | None = getattr(model, name)
            if limits is not None:
                yield self.counting(Counting, name, actions, limits)
        if model.max_withheld is not None:
            yield self.counting(Withholding, "max_withheld", (), model.max_withheld)
        if model.conflicts is not None:
            yield Conflicting("conflicts", self.span("conflicts"), model.conflicts)
        for name, make in self.listed().items():
            if name in self.node and name not in wrong:
                yield from make(name, self.node[name])
        if (price := model.list_price) is not None:
            yield Prices(
                "list_price", self.span("list_price"), price.max_rise, price.max_fall, price.min, price.max
            )
        if model.member_status is not None:
            yield Order("member_status", self.span("member_status"), model.member_status.order)
        yield from self.untouchable(model)
        if (left := model.credits) is not None:
            yield CreditReserve("credits", self.span("credits"), left.keep, left.daily)

    def listed(self) -> dict[str, Callable[[str, Node], Iterator[Rule]]]:
        """Guards that are written as a list of mappings; each item is a guard of its own."""
        return {
            "min_size": lambda name, node: self.each(name, node, MinSizeModel, self.min_size),
            "protected_records": lambda name, node: self.each(name, node, ProtectedModel, self.protected),
            "freeze": lambda name, node: self.each(name, node, FreezeModel, self.freeze),
        }

    def span(self, name: str) -> Span:
        """Where a guard's value stands."""
        extent = self.extents.get(name)
        line, column = (extent.line, extent.column) if extent else (self.node.line, self.node.column)
        return Span(self.source.name, line, column)

    def counting(
        self, guard: type[Counting], name: str, actions: tuple[Action, ...], model: LimitsModel
    ) -> Counting:
        """The guard of a limit. A plain limit holds for each list and in all: a number for all lists covers each of them, and a
        per cent of each covers all.
        """
        per_list, in_all = _sound(model.per_list), _sound(model.in_all)
        return guard(
            name,
            self.span(name),
            frozenset(actions),
            Limit(per_list.count, _least(model.percent, per_list.percent)),
            Limit(_least(model.count, in_all.count), in_all.percent),
        )

    def each(
        self, name: str, node: Node, shape: type[Model], make: Callable[[Model, Map, Span], Rule | None]
    ) -> Iterator[Rule]:
        """The guards of a list."""
        if not isinstance(node, Seq) or not node:
            at = At(self.source, self.node.line, self.node.column, name)
            advice = "write one `- {…}` a line below it"
            self.findings.append(wrong_type(name, "a list of one or more", node, at, advice))
            return
        for index, item in enumerate(node):
            if not isinstance(item, Map):
                at = At(self.source, node.line, node.column, index)
                self.findings.append(wrong_type(name, "a list of mappings", item, at, "write `- {…}`"))
                continue
            model, wrong = check(shape, item, self.source, self.findings)
            sound = model is not None and not wrong
            rule = make(model, item, Span(self.source.name, item.line, item.column)) if sound else None  # type: ignore[arg-type]
            if rule:
                yield rule

    def min_size(self, model: MinSizeModel, node: Map, span: Span) -> Rule | None:
        related, records = module_name(model.list), self.records(model, node)
        if records and find_kind(records.module, related, self.kinds) is None:
            advice = "lists are between the modules of:\n" + kinds_table(self.kinds)
            self.wrong(node, "list", f"{records.module} has no list of {related} that zsync writes", advice)
            return None
        return MinSize("min_size", span, records, related, model.rows) if records else None

    def protected(self, model: ProtectedModel, node: Map, span: Span) -> Rule | None:
        records = self.records(model, node)
        if not {"id", "name"} & model.model_fields_set:
            advice = "write `name:` with a pattern; for all records of a module there is `untouchable_kinds`"
            self.wrong(node, "module", "protected records need `id` or `name`", advice)
        if records is None:
            return None
        return Protected("protected_records", span, records, leaving=records.field in self.consent)

    def freeze(self, model: FreezeModel, node: Map, span: Span) -> Rule | None:
        try:
            return FreezeWindow("freeze", span, model.window())
        except PydanticCustomError as error:
            help_ = str((error.context or {}).get("help", ""))
            self.wrong(node, next(iter(node)), error.message(), help_)
            return None

    def records(self, model: RecordsModel, node: Map) -> Records | None:
        """The records that a guard names. A module without relations is an error: the guard would protect nothing."""
        module, known = (
            module_name(model.module),
            {name for kind in self.kinds for name in (kind.left, kind.right)},
        )
        field = model.field or NAME_FIELDS.get(module)
        if module not in known:
            meant = nearest(module, tuple(sorted(known)))
            advice = did_you_mean(meant) if meant else "known are: " + ", ".join(sorted(known))
            self.wrong(node, "module", f"no relation has the module `{module}`", advice)
            return None
        if {"id", "name"} <= model.model_fields_set:
            self.wrong(
                node, "name", "records are given by `id` or by `name`, not by both", "remove one of the two"
            )
        if field is None and model.name is not None:
            self.wrong(node, "name", f"which field names records of {module}?", "add `field:`")
            return None
        return Records(module, field or "id", model.id, model.name)

    def untouchable(self, model: GuardsModel) -> Iterator[Rule]:
        known = {name for kind in self.kinds for name in kind.fields}
        for index, name in enumerate(model.untouchable_fields or ()):
            if name not in known:
                meant, at = nearest(name, tuple(sorted(known))), self.node["untouchable_fields"]
                advice = did_you_mean(meant) if meant else "known are: " + ", ".join(sorted(known))
                self.wrong(at, index, f"no relation has the field `{name}`", advice)
        if model.untouchable_fields is not None:
            name = "untouchable_fields"
            yield Untouchable(name, self.span(name), fields=frozenset(model.untouchable_fields))
        pairs = [
            tuple(module_name(name.replace(" ", "_")) for name in pair)
            for pair in model.untouchable_kinds or ()
        ]
        for index, (left, right) in enumerate(pairs):
            if find_kind(left, right, self.kinds) is None:
                advice = "kinds are:\n" + kinds_table(self.kinds)
                self.wrong(
                    self.node["untouchable_kinds"], index, f"{left}–{right} is not a relation kind", advice
                )
        if pairs:
            name = "untouchable_kinds"
            yield Untouchable(name, self.span(name), pairs=frozenset(map(frozenset, pairs)))

    def wrong(self, node: Any, key: str | int, message: str, advice: str | Sentence) -> None:
        """Add a finding for a value that has the right shape and no meaning."""
        at = At(self.source, node.line, node.column, key)
        self.findings.append(Finding("bad-value", message, at, advice))


def _sound(limit: LimitModel | None) -> LimitModel:
    return LimitModel() if limit is None else limit


def _least(*limits: Number | None) -> Number | None:
    return min((limit for limit in limits if limit is not None), default=None)
