"""The bundled CRM: Zoho CRM's relation API on 127.0.0.1, written from Zoho's documentation.

It imports nothing from the rest of zsync: shared code would let one misreading of Zoho pass every test.
"""

from .running import RunningCrm, running
from .seed_error import SeedError
from .server import serve
from .switches import Switches

__all__ = ["RunningCrm", "SeedError", "Switches", "running", "serve"]
