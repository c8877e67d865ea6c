"""Other people's clients, fetched once into .venv and kept there: each as its lock says, or the test is skipped and says why."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / ".venv" / ".clients"

# n8n's node is one file of a package that asks for all that hundreds of nodes need. What this node needs, the lock of `n8n` holds.
N8N_NODES = "n8n-nodes-base@2.41.2"
N8N_NODES_SHA512 = "qUItyawxR1aR/t6Fgk0whYwBSDR+VOu5RkgAI3AElVI3dqPLLcCAawAMFc/N3GFG35//quOVRUwuc7a3mVLC0g=="

# What npm and pip say where no registry answers, or one that does not have the package. Anything else is a failure, a hash that
# does not match above all.
UNREACHABLE = re.compile(
    r"\b(E404|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT)\b"
    r"|No matching distribution found|Failed to establish a new connection|Temporary failure in name resolution"
)


class CannotBeHad(Exception):
    """A client that this machine cannot fetch, and why."""


def python_sdk_7() -> Path:
    """The folder that goes first in PYTHONPATH."""
    lock = HERE / "sdk7.lock"
    pip = [sys.executable, "-I", "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]

    def install(folder: Path) -> None:
        _run([*pip, "--only-binary", ":all:", "--target", str(folder), "-r", str(lock)], folder)

    return _kept("sdk7", lock.read_bytes(), install)


def node_sdk() -> Path:
    """The entry of the SDK's package."""
    return _npm("node-sdk") / "@zohocrm" / "nodejs-sdk-8.0" / "lib" / "index.js"


def n8n_node() -> Path:
    """The file of the node for Zoho CRM, beside what it requires."""
    modules = _npm("n8n", N8N_NODES_SHA512.encode(), _add_n8n_nodes)
    return modules / "n8n-nodes-base" / "dist" / "nodes" / "Zoho" / "ZohoCrm.node.js"


def program(name: str) -> str:
    """Where `node` or `npm` is. Skips the test on a machine without it."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name} on PATH")
    return found


def _npm(name: str, more: bytes = b"", then: Callable[[Path], None] = lambda _folder: None) -> Path:
    """The `node_modules` of a lock, installed without running a script of any package."""
    files = [HERE / name / "package.json", HERE / name / "package-lock.json"]
    npm, _ = program("npm"), program("node")

    def install(folder: Path) -> None:
        for file in files:
            shutil.copy(file, folder)
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--omit=optional", "--omit=peer"]
        _run([npm, "ci", *quiet], folder)
        then(folder)

    return _kept(name, b"".join(file.read_bytes() for file in files) + more, install) / "node_modules"


def _add_n8n_nodes(folder: Path) -> None:
    told = _run([program("npm"), "pack", N8N_NODES, "--json", "--ignore-scripts"], folder)
    archive = folder / json.loads(told)[0]["filename"]
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    assert digest == N8N_NODES_SHA512, f"{N8N_NODES} is not the archive that was pinned"
    with tarfile.open(archive) as packed:
        wanted = [
            each
            for each in packed
            if each.name.startswith(("package/dist/nodes/Zoho/", "package/package.json"))
        ]
        packed.extractall(folder, wanted, filter="data")
    (folder / "package").rename(folder / "node_modules" / "n8n-nodes-base")
    archive.unlink()


def _kept(name: str, pins: bytes, install: Callable[[Path], None]) -> Path:
    """The folder that `install` filled for these pins, today or earlier. Skips the test where it cannot be filled."""
    folder = KEPT / f"{name}-{hashlib.sha256(pins).hexdigest()[:16]}"
    KEPT.mkdir(parents=True, exist_ok=True)
    with FileLock(KEPT / f"{name}.lock"):
        if not folder.exists():
            half = KEPT / f"{name}.half"
            for old in [half, *KEPT.glob(f"{name}-*")]:
                shutil.rmtree(old, ignore_errors=True)
            half.mkdir()
            try:
                install(half)
            except CannotBeHad as cause:
                pytest.skip(str(cause))
            half.rename(folder)
    return folder


def _run(command: list[str], folder: Path) -> str:
    """What an installer prints. Raises CannotBeHad where no registry has the packages, and fails for any other reason."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900)
    if done.returncode == 0:
        return done.stdout
    cause = UNREACHABLE.search(done.stderr)
    shown = " ".join(command[:3])
    if cause is None:
        pytest.fail(f"{shown}:\n{done.stdout}{done.stderr}")
    raise CannotBeHad(f"{shown}: no registry has it: {cause[0]}")
