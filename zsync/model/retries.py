"""When something is tried again: how often, and after how long. All of zsync's waits between two tries are here.

    CALLS     crm.wire            a call to the API, after 429, 5xx, a lost connection or an unreadable answer;
                                  a write only where the CRM cannot have carried it out
    TOKENS    crm.accounts        a token, after 5xx, a lost connection or an unreadable answer
    NOTICES   notices             a message to a chat, after 429, 5xx or a lost connection
    FORGE     forge.api           a call to GitHub, after 429, 5xx or a lost connection; one that makes something new
                                  only where it cannot have been carried out
    LAGS      applying.settling   reading back rows that the CRM accepted and does not show yet
    ROUNDS    applying.settling   sending rows whose answer was lost and which the CRM shows unchanged

Nothing above these places tries again, and nothing tries for ever.
"""

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

_SECONDS = re.compile("[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Retries:
    """At most `tries`. Waits begin with at most `first` seconds, and double up to `longest`."""

    tries: int
    first: float
    longest: float

    def wait(self, failed: int, asked: float = 0.0, *, dice: float = 1.0) -> float:
        """Seconds to wait after so many failed tries (at least one).

        What the server asked for (see `asked_wait`) is the minimum. A random part of the usual wait is added, as `dice`
        (0 to 1) says, so that calls that failed together do not come back together.
        """
        return asked + dice * min(self.longest, self.first * 2.0 ** (failed - 1))


CALLS = Retries(5, 0.5, 8.0)
TOKENS = Retries(3, 1.0, 2.0)
NOTICES = Retries(2, 1.0, 1.0)
FORGE = Retries(3, 2.0, 8.0)

NONSENSE = 3
"""After this many unreadable answers with a good status a call is given up: a proxy or login page will not change."""

LAGS = (0.2, 0.5, 1.0, 2.0)
ROUNDS = 3


def asked_wait(header: str | None, now: float) -> float:
    """The seconds that a `Retry-After` asks for, as a number or a date; 0 if there is none, or none that makes sense.

    `now` is in seconds since 1970. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 0.0)
    except (ValueError, TypeError, OverflowError, IndexError):
        return 0.0
