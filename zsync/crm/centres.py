"""Zoho's data centres: where accounts and the API of each are.

https://www.zoho.com/crm/developer/docs/api/v8/multi-dc.html
"""

from types import MappingProxyType
from typing import NamedTuple


class Centre(NamedTuple):
    """The hosts of one data centre, as URLs without a slash at the end."""

    accounts_url: str
    api_domain: str
    sandbox: str
    developer: str

    def api(self, org_type: str) -> str:
        """The API's address for a production, sandbox or developer org."""
        return {"sandbox": self.sandbox, "developer": self.developer}.get(org_type, self.api_domain)


def _centre(accounts: str, end: str) -> Centre:
    www, sandbox, developer = (f"https://{part}.zohoapis.{end}" for part in ("www", "sandbox", "developer"))
    return Centre(f"https://{accounts}", www, sandbox, developer)


CENTRES = MappingProxyType(
    {
        "us": _centre("accounts.zoho.com", "com"),
        "eu": _centre("accounts.zoho.eu", "eu"),
        "in": _centre("accounts.zoho.in", "in"),
        "au": _centre("accounts.zoho.com.au", "com.au"),
        "jp": _centre("accounts.zoho.jp", "jp"),
        "cn": _centre("accounts.zoho.com.cn", "com.cn"),
        "ca": _centre("accounts.zohocloud.ca", "ca"),
        "sa": _centre("accounts.zoho.sa", "sa"),
    }
)
"""Data centre, as `data_centre` in zsync.yaml names it → its hosts."""
