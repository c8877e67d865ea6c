"""What the code of each diagnostic means, for `zsync explain CODE`."""

from collections.abc import Mapping
from types import MappingProxyType

EXPLANATIONS: Mapping[str, str] = MappingProxyType(
    {
        # The file as such.
        "no-manifest": "A path leads to no manifest: it does not exist, or the folder holds no *.yaml.",
        "unreadable-file": "The file or folder may not be read, it is a link that leads out of the repository or to a folder, it is a link or a "
        "device where only a file may stand, it is a manifest under a name that zsync does not read (`a.YAML`, `a.json`, `a.yaml.off`), "
        "it is a pointer of Git LFS, or it is larger than zsync reads.",
        "unread-manifest": "A file of the environment's tree cannot be read or has errors, and it is outside of the paths that were "
        "given; or it names a record that could be several, or that the CRM does not have by this name. Nobody knows which rows it declares, so nothing is deleted for being "
        "declared nowhere: such a plan ends with exit 4. A plan without such deletes is made, with a warning.",
        "encoding": "The file is not UTF-8. Spreadsheets and old editors save in other encodings unless told otherwise.",
        "control-character": "The file contains an invisible character that editors do not show, often from a paste.",
        "empty-file": "The file holds no manifest, or nothing but comments. It may have been cut off: while it is there, nothing is "
        "deleted for being declared nowhere (exit 4).",
        # YAML.
        "yaml": "From this place on, the text is not YAML. Other documents and files were still checked.",
        "too-deep": "Lists and mappings are nested deeper than any manifest needs.",
        "tag": "A YAML tag (`!name`) asks for a type. zsync knows the type of every field, so tags are refused.",
        "merge-key": "`<<` merges mappings in YAML 1.1 only. Put fields that all rows share under `defaults`.",
        "alias": "An alias (`*name`) has no anchor, contains itself, or multiplies the document.",
        "complex-key": "YAML allows lists and mappings as keys, but no manifest has a use for them.",
        "duplicate-key": "A mapping contains a key twice. YAML readers disagree on which of the two counts.",
        # Keys and values.
        "unknown-key": "Nothing reads this key. It is mistyped, or a field that the relation kind does not have.",
        "missing-key": "A required key is missing.",
        "wrong-type": "The value does not have the type that the key needs. Text that looks like a number needs quotes.",
        "bad-value": "The value has the right type but is not one of those allowed.",
        "bad-version": "This zsync does not read this `version`.",
        # Records.
        "rounded-id": "The id is in scientific notation, as spreadsheets show long numbers. Its last digits are lost.",
        "suspicious-id": "Several ids end in zeros after 15 digits, which is as much of a number as spreadsheets keep.",
        "bad-id": "A Zoho id consists of 1 to 20 digits.",
        "parent-identity": "The parent needs either `id` or `match`, not both.",
        "empty-match": "`match` without fields would match every record.",
        "empty-key": "`key` is an empty list, so rows cannot name their records.",
        "bad-key": "`key` and `match` name fields of the record by api_name, each once. `id` cannot be combined with others.",
        "empty-value": "A field that names a record has no value. It would match records at random.",
        "id-and-key": "A row names its record either by `id` or by the key fields. Given both, they could disagree.",
        # Lists and rows.
        "unsupported-relation": "Zoho's API writes relations of only a few pairs of modules, from either side.",
        "unproven-kind": "`relation_kinds` of zsync.yaml declares a pair of modules of which no page of Zoho's says that its relations can be "
        "written. Programs have met INVALID_MODULE for such pairs.",
        "null-list": "A list is left empty. Only you know whether that means none or a forgotten row; write `[]` for none.",
        "empty-list": "`prune: true` without rows deletes every relation of the list. `allow_empty: true` says that you mean it.",
        "nothing-managed": "The document names no list, or only lists without rows and without `prune`, so it changes nothing.",
        "absent-fields": "A row under `absent` is deleted, so its fields have no meaning.",
        "duplicate-row": "A record is listed twice in one list.",
        "row-and-absent": "A record stands both under `records` and under `absent` of one list.",
        "contradicting-rows": "A relation is listed twice, in two documents or from both of its sides, and the rows contradict each other.",
        "repeated-row": "A relation is listed twice, in two documents or from both of its sides, and both rows say the same.",
        "cannot-amend": "The CRM says something else than a row, and the file cannot be edited so that this row alone changes: it is repeated "
        "by an alias, its list would be empty under `prune`, or a manifest cannot say the value. The row stays as it is; change it by hand.",
        "uncommitted": "`pull` would change or remove rows of a file that has changes which are not committed. Git could not bring them "
        "back. Commit the file, or give `--overwrite`.",
        "split-list": "A list of one parent is spread over two documents that differ in `prune`. They may name the parent in different ways: by its name, "
        "by its id.",
        "split-sides": "`prune` of a list deletes rows whose own list, on the other side, is managed as well and is not pruned. Nobody names these rows: "
        "list them on either side to keep them, or prune both sides.",
        # CSV files.
        "csv": "The CSV file cannot be read: quotes, columns or the first line are wrong.",
        "missing-file": "A file that `from` of a manifest or `never` of zsync.yaml names does not exist. Its path is relative to the file that names it.",
        "unsafe-path": "The path that `from` of a manifest or `never` of zsync.yaml names is absolute or leads out of the repository.",
        # zsync.yaml.
        "second-config": "A run has one zsync.yaml. Exactly one may stand between the repository's root (without Git: the current "
        "folder) and the folder that the paths have in common, and none below. `relations/zsync.yaml` of the current folder counts as well.",
        "no-base-config": "With a base, its zsync.yaml guards the plan as well, so that a branch cannot weaken a guard and use that at once. "
        "Here the base has none.",
        "misnamed-config": "A file looks like a configuration but is not named `zsync.yaml`. Nothing reads it, so its guards would not hold.",
        "secret": "A file contains a secret. Secrets belong in environment variables, never in Git.",
        "unknown-guard": "This version cannot evaluate the guard. A limit that nothing enforces must not look as if it held.",
    }
)
"""Code of a diagnostic → what it means, in one or two sentences."""
