"""Prints, for a shell to evaluate, where pip takes packages from, in uv's variables: uv does not read pip's settings.

Prints nothing that uv has been told already, by a variable or a file of its own.
"""

import ast
import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

# uv's own words for where packages come from: variables, and keys of uv.toml.
TOLD = (
    "UV_INDEX",
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_NO_INDEX",
)
KEYS = {"index", "index-url", "extra-index-url", "find-links", "no-index"}


def uv_knows() -> bool:
    """Whether uv has been told where packages come from."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    named = os.environ.get("UV_CONFIG_FILE")
    files = (
        [Path(named)]
        if named
        else [home / "uv/uv.toml", Path("/etc/uv/uv.toml"), Path("/etc/xdg/uv/uv.toml")]
    )
    return any(name in os.environ for name in TOLD) or any(KEYS & keys(file) for file in files)


def keys(file: Path) -> set[str]:
    """The keys of a file of uv's settings; none where it cannot be read, which uv will say itself."""
    try:
        settings = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return set()
    return {*settings, *settings.get("pip", {})}


def pip_settings() -> dict[str, str]:
    """pip's settings by name. A command's own are stronger than the global ones, variables stronger than files."""
    listed = subprocess.run(
        [sys.executable, "-I", "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    levels: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listed.stdout.splitlines():
        name, _, value = line.partition("=")
        level, _, setting = name.partition(".")
        if level in levels:
            levels[level][setting] = str(ast.literal_eval(value))
    return {**levels["global"], **levels["install"], **levels[":env:"]}


def translated(pip: dict[str, str]) -> dict[str, str]:
    """The same for uv. Every index counts alike, as for pip; which file is meant, the lock's hashes say."""
    uv: dict[str, str] = {}
    if not uv_knows():
        uv = {
            "UV_DEFAULT_INDEX": pip.get("index-url", ""),
            "UV_INDEX": " ".join(pip.get("extra-index-url", "").split()),
            "UV_FIND_LINKS": ",".join(pip.get("find-links", "").split()),
            "UV_NO_INDEX": "1" if pip.get("no-index", "").lower() in ("1", "true", "yes", "on") else "",
            "UV_INDEX_STRATEGY": "unsafe-best-match",
        }
    uv["UV_INSECURE_HOST"] = " ".join(pip.get("trusted-host", "").split())
    uv["UV_HTTP_TIMEOUT"] = pip.get("default-timeout") or pip.get("timeout", "")
    uv["SSL_CERT_FILE"] = pip.get("cert", "")
    uv["SSL_CLIENT_CERT"] = pip.get("client-cert", "")
    uv["ALL_PROXY"] = pip.get("proxy", "")
    return {name: value for name, value in uv.items() if value and name not in os.environ}


for variable, setting in translated(pip_settings()).items():
    print(f"export {variable}={shlex.quote(setting)}")
