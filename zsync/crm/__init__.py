"""The CRM: one door for everything that goes to Zoho and comes back.

`connect_reader` gives a `Reader`, which has no way to write and whose wire refuses to; `connect` gives a `Crm`, which
reads and writes. Planning is handed the first, applying the second.
"""

from zsync.crm.accounts import exchange
from zsync.crm.auth import Credentials
from zsync.crm.door import Crm, Settings, connect, connect_reader, connect_reader_as
from zsync.crm.reader import Org, Query, Reader, RelatedList

__all__ = [
    "Credentials",
    "Crm",
    "Org",
    "Query",
    "Reader",
    "RelatedList",
    "Settings",
    "connect",
    "connect_reader",
    "connect_reader_as",
    "exchange",
]
