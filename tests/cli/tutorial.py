"""A repository as the tutorial of zsync 0.1.0 has it made, and what its users have left in theirs since."""

from collections.abc import Mapping
from pathlib import Path

TUTORIAL: Mapping[str, str] = {
    "relations/zsync.yaml": """version: 1
environments:
  production:
    type: production        # or sandbox, or developer: any other kind of organisation is refused
guards:
  max_deletes: 10
""",
    ".gitignore": ".zsync/\nplan.json\n",
    ".github/workflows/zsync.yml": """name: zsync
on:
  pull_request:
    paths: ["relations/**"]
  push:
    branches: [main]
    paths: ["relations/**"]
  schedule:
    - cron: "23 5 * * 1-5"
permissions: {}
jobs:
  plan:
    if: github.event_name == 'pull_request'
    permissions: {contents: read, pull-requests: write}
    uses: acme/zsync/.github/workflows/plan.yml@0000000000000000000000000000000000000000
    secrets: inherit # the environments' own; a called workflow does not see them otherwise
  apply:
    if: github.event_name == 'push'
    permissions: {contents: read, pull-requests: write, actions: read}
    uses: acme/zsync/.github/workflows/apply.yml@0000000000000000000000000000000000000000
    secrets: inherit
  drift:
    if: github.event_name == 'schedule'
    permissions: {contents: read, issues: write}
    uses: acme/zsync/.github/workflows/drift.yml@0000000000000000000000000000000000000000
    secrets: inherit
""",
    "relations/campaigns/spring.yaml": """version: 1
parent:
  module: Campaigns
  match: {Campaign_Name: Spring Launch 2027}
related_lists:
  Leads:
    key: Email
    records:
      - {Email: ana@acme.example, Member_Status: Invited}
      - {Email: bo@acme.example, Member_Status: Planned}
""",
}
"""Path → text, as the tutorial has them."""

PLAN = '{\n  "format": "zsync.plan/1",\n  "binding": {"org_id": "1"}\n}\n'
JOURNAL = (
    '{"event": "start", "format": "zsync.journal/1", "run": "20261101T080000Z-5b1c0f2a", "plan": "{}"}\n'
)

LEFT: Mapping[str, str] = {
    "plan.json": PLAN,
    "kept/report.json": PLAN.replace("plan/1", "report/1"),
    "kept/run.jsonl": JOURNAL,
    ".zsync/runs/20261101T080000Z-5b1c0f2a.jsonl": JOURNAL,
    ".zsync/reviewed/plan.json": PLAN,
    "relations/zsync.yml": "version: 1\n",
    "relations/campaigns/zsync.yaml": "version: 1\nrelation_kinds: [{parent: 'Camp aigns;', related: Leads}]\n",
    "relations/zsync.yaml": """version: 1
environments:
  production: {type: production}
  sandbox: {type: sandbox}
""",
    "plan.sh": "zsync plan relations/eu -e production --only change,drift\n",
    "requirements.txt": "httpx==0.28.1\n@NAME@[emulator]==0.1.0\n",
    ".gitlab-ci.yml": """include: [{local: ci/zsync/gitlab-ci.yml}]
variables:
  ZSYNC_PACKAGE: @NAME@[emulator]
apply:
  script:
    - bash "$ZSYNC_CI" apply zsync-plan
""",
    ".github/workflows/own.yml": """on: workflow_dispatch
jobs:
  again:
    runs-on: ubuntu-24.04
    steps:
      - uses: acme/zsync/.github/actions/zsync@0000000000000000000000000000000000000000
        with: {command: validate, source: "@NAME@==0.1.0"}
      - uses: ./.github/actions/zsync
        with: {command: validate}
      - uses: actions/checkout@v4
      - run: zsync plan relations
      - uses: actions/download-artifact@v4
        with:
          name: zsync-plan
      - run: pip install "@NAME@>=0.1" && cp plan.json .zsync/reviewed/
      - run: |
          # zsync resume last
          zsync resume last \\
            --journal .zsync/runs
      - run: curl http://127.0.0.1:8700/__emulator/state
      - run: cat "$RUNNER_TEMP/apply.json"
""",
}
"""What is only in some: a file for each habit, or several in one."""


def make(root: Path, *files: Mapping[str, str]) -> None:
    """Write the files into a folder."""
    for each in files:
        for name, text in each.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            # By its bare name nothing of this repository installs zsync, and a test looks at every file.
            (root / name).write_text(text.replace("@NAME@", "zsync"), "utf-8")
