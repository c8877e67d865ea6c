"""Updates that send what changes, and nothing besides: for orgs that keep what a PUT leaves out (`put: changed`)."""

from dataclasses import replace

from zsync.model import Change
from zsync.model.fields import same


def changed_only(change: Change) -> Change:
    """An update without the fields that stay as they are, carried ones included. A create or a delete is as it was."""
    if change.before is None or change.after is None:
        return change
    before = change.before
    after = {name: value for name, value in change.after.items() if not same(before.get(name), value)}
    return replace(
        change,
        before={name: before.get(name) for name in after},
        after=after,
        origins={name: origin for name, origin in change.origins.items() if name in after},
        carried={},
    )
