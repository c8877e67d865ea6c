"""When something is tried again: how often, and after how long. Every wait of zsync between two tries is here.

    CALLS     crm.wire            a call to the API, after 429, 5xx, a lost connection or an unreadable answer;
                                  a write only where the CRM cannot have carried it out
    TOKENS    crm.accounts        a token, after 5xx, a lost connection or an unreadable answer
    NOTICES   notices             a message to a chat, after 429, 5xx or a lost connection
    FORGE     github              a call to GitHub, after 429, 5xx or a lost connection; one that makes something new
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
    """At most `tries`; before the second at most `first` seconds, then twice as many each time, at most `longest`."""

    tries: int
    first: float
    longest: float

    def wait(self, failed: int, asked: float = 0.0, *, dice: float = 1.0) -> float:
        """Seconds to wait after so many tries have failed (at least one).

        The server's wish (`asked`, see `asked_wait`) is the least. To that comes a part of the rest, from 0 to all of it
        as `dice` falls (0 to 1), so that those who failed together do not come again together.
        """
        return asked + dice * min(self.longest, self.first * 2.0 ** (failed - 1))


CALLS = Retries(5, 0.5, 8.0)
TOKENS = Retries(3, 1.0, 2.0)
NOTICES = Retries(2, 1.0, 1.0)
FORGE = Retries(3, 2.0, 8.0)

NONSENSE = 3
"""How many unreadable answers with a good status are taken before a call is given up: more of them say the same."""

LAGS = (0.2, 0.5, 1.0, 2.0)
ROUNDS = 3


def asked_wait(header: str | None, now: float) -> float:
    """The seconds that a `Retry-After` asks for, which may be a date; 0 where there is none that can be read.

    `now` is in seconds since 1970. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 0.0)
    except (ValueError, TypeError, OverflowError, IndexError):
        return 0.0
