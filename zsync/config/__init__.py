"""`relations/zsync.yaml` → `Config`, or everything that is wrong with it."""

from zsync.config.load import Config, Environment, load_config
from zsync.config.models import config_schema
from zsync.config.search import find_config

__all__ = ["Config", "Environment", "config_schema", "find_config", "load_config"]
