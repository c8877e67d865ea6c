"""Prints, for a shell to evaluate, where pip takes packages from, in uv's words: uv does not read pip's settings.

Variables are exported; $options are for uv's command line. Nothing is said about indexes where uv has been told already, by a
variable or a file of its own.
"""

import ast
import os
import shlex
import ssl
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

# How uv is told where packages come from: variables, and keys of its files.
VARIABLES = {
    "UV_INDEX",
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
}
KEYS = {"index", "index-url", "extra-index-url", "find-links", "no-index"}


def pip_settings(listed: str) -> dict[str, str]:
    """pip's settings by name, from what `pip config list` prints. Those for `install` are stronger than the global ones,
    and variables are stronger than files.
    """
    levels: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        level, _, setting = name.partition(".")
        if level in levels:
            levels[level][setting] = str(ast.literal_eval(value))
    return {**levels["global"], **levels["install"], **levels[":env:"]}


def uv_settings(
    pip: Mapping[str, str], env: Mapping[str, str], *, knows: bool = False, store: bool = False
) -> dict[str, str]:
    """The variables to give to uv, which may know its indexes, on a machine that may have a store of certificates.

    Every index counts alike, as for pip: the lock's hashes say which file is meant.
    """
    uv = {
        "UV_INSECURE_HOST": " ".join(pip.get("trusted-host", "").split()),
        "UV_HTTP_TIMEOUT": pip.get("default-timeout") or pip.get("timeout", ""),
        # A company's own authority is in the machine's store, where pip finds it; uv would look into its own.
        "UV_SYSTEM_CERTS": "1" if store else "",
        "SSL_CERT_FILE": pip.get("cert") or env.get("REQUESTS_CA_BUNDLE", ""),
        "SSL_CLIENT_CERT": pip.get("client-cert", ""),
        "ALL_PROXY": pip.get("proxy", ""),
    }
    if not knows:
        uv |= {
            "UV_DEFAULT_INDEX": pip.get("index-url", ""),
            "UV_INDEX": " ".join(pip.get("extra-index-url", "").split()),
            "UV_FIND_LINKS": ",".join(pip.get("find-links", "").split()),
            "UV_INDEX_STRATEGY": "unsafe-best-match",
        }
    return {name: value for name, value in uv.items() if value and name not in env}


def uv_options(pip: Mapping[str, str], *, knows: bool) -> str:
    """What has no variable: that there is no index."""
    said = pip.get("no-index", "").lower() in ("1", "true", "t", "yes", "y", "on")
    return "--no-index" if said and not knows else ""


def uv_files(env: Mapping[str, str]) -> list[Path]:
    """Where uv looks for settings of its own."""
    if "UV_CONFIG_FILE" in env:
        return [Path(env["UV_CONFIG_FILE"])]
    home = Path(env.get("XDG_CONFIG_HOME") or Path(env.get("HOME", "/"), ".config"))
    return [home / "uv" / "uv.toml", Path("/etc/uv/uv.toml"), Path("/etc/xdg/uv/uv.toml")]


def uv_knows(env: Mapping[str, str], files: Iterable[Path]) -> bool:
    """Whether uv has been told where packages come from."""
    return any(env.get(name) for name in VARIABLES) or any(KEYS & _keys(file) for file in files)


def has_store() -> bool:
    """Whether this machine has certificates to trust, where OpenSSL looks for them."""
    paths = ssl.get_default_verify_paths()
    folder = Path(paths.capath or os.devnull)
    return bool(paths.cafile) or (folder.is_dir() and any(folder.iterdir()))


def _keys(file: Path) -> set[str]:
    """None where the file cannot be read: uv will say so itself."""
    try:
        settings = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return set()
    return {*settings, *settings.get("pip", {})}


if __name__ == "__main__":
    command = [sys.executable, "-I", "-m", "pip", "config", "list"]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    pip, knows = pip_settings(output), uv_knows(os.environ, uv_files(os.environ))
    for variable, setting in uv_settings(pip, os.environ, knows=knows, store=has_store()).items():
        print(f"export {variable}={shlex.quote(setting)}")
    print(f"options={uv_options(pip, knows=knows)}")
