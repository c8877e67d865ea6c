"""The environment variables that zsync reads, and what each of them does."""

from collections.abc import Mapping
from types import MappingProxyType

VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        # The connection.
        "ZSYNC_CLIENT_ID": "The id of the self-client. With the two below it makes the connection: access tokens are made from them and "
        "kept in your cache folder (mode 0600) until they expire. This one and the five below can be an environment's own, as "
        "`ZSYNC_<ENVIRONMENT>_CLIENT_ID` and so on: in capitals, with `_` for what is neither a letter nor a digit. An environment has all of "
        "its own or none, and if any environment has its own, the bare ones serve none.",
        "ZSYNC_CLIENT_SECRET": "The secret of the self-client.",
        "ZSYNC_REFRESH_TOKEN": "The refresh token, which `zsync login` prints. It does not expire.",
        "ZSYNC_ACCESS_TOKEN": "An access token instead of the three above. It is valid for an hour.",
        "ZSYNC_ACCOUNTS_URL": "The token server, instead of what zsync.yaml says: `https://accounts.zoho.eu`, or any other over https (on this machine also http).",
        "ZSYNC_API_DOMAIN": "The API server, instead of what zsync.yaml and the token say: `https://www.zohoapis.eu`, or any other over https (on this machine also http).",
        # The choice, and the clock.
        "ZSYNC_ENVIRONMENT": "The environment of zsync.yaml to work on, as with `-e`. If zsync.yaml has only one, that is in force anyway.",
        "SOURCE_DATE_EPOCH": "The time to use instead of now, in seconds since 1970. The same input then gives the same plan, byte by byte.",
        # The journals of runs, and the switch that stops them.
        "ZSYNC_JOURNAL_KEY": "The key that seals the journals of runs: any long random text, kept secret. Whoever has it can `resume` and "
        "`undo` the runs that were sealed with it, on any machine. Without it a journal is sealed with a key made of the refresh token "
        "that wrote, and without that with a random key of the machine.",
        "ZSYNC_FREEZE": "The reason why every `apply`, `resume` and `undo`, and `doctor --probe`, stops before it sends anything, exit 5. Any text counts, `0` too; "
        "an empty one does not. `ZSYNC_<ENVIRONMENT>_FREEZE` stops one environment. A file `FREEZE` in the environment's state folder, "
        "which `zsync doctor` names, does the same, and also stops a run under way before its next request.",
        # What is shown.
        "ZSYNC_REDACT": "1 masks personal data in every format, 0 in none, as `--redact` and `--no-redact` do.",
        "ZSYNC_REDACT_KEY": "The key of the tokens that take the place of personal data: any long random text, kept secret. "
        "Without it they are keyed with one made of the environment's client secret, and without that with a random key of the run.",
        "NO_COLOR": "No colour if it is set to anything. `--color always` overrides it.",
        "TERM": "`dumb` means no colour as well.",
        "ZSYNC_TRACEBACK": "Shows where in zsync an internal error happened. The text may contain data of the CRM.",
        # Where it runs.
        "GITHUB_ACTIONS": "`true` on GitHub Actions. Text is masked there, since the logs of public repositories are public.",
        "ZSYNC_ONLY": "For `zsync ci run`: selectors that narrow a plan, one a line, as with `--only`.",
        "GITHUB_EVENT_NAME": "On GitHub Actions: `push` lets a plan without `--base` compare with the commit before the push, if that was "
        "one to the default branch; `workflow_dispatch` makes `zsync ci decide` ask, whatever was reviewed.",
        "GITHUB_EVENT_PATH": "The file with that commit and branch. The runner sets both.",
        "CI_PIPELINE_SOURCE": "On GitLab: `push` does the same, with the three below.",
        "CI_COMMIT_BEFORE_SHA": "The commit before the push.",
        "CI_COMMIT_BRANCH": "The branch of the pipeline.",
        "CI_DEFAULT_BRANCH": "The project's default branch.",
        "VARIABLES": "For `zsync ci run`: a repository's variables as JSON, which GitHub gives as `toJSON(vars)`. Of them only "
        "`ZSYNC_<ENVIRONMENT>_FREEZE` is read: no workflow can name it beforehand.",
        "ZSYNC_BASE": "For `zsync ci run`: the commit to compare with, as with `--base`.",
        "ZSYNC_OPEN": "For `zsync ci run`: the report whose open rows keep their base, as with `--open`.",
        "ZSYNC_GUARDS_OF": "For `zsync ci run`: the commit whose guards hold besides, as with `--guards-of`.",
        "ZSYNC_KEPT": "For `zsync ci base` on GitLab: which jobs keep reports, as with `--kept`.",
        "ZSYNC_GITLAB_TOKEN": "For `zsync ci base` on GitLab: a token with the scope `read_api` and the role Reporter, which finds the "
        "report of the last run.",
        "GITLAB_CI": "`true` in a job of GitLab's. `zsync ci base` and `current` ask there instead of GitHub.",
        "CI_API_V4_URL": "The address of GitLab's API. GitLab sets it, and the two below.",
        "CI_PROJECT_ID": "The project's number there.",
        "CI_COMMIT_SHA": "The commit of the pipeline, of which `zsync ci current` asks whether its branch has gone on.",
        "ZSYNC_MAX_READS": "For `zsync ci run plan` and `drift`, the most reads of the CRM, as `--max-reads`.",
        "ZSYNC_DIGEST": "For `zsync ci run apply`: the digest that was reviewed, as with `--digest`.",
        "ZSYNC_CONFIRM": "For `zsync ci run apply`: the name of a protected environment, as with `--confirm`.",
        "ZSYNC_APPROVED_BY": "The accounts that approved the run, separated by spaces, for its report; `zsync ci approved` asks GitHub for them.",
        "ZSYNC_MERGED_BY": "The account that merged the pull request, for the report of an apply; likewise.",
        "GITHUB_TRIGGERING_ACTOR": "On GitHub Actions: who started this attempt, for the report of an apply; without it `GITHUB_ACTOR`.",
        "GITLAB_USER_LOGIN": "On GitLab: who started the job, for the report of an apply. Elsewhere the report names the machine's user.",
        "GH_TOKEN": "The token with which `zsync ci` asks GitHub. Of the runner's own variables it reads `GITHUB_REPOSITORY`, "
        "`GITHUB_SHA`, `GITHUB_RUN_ID` and the like.",
        "GITHUB_TOKEN": "As `GH_TOKEN`, which takes precedence.",
        "ZSYNC_PULLS_TOKEN": "The secret with which the workflow `accept.yml` opens pull requests; `zsync ci propose` gets it as `GH_TOKEN`.",
        "GITHUB_SERVER_URL": "On GitHub Actions: where links to the repository lead, `https://github.com` by default.",
        "GITHUB_API_URL": "The address of GitHub's API, `https://api.github.com` by default. The runner sets it.",
        "GITHUB_REF": "On GitHub Actions: the branch whose newer commits `zsync ci current` asks for.",
        "GITHUB_RUN_ATTEMPT": "On GitHub Actions: which attempt of the run this is. Names of artifacts contain it.",
        "RUNNER_TEMP": "On GitHub Actions: the folder outside the checkout in which `zsync ci run` leaves its files.",
        "GITHUB_OUTPUT": "On GitHub Actions: the file to which `exit-code` is written, and `reason`, a word for it.",
        "ZSYNC_ARTIFACT_URL": "The address where CI keeps the files of this run. Markdown that had to be shortened links to it.",
        "ZSYNC_NOTIFY": "Webhooks of chat channels, as with `--notify`, separated by spaces. A secret.",
        "ZSYNC_OTEL": "1 sends traces and metrics to an OpenTelemetry collector. OpenTelemetry's own variables apply as well: "
        "`OTEL_EXPORTER_OTLP_ENDPOINT` and the like, and `TRACEPARENT`.",
        "OTEL_SDK_DISABLED": "`true` turns that off again.",
        "OTEL_SERVICE_NAME": "The name under which the collector knows zsync, `zsync-crm` by default.",
        "OTEL_RESOURCE_ATTRIBUTES": "More attributes for the collector, such as `service.name=…`.",
        "CI_JOB_URL": "On GitLab: the page that notices and reports link to; without it `CI_PIPELINE_URL`.",
        "BUILD_URL": "On Jenkins: the page that notices and reports link to.",
        "PATH": "Where Git is looked for. Entries that are empty or no absolute path are skipped: they lead into the checkout.",
        "HTTPS_PROXY": "The proxy to use. `HTTP_PROXY`, `ALL_PROXY` and, for exceptions, `NO_PROXY` apply as well.",
        "SSL_CERT_FILE": "A file of certificates to trust instead of the usual ones. `SSL_CERT_DIR` is a folder of them.",
        "XDG_CACHE_HOME": "On Linux: the folder in which access tokens are kept, `~/.cache` by default.",
        "XDG_STATE_HOME": "On Linux: the folder in which locks and the journals of runs are kept, `~/.local/state` by default.",
    }
)
"""Name → what it does, in one or two sentences."""
