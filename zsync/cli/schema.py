"""`zsync schema`: the JSON Schemas under schemas/. Opens no socket."""

import click

from zsync.cli.command import command
from zsync.cli.invocation import Invocation

_NAMES = ("manifest", "config", "profile", "plan", "report", "snapshot")


@command(click.Argument(["name"], type=click.Choice(_NAMES)), exits={0: "printed", 64: "usage"})
def schema(call: Invocation, name: str) -> None:
    """Print the JSON Schema of one kind of file.

    The kinds are manifests, zsync.yaml (config), org profiles, plans, reports and snapshots. They are those in the folder
    schemas/ of the repository, for editors and other programs.
    """
    import json

    from zsync import config, manifest
    from zsync.files import report_schema, snapshot
    from zsync.files import schema as plan_schema
    from zsync.metadata import profile_file

    made = {
        "manifest": manifest.manifest_schema,
        "config": config.config_schema,
        "profile": profile_file.profile_schema,
        "plan": plan_schema.plan_schema,
        "report": report_schema.report_schema,
        "snapshot": snapshot.snapshot_schema,
    }
    call.output.result(json.dumps(made[name](), indent=2, ensure_ascii=False) + "\n")
