"""`relations/zsync.yaml` → `Config`, or all its errors."""

from zsync.config.load import load_config, read_config
from zsync.config.models import config_schema
from zsync.config.search import bound_config, find_at, find_config
from zsync.config.settings import Config, Environment, check_bound, same_name

__all__ = [
    "Config",
    "Environment",
    "bound_config",
    "check_bound",
    "config_schema",
    "find_at",
    "find_config",
    "load_config",
    "read_config",
    "same_name",
]
