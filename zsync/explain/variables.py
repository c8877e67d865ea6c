"""The environment variables that zsync reads, and what each of them does."""

from collections.abc import Mapping
from types import MappingProxyType

VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        # The connection.
        "ZSYNC_CLIENT_ID": "The id of the self-client, one of three that make the connection. Access tokens are made from them, and kept "
        "in your cache folder (mode 0600) until they expire. This one and the five below may be an environment's own, named "
        "`ZSYNC_<ENVIRONMENT>_CLIENT_ID` and so on: capitals, and `_` for what is neither a letter nor a digit. All of an environment are its own or none is, and where any environment has its own, the bare ones "
        "serve none.",
        "ZSYNC_CLIENT_SECRET": "The secret of the self-client.",
        "ZSYNC_REFRESH_TOKEN": "The refresh token, which `zsync login` prints. It does not expire.",
        "ZSYNC_ACCESS_TOKEN": "An access token instead of the three; it is good for an hour.",
        "ZSYNC_ACCOUNTS_URL": "The token server, before what zsync.yaml says: `https://accounts.zoho.eu`, or any other that is https (on this machine, http too).",
        "ZSYNC_API_DOMAIN": "The API's server, before what zsync.yaml and the token say: `https://www.zohoapis.eu`, or any other that is https (on this machine, http too).",
        # The choice, and the clock.
        "ZSYNC_ENVIRONMENT": "The environment of zsync.yaml to work on, as `-e`. Where zsync.yaml has one alone, that is in force anyway.",
        "SOURCE_DATE_EPOCH": "The clock, in seconds since 1970: the same input then gives the same plan, byte by byte.",
        # What is shown.
        "ZSYNC_REDACT": "1 masks personal data in every format, 0 in none, as `--redact` and `--no-redact`.",
        "ZSYNC_REDACT_KEY": "Any long random text, kept as a secret: the key of the tokens that stand in place of personal data.",
        # The journals of runs.
        "ZSYNC_JOURNAL_KEY": "Any long random text, kept as a secret: the key that seals the journals of runs. Who has it can `resume` and `undo` "
        "runs that were sealed with it, on any machine. Without it a journal is sealed with a key made of the refresh token that wrote, and "
        "without that with a random key of the machine.",
        "NO_COLOR": "No colour, where it is set to anything; `--color always` is stronger.",
        "TERM": "`dumb` means no colour either.",
        "ZSYNC_TRACEBACK": "Where zsync itself is at fault: shows where. The text may hold data of the CRM.",
        # Where it runs.
        "GITHUB_ACTIONS": "`true` on GitHub Actions: text is masked there, for the logs of public repositories are public.",
        "ZSYNC_BASE": "For `zsync ci run`, the commit to compare with, as `--base`.",
        "ZSYNC_DIGEST": "For `zsync ci run apply`, the digest that was reviewed, as `--digest`.",
        "ZSYNC_CONFIRM": "For `zsync ci run apply`, the name of a protected environment, as `--confirm`.",
        "GH_TOKEN": "The token with which `zsync ci` asks GitHub, or `GITHUB_TOKEN`. Of the runner's own variables it reads "
        "`GITHUB_REPOSITORY`, `GITHUB_SHA`, `GITHUB_RUN_ID` and their like.",
        "GITHUB_TOKEN": "As `GH_TOKEN`, which comes first.",
        "GITHUB_API_URL": "The address of GitHub's API; default `https://api.github.com`. The runner sets it.",
        "GITHUB_RUN_ATTEMPT": "On GitHub Actions, which attempt of the run this is: a part of artifacts' names.",
        "RUNNER_TEMP": "On GitHub Actions, the folder outside of the checkout in which `zsync ci run` leaves its files.",
        "GITHUB_OUTPUT": "On GitHub Actions, the file that gets `reason`, a word for the exit code, and `exit-code`.",
        "ZSYNC_ARTIFACT_URL": "Where CI keeps the files of this run: Markdown that had to be shortened links there.",
        "ZSYNC_NOTIFY": "Webhooks of chat channels, as `--notify`, with spaces between; a secret.",
        "ZSYNC_OTEL": "1 sends traces and metrics to an OpenTelemetry collector. OpenTelemetry's own variables hold as well: "
        "`OTEL_EXPORTER_OTLP_ENDPOINT` and its like, and `TRACEPARENT`.",
        "OTEL_SDK_DISABLED": "`true` turns that off again.",
        "OTEL_SERVICE_NAME": "Who tells, for the collector; default `zsync-crm`.",
        "OTEL_RESOURCE_ATTRIBUTES": "More about who tells, as `service.name=…`.",
        "CI_JOB_URL": "On GitLab, the page that notices link.",
        "BUILD_URL": "On Jenkins, the page that notices link.",
        "HTTPS_PROXY": "The proxy to go through; so do `HTTP_PROXY`, `ALL_PROXY` and, for exceptions, `NO_PROXY`.",
        "SSL_CERT_FILE": "Certificates to trust instead of the usual ones, or `SSL_CERT_DIR`, a folder of them.",
        "XDG_CACHE_HOME": "On Linux, the folder in which access tokens are kept; default `~/.cache`.",
        "XDG_STATE_HOME": "On Linux, the folder in which locks and the journals of runs are kept; default `~/.local/state`.",
    }
)
"""Name → what it does, in one or two sentences."""
