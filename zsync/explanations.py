"""What each code of a diagnostic means: `zsync explain CODE`."""

from collections.abc import Mapping
from types import MappingProxyType

EXPLANATIONS: Mapping[str, str] = MappingProxyType({})
