"""The CRM: the only way to Zoho and back.

`connect_reader` gives a `Reader`, which has no method that writes, on a wire that refuses to; `connect` gives a `Crm`, which
reads and writes. Planning gets the first, applying the second.
"""

from zsync.crm.accounts import exchange, revoke
from zsync.crm.auth import Credentials
from zsync.crm.door import Crm, Settings, connect, connect_reader, connect_reader_as
from zsync.crm.query import Query
from zsync.crm.reader import Org, Page, Reader
from zsync.model.metadata import RelatedList

__all__ = [
    "Credentials",
    "Crm",
    "Org",
    "Page",
    "Query",
    "Reader",
    "RelatedList",
    "Settings",
    "connect",
    "connect_reader",
    "connect_reader_as",
    "exchange",
    "revoke",
]
