"""The house keeps its plan: who may import whom, how big things get, what starts fast."""

import ast
import functools
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# The rooms of zsync, from the innermost outwards, and what each may import: itself, and what is listed.
VALUES = {"model", "kinds", "codes", "errors", "bounds", "hosts"}
INNER: dict[str, set[str]] = {
    "syntax": set(),
    "guards": set(),
    "files": set(),
    "metadata": {"syntax"},
    "explain": {"guards"},
    "render": {"syntax", "files"},
    "redact": {"syntax", "files", "explain"},
    "review": {"files", "render", "syntax"},
}
CORE = {*VALUES, *INNER}
EDGES: dict[str, set[str]] = {
    "manifest": {"syntax", "files", "explain", "metadata"},
    "config": {"syntax", "files", "guards", "redact"},
    "crm": {"files"},
    "git": {"files"},
    "forge": {"files"},
    "notices": set(),
    "telemetry": set(),
}
MAY_IMPORT: dict[str, set[str]] = {
    "": set(),
    "kinds": set(),
    "codes": set(),
    "bounds": set(),
    "hosts": set(),
    "model": {"kinds", "bounds"},
    "errors": {"model"},
    **{room: VALUES | others for room, others in (INNER | EDGES).items()},
    "planning": VALUES | {"files", "guards", "crm", "metadata"},
    "applying": VALUES | {"files", "crm"},
    "doctor": VALUES | {"crm", "config", "syntax", "files", "metadata"},
    "edit": VALUES | {"syntax", "files", "explain", "manifest"},
    "pulling": VALUES | {"syntax", "files", "metadata", "crm", "manifest", "edit", "planning"},
    "rehearsal": VALUES | {"files", "crm", "metadata", "planning"},
    "whereabouts": VALUES | {"crm", "metadata", "planning"},
    "emulator": set(),
    "cli": CORE
    | EDGES.keys()
    | {"planning", "applying", "doctor", "edit", "pulling", "rehearsal", "whereabouts", "emulator"},
    "__main__": {"cli"},
}
MOST_FLAT = 12
BANNED_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "manager",
    "managers",
    "base",
    "misc",
    "core",
    "lib",
}
HEAVY = {
    "asyncio",
    "deepdiff",
    "httpx",
    "hypothesis",
    "opentelemetry",
    "pydantic",
    "ruamel",
    "simplejson",
    "sqlite3",
    "starlette",
    "uvicorn",
}
# Standard output belongs to the commands' results, and to the line of JSON with which the emulator starts.
MAY_PRINT = ("cli/", "emulator/server.py")
MAX_FILE, MAX_FUNCTION = 300, 40
# "file" or "file:function" -> why it may be longer.
LONG_FOR_A_REASON: dict[str, str] = {}

type_of_function = ast.FunctionDef | ast.AsyncFunctionDef


@functools.cache
def modules() -> dict[str, ast.Module]:
    """Every file of zsync by its path below `zsync/`, parsed."""
    files = sorted((ROOT / "zsync").rglob("*.py"))
    return {file.relative_to(ROOT / "zsync").as_posix(): ast.parse(file.read_text("utf-8")) for file in files}


def part_of(path: str) -> str:
    """`crm/door.py` and `zsync.crm.door` belong to `crm`; zsync's own `__init__` is the empty part."""
    first = path.removesuffix(".py").replace(".", "/").removeprefix("zsync").lstrip("/").split("/")[0]
    return "" if first == "__init__" else first


def dotted(path: str) -> str:
    """The name under which `crm/door.py` is imported: `zsync.crm.door`."""
    return ".".join(
        ["zsync", *path.removesuffix(".py").removesuffix("__init__").strip("/").split("/")]
    ).rstrip(".")


def imports(path: str, tree: ast.AST) -> Iterator[str]:
    """The dotted name of everything that is imported anywhere under `tree`, relative names made absolute."""
    package = dotted(path).split(".") if path.endswith("__init__.py") else dotted(path).split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*above, *(node.module or "").split(".")]).strip(".")
            yield from (f"{name}.{alias.name}" for alias in node.names)


def functions(tree: ast.AST) -> Iterator[type_of_function]:
    """Every function and method, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, type_of_function))


def lines(node: type_of_function) -> int:
    """The length of a function from its `def` to its last line."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def known(name: str) -> str | None:
    """The file of zsync that an imported name comes from, if any: `zsync.crm.door.Crm` is in `crm/door.py`."""
    by_name = {dotted(path): path for path in modules()}
    while name and name not in by_name:
        name = name.rpartition(".")[0]
    return by_name.get(name)


def strangers(path: str, tree: ast.AST) -> set[str]:
    """The parts of zsync that a file imports although its own part may not."""
    found = {
        part_of(name) if name.count(".") else ""
        for name in imports(path, tree)
        if name.split(".")[0] == "zsync"
    }
    # `from zsync import __version__` names a value of zsync's own `__init__`, which imports nothing; so does USER_AGENT.
    return found - MAY_IMPORT[part_of(path)] - {part_of(path), "", "__version__", "USER_AGENT"}


def module_level(tree: ast.Module) -> ast.Module:
    """The statements that run on import: what is inside functions and under `if TYPE_CHECKING` is left out."""
    kept = [
        node
        for node in tree.body
        if not isinstance(node, type_of_function)
        and not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
    ]
    return ast.Module(body=kept, type_ignores=[])


def test_every_part_has_its_place_in_the_table() -> None:
    assert {part_of(path) for path in modules()} - MAY_IMPORT.keys() == set()


def test_imports_point_inwards() -> None:
    broken = [
        f"{path} -> {room}" for path, tree in modules().items() for room in sorted(strangers(path, tree))
    ]
    assert broken == []


def test_few_modules_lie_flat() -> None:
    flat = [path for path in modules() if "/" not in path]
    assert len(flat) <= MOST_FLAT


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("model/fields.py", "from zsync.crm import Crm", {"crm"}),
        ("model/fields.py", "from zsync.model import Change", set()),
        ("crm/door.py", "from zsync.applying import journal", {"applying"}),
        ("applying/applier.py", "from zsync.planning import packing", {"planning"}),
        ("model/plans.py", "if TYPE_CHECKING:\n    from zsync.crm import Reader", {"crm"}),
        ("crm/door.py", "from . import wire", set()),
        ("crm/door.py", "from ..render import text", {"render"}),
        ("render/text.py", "def f():\n    import zsync.planning.planner", {"planning"}),
        ("emulator/app.py", "from zsync.model import Change", {"model"}),
        ("planning/planner.py", "from zsync.cli import main", {"cli"}),
        ("planning/planner.py", "import httpx, zsync.crm.reader", set()),
    ],
)
def test_the_table_catches_an_import_that_points_outwards(path: str, source: str, expected: set[str]) -> None:
    assert strangers(path, ast.parse(source)) == expected


def test_no_module_imports_itself_through_others() -> None:
    # All imports count, also those inside functions and under `if TYPE_CHECKING`. A package's `__init__` is how the
    # package shows itself; its own modules may not import through it.
    graph = {
        path: {file for name in imports(path, tree) if (file := known(name))} - {path}
        for path, tree in modules().items()
    }
    # An order in which each comes after what it imports; where there is a circle, there is none, and this raises.
    order = {path: place for place, path in enumerate(TopologicalSorter(graph).static_order())}
    assert all(order[file] < order[path] for path, files in graph.items() for file in files)


def test_no_file_is_longer_than_300_lines() -> None:
    sizes = {path: len((ROOT / "zsync" / path).read_text("utf-8").splitlines()) for path in modules()}
    assert {
        path: size for path, size in sizes.items() if size > MAX_FILE and path not in LONG_FOR_A_REASON
    } == {}


def test_no_function_is_longer_than_40_lines() -> None:
    sizes = {
        f"{path}:{node.name}": lines(node) for path, tree in modules().items() for node in functions(tree)
    }
    assert {
        name: size for name, size in sizes.items() if size > MAX_FUNCTION and name not in LONG_FOR_A_REASON
    } == {}


def test_reasons_are_given_only_where_they_are_needed() -> None:
    names = {
        f"{path}:{node.name}"
        for path, tree in modules().items()
        for node in functions(tree)
        if lines(node) > MAX_FUNCTION
    }
    files = {
        path for path in modules() if len((ROOT / "zsync" / path).read_text("utf-8").splitlines()) > MAX_FILE
    }
    assert LONG_FOR_A_REASON.keys() <= names | files


def undocumented(tree: ast.Module) -> Iterator[str]:
    """The public module-level classes and functions, and the public methods of public classes, that say nothing."""
    public = [
        node
        for node in tree.body
        if isinstance(node, type_of_function | ast.ClassDef) and not node.name.startswith("_")
    ]
    for node in public:
        members = node.body if isinstance(node, ast.ClassDef) else []
        inside = [
            child
            for child in members
            if isinstance(child, type_of_function) and not child.name.startswith("_")
        ]
        yield from (child.name for child in (node, *inside) if not ast.get_docstring(child))


def test_every_public_name_says_what_it_promises() -> None:
    silent = {path: list(undocumented(tree)) for path, tree in modules().items()}
    assert {path: names for path, names in silent.items() if names} == {}


def test_every_module_says_what_it_is_for() -> None:
    assert [path for path, tree in modules().items() if not ast.get_docstring(tree)] == []


def test_no_module_has_a_name_that_could_hold_anything() -> None:
    words = {path: set(path.removesuffix(".py").split("/")) for path in modules()}
    assert {path for path, parts in words.items() if parts & BANNED_NAMES} == set()


def namesakes(trees: Mapping[str, ast.Module]) -> dict[str, list[str]]:
    """Public classes that share their name, at any depth: name → the files that define it.

    The emulator imports nothing and speaks Zoho's words, as `crm` does, so its names are held against each other alone.
    """
    defined: dict[tuple[str, bool], list[str]] = {}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                defined.setdefault((node.name, part_of(path) == "emulator"), []).append(path)
    return {name: paths for (name, _), paths in defined.items() if len(paths) > 1}


def test_a_name_means_one_class() -> None:
    assert namesakes(modules()) == {}


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (("crm/a.py", "model/b.py"), {"Row": ["crm/a.py", "model/b.py"]}),
        (("emulator/a.py", "emulator/b.py"), {"Row": ["emulator/a.py", "emulator/b.py"]}),
        (("emulator/a.py", "crm/b.py"), {}),
        (("crm/a.py",), {}),
    ],
)
def test_two_classes_of_one_name_would_be_found(
    paths: tuple[str, ...], expected: dict[str, list[str]]
) -> None:
    assert namesakes(dict.fromkeys(paths, ast.parse("def f():\n    class Row: ...\n"))) == expected


def test_rooms_and_flat_modules_have_names_that_are_not_near() -> None:
    # Four letters tell `redact`, `rehearsal`, `render` and `review` apart, and catch `plan` beside `planning`.
    begin = sorted(room[:4] for room in MAY_IMPORT if room and room != "__main__")
    assert [start for start, count in Counter(begin).items() if count > 1] == []


def prints(tree: ast.AST) -> bool:
    """Whether anything under `tree` calls `print`."""
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        for node in ast.walk(tree)
    )


READER, WRITER = "files/reading.py", "files/writing.py"
PARSES_JSON = {"load", "loads", "json"}
WRITES_FILES = {
    "write_text",
    "write_bytes",
    "touch",
    "mkstemp",
    "NamedTemporaryFile",
    "TemporaryFile",
    "rename",
}
# It is the runner's file, and lines are added to it.
MAY_WRITE = {WRITER, "cli/__init__.py"}


def reads_json(tree: ast.AST) -> bool:
    """Whether anything under `tree` parses JSON: `json.loads`, `simplejson.load`, `answer.json()`."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in PARSES_JSON
        and (node.func.attr == "json" or ast.unparse(node.func.value) in {"json", "simplejson"})
        for node in ast.walk(tree)
    )


def writes_files(tree: ast.AST) -> bool:
    """Whether anything under `tree` writes a file, or opens one to do so."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = {node.func.attr for node in calls if isinstance(node.func, ast.Attribute)}
    opened = {
        value.value
        for node in calls
        if ast.unparse(node.func).endswith("open")
        for value in (*node.args, *(keyword.value for keyword in node.keywords))
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }
    modes = {mode for mode in opened if set(mode) <= set("rwaxbt+") and set(mode) & set("wax+")}
    return bool(named & WRITES_FILES or modes)


def test_json_of_strangers_has_one_reader() -> None:
    own = {path: tree for path, tree in modules().items() if part_of(path) != "emulator"}
    assert [path for path, tree in own.items() if reads_json(tree)] == [READER]


def test_files_have_one_writer() -> None:
    own = {path: tree for path, tree in modules().items() if part_of(path) != "emulator"}
    assert {path for path, tree in own.items() if writes_files(tree)} <= MAY_WRITE


@pytest.mark.parametrize(
    "source",
    ["path.write_text('')", "open(path, 'a')", "path.open('xb', buffering=0)", "os.fdopen(handle, mode='w')"],
)
def test_another_writer_would_be_found(source: str) -> None:
    assert writes_files(ast.parse(source))


@pytest.mark.parametrize("source", ["json.loads(text)", "simplejson.load(file)", "answer.json()"])
def test_another_reader_would_be_found(source: str) -> None:
    assert reads_json(ast.parse(source))


def test_only_the_shell_prints() -> None:
    assert [path for path, tree in modules().items() if prints(tree) and not path.startswith(MAY_PRINT)] == []


def test_the_shell_imports_heavy_libraries_inside_functions() -> None:
    shell = {
        path: module_level(tree)
        for path, tree in modules().items()
        if part_of(path) in {"cli", "", "__main__"}
    }
    found = {
        path: {name.split(".")[0] for name in imports(path, tree)} & HEAVY for path, tree in shell.items()
    }
    assert {path: names for path, names in found.items() if names} == {}


def test_help_starts_without_a_heavy_library() -> None:
    code = "import sys, zsync.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    # Without the variables by which coverage starts, and loads its own libraries, in every process.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    answer = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert set(answer.stdout.split()) & HEAVY == set()


def test_the_core_reads_no_clock_no_dice_and_no_environment() -> None:
    impure = {
        "asyncio",
        "httpx",
        "os",
        "random",
        "secrets",
        "socket",
        "sqlite3",
        "subprocess",
        "threading",
        "time",
        "urllib",
    }
    found = {
        path: {name.split(".")[0] for name in imports(path, tree)} & impure
        for path, tree in modules().items()
        if part_of(path) in CORE
    }
    # The disk is what `files` is for: `os`, and random names for what is not yet whole.
    allowed = {"files/reading.py": {"os"}, "files/writing.py": {"os", "secrets"}}
    broken = {path: names - allowed.get(path, set()) for path, names in found.items()}
    assert {path: names for path, names in broken.items() if names} == {}


def test_every_limit_is_held_somewhere() -> None:
    bounds = ast.parse((ROOT / "zsync" / "bounds.py").read_text("utf-8"))
    named = {
        target.id
        for node in bounds.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and not target.id.startswith("_")
    }
    used = {
        name.removeprefix("zsync.bounds.")
        for path, tree in modules().items()
        for name in imports(path, tree)
        if name.startswith("zsync.bounds.")
    }
    assert named == used - {"Bound"}
