"""What each code of a diagnostic means: `zsync explain CODE`."""

from collections.abc import Mapping
from types import MappingProxyType

EXPLANATIONS: Mapping[str, str] = MappingProxyType(
    {
        # The file as such.
        "no-manifest": "A path that was given leads to no manifest: it does not exist, or the folder holds no *.yaml.",
        "unreadable-file": "The system does not let the file be read, it leads out of the repository as a link, it is a link or "
        "a device where only a file may stand, or it holds more than zsync reads.",
        "encoding": "The file is not UTF-8. Spreadsheets and old editors write other encodings unless told otherwise.",
        "control-character": "An invisible character that editors do not show stands in the file, often from a paste.",
        "empty-file": "The file holds no manifest, or nothing but comments. It manages nothing.",
        # YAML.
        "yaml": "The text is no YAML from this place on. Other documents and files were still checked.",
        "too-deep": "Lists and mappings are nested deeper than any manifest needs, so something is amiss.",
        "tag": "A YAML tag (`!name`) asks for a type. zsync knows the types of all fields, so tags are refused.",
        "merge-key": "`<<` merges mappings in YAML 1.1 only. Fields that all rows share stand under `defaults`.",
        "alias": "An alias (`*name`) has no anchor, contains itself, or multiplies the document.",
        "complex-key": "YAML allows lists and mappings as keys; no manifest has a use for them.",
        "duplicate-key": "A key stands twice in one mapping. YAML readers disagree on which one counts.",
        # Keys and values.
        "unknown-key": "The key is read by nothing: mistyped, or a field that the relation kind does not have.",
        "missing-key": "A key that is needed is not there.",
        "wrong-type": "The value is of another type than the key needs. Text that looks like a number wants quotes.",
        "bad-value": "The value is of the right type but not one that is allowed.",
        "bad-version": "The `version` is not one that this zsync reads.",
        # Records.
        "rounded-id": "The id is in scientific notation, as spreadsheets show long numbers; its last digits are lost.",
        "suspicious-id": "Several ids end in zeros after 15 digits, which is all that spreadsheets keep of a number.",
        "bad-id": "An id of Zoho consists of 1 to 20 digits.",
        "parent-identity": "The parent needs exactly one of `id` and `match`.",
        "empty-match": "`match` without fields would match every record.",
        "empty-key": "`key` is an empty list, so rows could not name their records.",
        "bad-key": "`key` and `match` name fields of the record by api_name, each once; `id` stands alone.",
        "empty-value": "A field that names a record has no value; it would match records at random.",
        "id-and-key": "A row names its record either by `id` or by the key fields; both could disagree.",
        # Lists and rows.
        "unsupported-relation": "Zoho's API writes relations of eight pairs of modules only, from either side.",
        "null-list": "A list is left empty. Whether that means none or a forgotten row, only you know: `[]` means none.",
        "empty-list": "`prune: true` with no rows deletes every relation of the list. `allow_empty: true` says it is meant.",
        "nothing-managed": "The document names no list, or a list without rows and `prune`: it changes nothing.",
        "absent-fields": "A row under `absent` is deleted, so fields in it have no meaning.",
        "duplicate-row": "The same record stands twice in one list.",
        "row-and-absent": "The same record stands under `records` and under `absent` of one list.",
        "contradicting-rows": "A relation is listed twice, in two documents or from both of its sides, and the rows contradict each other.",
        "repeated-row": "A relation is listed twice, in two documents or from both of its sides, and both rows say the same.",
        "split-list": "One list of one parent is written in two documents that differ in `prune`.",
        # CSV files.
        "csv": "The CSV file cannot be read: quotes, columns or the first line are wrong.",
        "missing-file": "The file that `from` names does not exist; its path is relative to the manifest.",
        "unsafe-path": "The path that `from` names is absolute or leads out of the repository.",
        # zsync.yaml.
        "second-config": "A run has one zsync.yaml: from the repository's root (without Git: the current folder) down to the folder "
        "that the paths have in common exactly one may stand, and none below it. `relations/zsync.yaml` of the current folder counts as well.",
        "misnamed-config": "A file that looks like a configuration has another name than `zsync.yaml`, so nothing reads it: the guards in "
        "it would not hold.",
        "secret": "A secret stands in a file. Secrets come from environment variables and never into Git.",
        "unknown-guard": "A guard that this version cannot evaluate. A limit that is not kept must not seem to be.",
    }
)
"""Code of a diagnostic → what it means, in one or two sentences."""
