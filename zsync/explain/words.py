"""Words that screens use for what a plan does and leaves out, for `zsync explain WORD`."""

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "conflict": "Since the base, this branch and the CRM both changed a row, differently: to other values, or one of them removed it, "
        "or both added it. zsync withholds the row, and it stays as the CRM has it until you decide.\n\n"
        "To keep the CRM's side, in your file: `zsync accept conflict SELECTOR`; `zsync accept -i` asks row by row. To write this branch's side, once: "
        '`zsync plan --override "conflicts=SELECTOR" --reason "why"`. SELECTOR is a pattern for `module/parent/list/record`, by names or by ids; '
        "the plan shows the command for each row. The guard `conflicts` says what becomes of the others: `withhold`, `refuse` or `allow`.",
        "drift": "The CRM changed a row and no manifest did: base and branch say the same, and the CRM says something else. "
        "A plan restores Git's value; `zsync accept` takes the CRM's into your file. `--only change` leaves drift alone; `zsync drift` shows only drift.",
        "converted": "This lead has been converted to a contact. If the relation already is as the row says, the row is unchanged; one that needs "
        "a write is withheld and names the contact; one under `absent` is deleted. `prune` leaves it alone unless the list has `converted: true`.",
        "consent": "The person of a row said no: a field such as `Email_Opt_Out` says so, or `never` of zsync.yaml names them. Such a row is withheld "
        "where the campaign's Type is Email or empty, and written with a warning elsewhere; `consent:` in zsync.yaml adjusts both. Only entering a list and advancing in `order` are "
        "stopped: leaving always passes. The base's rules apply as well as the branch's, and no option overrides them. A field that cannot be read counts as a no. "
        "The guard `max_withheld` limits how many rows may be withheld.",
        "withheld": "The manifests want a row and the plan leaves it out. It says why: `conflict`, `consent` or `converted`. Withheld rows come first in every format and are "
        "counted. Nothing is written for them, and they alter no exit code; the guard `max_withheld` limits how many there may be.",
        "held": "Apply left a row alone because it moved in the CRM after the plan was made, because its lead was converted or its person said no "
        "since, or because its key, or its parent's, names another record by then. Exit code 3. Plan again to see it as it is now.",
        "accept": "`zsync accept` writes what the CRM holds into the YAML or CSV file where the row stands: one row is one changed line. It takes drift, and "
        "conflicts where you say `conflict` or decide row by row with `-i`. It reads the CRM and never writes to it.",
        "pull": "`zsync pull MODULE/NAME` writes what the CRM holds into manifests, and reads only. A record that no manifest has gets a "
        "file of its own. Where a manifest has it, only rows that differ change: the CRM's values are taken, rows that it lacks go, and "
        "rows that no file has are added; what stands under `absent` stays. `--dry-run` shows the difference. A plan afterwards finds no changes.",
        "probe": "`zsync doctor --probe` finds out in a sandbox what Zoho's documentation leaves open: where a read shows a member's status, what a PUT "
        "does with a field that it leaves out, and more. It writes the relation of one campaign to one lead, which you name, shows every request first, "
        "asks, and restores the relation, also after an error or Ctrl-C. If it is killed, the next run restores.\n\n"
        "The answers go under `answers:` of relations/orgs/ENV.yaml. Each has the name of a switch of the bundled CRM, and nearly always one of its values. They switch nothing by themselves. "
        "An org that the CRM does not call a sandbox or a developer's is refused, whatever zsync.yaml says.",
        "unmanaged": "A row of a managed list that no manifest names. It stays, unless the list has `prune: true`. "
        "`zsync accept --unmanaged` takes it into the list.",
    }
)
"""Word → what it means, and what to do about it."""
