"""A package index in a folder: wheels that are names, versions and dependencies, and hold next to nothing."""

import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

BACKEND = '''
"""Builds what an editable install wants: a wheel with the command, and no code."""
import zipfile
from pathlib import Path

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    info, name = "zsync_crm-0.0.0.dist-info", "zsync_crm-0.0.0-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory) / name, "w") as wheel:
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: zsync-crm\\nVersion: 0.0.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: stub\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\\nzsync = zsync:main\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
'''


class StubIndex:
    """A simple index in `folder`, for pip and uv: `url` is its address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = folder.as_uri()

    def add(
        self, name: str, version: str, headers: Iterable[str] = (), files: Mapping[str, str] | None = None
    ) -> str:
        """Put one wheel on the index, and give its hash as a lock file writes it. `headers` are lines of its metadata;
        `files` are its contents by name, where `{data}` is the wheel's folder for scripts and the like.
        """
        place = self.folder / canonicalize_name(name)
        place.mkdir(parents=True, exist_ok=True)
        stem = f"{canonicalize_name(name).replace('-', '_')}-{version}"
        path = place / f"{stem}-py3-none-any.whl"
        metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *headers]
        contents = {file.format(data=f"{stem}.data"): text for file, text in (files or {}).items()}
        contents[f"{stem}.dist-info/METADATA"] = "\n".join(metadata) + "\n"
        contents[f"{stem}.dist-info/WHEEL"] = (
            "Wheel-Version: 1.0\nGenerator: stub\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        contents[f"{stem}.dist-info/RECORD"] = "".join(f"{file},,\n" for file in contents)
        with zipfile.ZipFile(path, "w") as wheel:
            for file, text in contents.items():
                entry = zipfile.ZipInfo(file)
                entry.external_attr = (0o100755 if "/scripts/" in file else 0o100644) << 16
                wheel.writestr(entry, text)
        self._list(place)
        return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"

    def _list(self, place: Path) -> None:
        links = [
            f'<a href="{file.name}#sha256={hashlib.sha256(file.read_bytes()).hexdigest()}">{file.name}</a><br>'
            for file in sorted(place.glob("*.whl"))
        ]
        (place / "index.html").write_text("<!DOCTYPE html>\n" + "\n".join(links) + "\n", "utf-8")
