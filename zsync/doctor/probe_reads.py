"""The questions of a probe that reading alone answers."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from zsync.crm.probing import Prober, Said
from zsync.doctor.probe_place import CAMPAIGNS, LEADS
from zsync.model.consent import STATUS

Notes = dict[str, str]
"""Question → its answer, or why it stays open."""

_LONG = 10_000
"""Characters of a query that is to be too long, if any is."""

_TRIED = (100, 50, 25, 10)


class ReadQuestions:
    """Asks them one after the other. `answers` and `left` fill as it goes."""

    def __init__(self, crm: Prober, answers: Notes, left: Notes) -> None:
        self._crm = crm
        self._pen = crm.pen
        self._answers = answers
        self._left = left

    async def ask(self, pause: Callable[[], None]) -> None:
        """Ask all. `pause` is called before each, and may raise. Raises `AccessDenied` and `CrmUnreachable`."""
        asks: tuple[Callable[[], Awaitable[None]], ...] = (
            self._metadata,
            self._unknown_campaign,
            self._list_case,
            self._query_case,
            self._query_values,
            self._query_length,
            self._converted,
            self._wrong_code,
        )
        for ask in asks:
            pause()
            await ask()

    async def _metadata(self) -> None:
        first, second = await self._crm.fields(CAMPAIGNS), await self._crm.fields(LEADS)
        where = {(True, False): "first", (False, True): "second", (True, True): "both"}
        self._answers["relation_fields_listed"] = where.get((STATUS in first, STATUS in second), "nowhere")
        self._answers["campaign_statuses"] = _bool(bool(await self._crm.statuses()))
        self._answers["gdpr"] = _bool("Data_Processing_Basis" in second)

    async def _unknown_campaign(self) -> None:
        # A lead's id is no campaign's.
        said = await self._crm.get(f"{CAMPAIGNS}/{self._pen.lead}/{self._pen.related_list}?fields=id")
        self._answers["parent_not_found_status"] = str(said.status)

    async def _list_case(self) -> None:
        name = self._pen.related_list
        other = name.lower() if name != name.lower() else name.upper()
        if other == name:
            self._left["list_name_case"] = "the name of the list has no letters"
            return
        said = await self._crm.get(f"{CAMPAIGNS}/{self._pen.campaign}/{other}?fields=id&ids={self._pen.lead}")
        self._answers["list_name_case"] = "sensitive" if said.code else "insensitive"

    async def _query_case(self) -> None:
        (row,) = await self._crm.records(LEADS, ["Email", "Last_Name"], [self._pen.lead]) or [{}]
        field, text = next(
            ((name, str(row[name])) for name in ("Email", "Last_Name") if row.get(name)), ("", "")
        )
        other = text.swapcase() if text.isascii() else text
        if other == text:
            self._left["coql_case"] = "the lead has no e-mail address or name of plain letters"
            return
        said = await self._select(f"{field} in ({_quoted(other)})")
        if said.code:
            self._left["coql_case"] = f"the query was refused: {said.first}"
        else:
            self._answers["coql_case"] = "insensitive" if said.rows else "sensitive"

    async def _query_values(self) -> None:
        name, first = "coql_values", int(self._pen.lead)
        for count in (_TRIED[0] + 1, *_TRIED):
            some = ",".join(f"'{first - at}'" for at in range(count))
            said = await self._crm.select(f"select id from {LEADS} where id in ({some})")  # noqa: S608  digits
            if not said.code:
                self._answers[name] = str(count) if count in _TRIED else "over 100"
                return
            if said.code != "LIMIT_EXCEEDED":
                self._left[name] = f"the query was refused: {said.first}"
                return
            if told := _number(said.details, "limit"):
                self._answers[name] = told
                return
        self._answers[name] = f"under {_TRIED[-1]}"

    async def _query_length(self) -> None:
        said = await self._select(f"Last_Name in ({_quoted('z' * _LONG)})")
        told = _number(said.details, "maximum_length") or _number(said.details, "limit")
        if said.code and not told:
            self._left["coql_length"] = f"a query of {_LONG:,} characters was refused: {said.first}"
        else:
            self._answers["coql_length"] = told or "0"

    async def _converted(self) -> None:
        path = self._pen.path
        here = await self._crm.get(f"{path}?fields=id&converted=true&per_page=1")
        if here.rows:
            shown = await self._crm.get(f"{path}?fields=id&ids={_id(here)}")
            self._answers["converted_default_hidden"] = _bool(not shown.rows)
        else:
            self._left["converted_default_hidden"] = "no converted lead is in the campaign"
            here = await self._crm.get(f"{LEADS}?fields=id&converted=true&per_page=1")
        if not here.rows:
            self._left["converted_in_coql"] = "the org has no converted lead"
            return
        who = f"id in ('{_id(here)}')"
        plain = await self._crm.select(f"select id from {LEADS} where {who}")  # noqa: S608  digits
        named = await self._crm.select(f"select id from {LEADS} where ({who} and Converted__s = true)")  # noqa: S608
        if plain.rows:
            self._answers["converted_in_coql"] = "shown"
        elif named.code == "INVALID_QUERY":
            self._answers["converted_in_coql"] = "refused"
        elif named.rows:
            self._answers["converted_in_coql"] = "hidden"
        else:
            self._left["converted_in_coql"] = (
                f"no query found the lead: {named.first if named.code else 'no rows'}"
            )

    async def _wrong_code(self) -> None:
        status = await self._crm.token_refusal()
        if status is None:
            self._left["oauth_error_status"] = "there is no client id and secret, only an access token"
        else:
            self._answers["oauth_error_status"] = str(status)

    async def _select(self, condition: str) -> Said:
        who = f"id in ('{self._pen.lead}')"
        return await self._crm.select(f"select id from {LEADS} where ({who} and {condition})")  # noqa: S608  quoted


def _id(said: Said) -> str:
    """The id of the first row; nothing but digits goes into an address."""
    found = str(said.rows[0].get("id"))
    return found if re.fullmatch("[0-9]{1,20}", found) else "0"


def _number(details: Mapping[str, Any], name: str) -> str:
    found = str(details.get(name, ""))
    return found if re.fullmatch("[0-9]{1,9}", found) else ""


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _bool(value: bool) -> str:
    return "true" if value else "false"
