"""The organisation that the contract is held against: the bundled CRM, or with `-m sandbox` a real one.

For a real one set ZSYNC_CLIENT_ID, ZSYNC_CLIENT_SECRET, ZSYNC_REFRESH_TOKEN, ZSYNC_ACCOUNTS_URL (of its data centre)
and the ids of records to try on: ZSYNC_SANDBOX_CAMPAIGN and ZSYNC_SANDBOX_LEAD, which is not a member of it, and
ZSYNC_SANDBOX_PRICE_BOOK and ZSYNC_SANDBOX_PRODUCT, which is not in it. Whatever is linked is delinked again.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from zsync.emulator import running

SCHEMAS = Path(__file__).parent / "schemas"
RECORDS = ("CAMPAIGN", "LEAD", "PRICE_BOOK", "PRODUCT")
WORLD: dict[str, Any] = {
    "records": {
        "Campaigns": [{"id": "3652397000000500001", "Campaign_Name": "Spring"}],
        "Leads": [
            {"id": "3652397000000300001", "Last_Name": "Haddad", "Email": "noor@acme.example"},
            {"id": "3652397000000300002", "Last_Name": "Okafor", "Email": "jules@acme.example"},
        ],
        "Price_Books": [{"id": "3652397000000700001", "Price_Book_Name": "Wholesale"}],
        "Products": [{"id": "3652397000000600001", "Product_Name": "Kit"}],
    },
    "relations": {"Campaigns/3652397000000500001/Leads": [{"id": "3652397000000300002"}]},
}


@dataclass(frozen=True)
class Tried:
    """An organisation to try things on. `ids` are by their lower-case names: `campaign`, `lead` …"""

    client: httpx.Client
    token: Mapping[str, Any]
    ids: Mapping[str, str]

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        """One request; `{campaign}` and the like in the path stand for ids."""
        return self.client.request(method, path.format(**self.ids), json=body, params=query)


@pytest.fixture(scope="session", params=["emulator", pytest.param("sandbox", marks=pytest.mark.sandbox)])
def crm(request: pytest.FixtureRequest) -> Iterator[Tried]:
    """The organisation, and a client with a token for it."""
    with ExitStack() as stack:
        if request.param == "emulator":
            variables = stack.enter_context(running(WORLD)).environment()
            listed = [
                WORLD["records"][module][0]["id"]
                for module in ("Campaigns", "Leads", "Price_Books", "Products")
            ]
            variables |= {f"ZSYNC_SANDBOX_{name}": each for name, each in zip(RECORDS, listed, strict=True)}
        else:
            variables = dict(os.environ)
        tried = _tried(variables, stack)
        kind = tried.ask("GET", "/org").json()["org"][0]["type"]
        assert kind == "sandbox", f"the organisation is a {kind} one: nothing is tried on it"
        yield tried


def _tried(variables: Mapping[str, str], stack: ExitStack) -> Tried:
    wanted = ["ZSYNC_CLIENT_ID", "ZSYNC_CLIENT_SECRET", "ZSYNC_REFRESH_TOKEN", "ZSYNC_ACCOUNTS_URL"]
    wanted += [f"ZSYNC_SANDBOX_{name}" for name in RECORDS]
    missing = [name for name in wanted if not variables.get(name)]
    if missing:
        pytest.fail(f"set {', '.join(missing)}: see tests/contract/conftest.py", pytrace=False)
    form = {name.removeprefix("ZSYNC_").lower(): variables[name] for name in wanted[:3]}
    url = f"{variables['ZSYNC_ACCOUNTS_URL']}/oauth/v2/token"
    token = httpx.post(url, data={**form, "grant_type": "refresh_token"}).json()
    checked(token, "token")
    headers = {"Authorization": f"Zoho-oauthtoken {token['access_token']}"}
    client = httpx.Client(base_url=f"{token['api_domain']}/crm/v8", headers=headers, timeout=300)
    ids = {name.lower(): variables[f"ZSYNC_SANDBOX_{name}"] for name in RECORDS}
    return Tried(stack.enter_context(client), token, ids)


def checked(value: Any, schema: str) -> Any:
    """The value itself when it is as `schemas/{schema}.json` says."""
    text = (SCHEMAS / f"{schema}.json").read_text("utf-8")
    jsonschema.validate(value, json.loads(text), cls=jsonschema.Draft202012Validator)
    return value
