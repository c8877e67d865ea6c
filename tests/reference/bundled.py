"""The page of the bundled CRM: what is emulated, its switches, its worlds, its faults, its control endpoints."""

import ast
import inspect
import json
import re
from dataclasses import fields
from types import ModuleType
from typing import Any, get_args, get_origin, get_type_hints

from tests.clients.installed import N8N_NODES
from tests.reference.markdown import code, fence, prose, table
from tests.test_project import ROOT
from zsync.emulator import colleague, control, faults, seed, switches
from zsync.emulator.calls import operations
from zsync.emulator.routes import OAUTH_PATH, REVOKE_PATH

_SECTIONS = {"switches.py": "Switches", "colleague.py": "Edits", "faults.py": "Faults", "seed.py": "Worlds"}


def page() -> str:
    """All of it, each part from its module."""
    return "\n".join(
        [
            "# The bundled CRM\n",
            "`zsync emulator` runs a CRM on 127.0.0.1 that speaks Zoho's relation API, v2 to v8. [Try it](../try-it.md) shows how; the options "
            "are in [commands](commands.md#zsync-emulator).\n",
            "## Calls\n",
            emulated(),
            "What is not emulated: external ids (`X-EXTERNAL`), `If-Modified-Since`, parents in the recycle bin, layouts (`layout_id`), several "
            "organisations or profiles at once, search, composite and bulk calls, webhooks and workflows. Such a call gets Zoho's "
            "refusal of an unknown URL, method or id; such a header or parameter changes nothing.\n",
            "## Other clients\n",
            "`make test-more` runs these against it, unmodified and at these versions:\n",
            table(["client", "version", "what it does"], others()),
            "To point one of Zoho's SDKs at the bundled CRM, construct its `Environment` with the URL that `zsync emulator` prints (for the token, "
            "that URL and `/oauth/v2/token`) instead of taking one from a data centre.\n",
            "## Switches\n",
            "What Zoho's documentation leaves open, and Zoho's limits. Each default is the harder choice for a client. Turn one with `--switch "
            "NAME=VALUE` (a list with commas), under `switches:` in a world, or at run time.\n",
            table(["switch", "values", "default", "means"], _switches()),
            "## Worlds\n",
            told(seed),
            "## Faults\n",
            told(faults),
            "## Control endpoints\n",
            told(control),
            "## Edits\n",
            told(colleague),
        ]
    )


def emulated() -> str:
    """The table of operations, the token endpoint first."""
    rows = [
        (
            "POST",
            OAUTH_PATH,
            "-",
            "`refresh_token` and a self-client's `authorization_code`, by form, multipart form or query",
        ),
        ("POST", REVOKE_PATH, "-", "ends one refresh token with its access tokens, or one access token"),
    ]
    rows += [
        (each.method, f"/crm/{{version}}{each.path}", f"v{each.since}", each.note) for each in operations()
    ]
    return table(
        ["call", "path", "since", "what there is of it"], [(a, code(b), c, prose(d)) for a, b, c, d in rows]
    )


def others() -> list[tuple[str, str, str]]:
    """Clients that are not ours, at the versions that their locks pin."""
    clients = ROOT / "tests" / "clients"
    needs: dict[str, str] = json.loads((clients / "node-sdk" / "package.json").read_text("utf-8"))[
        "dependencies"
    ]
    ((node_sdk, node_version),) = needs.items()
    locks = (
        (clients / "sdk7.lock").read_text("utf-8"),
        (ROOT / "tests" / "requirements.lock").read_text("utf-8"),
    )
    pins = [re.search(r"^(zohocrmsdk[\w-]+)==([\w.]+)", lock, re.MULTILINE) for lock in locks]
    sdks = [(pin[1].replace("-", "_"), pin[2]) for pin in pins if pin]
    n8n, _, n8n_version = N8N_NODES.rpartition("@")
    kinds = (
        "every kind from both sides: links with fields, reads page by page and one by one, changes, delinks"
    )
    records = "Leads, Contacts, Products, Deals on v2: create, get, get all, update, upsert, delete"
    return [
        *((f"Zoho's Python SDK, {code(name)}", version, kinds) for name, version in sdks),
        (f"Zoho's Node SDK, {code(node_sdk)}", node_version, kinds),
        (f"n8n's Zoho CRM node, {code(n8n)}", n8n_version, records),
    ]


def told(module: ModuleType) -> str:
    """A module's own words: paragraphs, and what is indented as code."""
    names = "|".join(map(re.escape, _SECTIONS))
    text = re.sub(names, lambda found: _SECTIONS[found[0]], inspect.getdoc(module) or "")
    return "\n".join(_blocks(text))


def _blocks(text: str) -> list[str]:
    """Paragraphs as prose; what is indented as code, in YAML but for the list of calls."""
    parts = re.findall(r"(?:^ {4}.*\n?|^\n(?= {4}))+|(?:^(?! {4}).*\n?)+", text, re.MULTILINE)
    return [
        fence(
            inspect.cleandoc("\n" + part),
            "yaml" if ": " in part and "GET " not in part.split("\n")[0] else "",
        )
        if part.strip("\n").startswith("    ")
        else "\n\n".join(map(prose, part.strip().split("\n\n"))) + "\n"
        for part in parts
        if part.strip()
    ]


def _switches() -> list[tuple[str, str, str, str]]:
    hints, meanings = get_type_hints(switches.Switches), _meanings()
    return [
        (code(each.name), _values(hints[each.name]), _shown(each.default), prose(meanings[each.name]))
        for each in fields(switches.Switches)
    ]


def _values(hint: Any) -> str:
    if hint is bool:
        return "`true`, `false`"
    if get_origin(hint) is frozenset:
        return "a list"
    return ", ".join(code(str(one)) for one in get_args(hint)) or {int: "a number", str: "text"}[hint]


def _shown(value: object) -> str:
    if isinstance(value, frozenset):
        return "none"
    return code(str(value).lower() if isinstance(value, bool) else str(value))


def _meanings() -> dict[str, str]:
    """Switch → the text behind it in the source."""
    (made,) = ast.parse(inspect.getsource(switches.Switches)).body
    assert isinstance(made, ast.ClassDef)
    pairs = zip(made.body, made.body[1:], strict=False)
    return {
        name.target.id: inspect.cleandoc(text.value.value)
        for name, text in pairs
        if isinstance(name, ast.AnnAssign) and isinstance(name.target, ast.Name)
        if isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
