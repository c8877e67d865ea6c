"""The bundled CRM: Zoho CRM's relation API on 127.0.0.1, written from Zoho's documentation.

It imports nothing from the rest of zsync: shared code would let one misreading of Zoho pass every test.
"""

from pathlib import Path

from .running import RunningCrm, running
from .seed_error import SeedError
from .server import serve
from .switches import Switches

DEMO_WORLD = Path(__file__).parent / "worlds" / "demo.yaml"
"""The world that the example manifests are about."""

__all__ = ["DEMO_WORLD", "RunningCrm", "SeedError", "Switches", "running", "serve"]
