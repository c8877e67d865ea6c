"""The page of limits, from `zsync.bounds`, and of what is tried again, from `zsync.model.retries`."""

from tests.reference.markdown import prose, table
from zsync import bounds
from zsync.bounds import Bound
from zsync.files.reading import size
from zsync.model.retries import CALLS, NOTICES, TOKENS, Retries


def page() -> str:
    """Both tables."""
    rows = [
        (prose(bound.about[0].upper() + bound.about[1:]), most(bound), prose(bound.beyond))
        for bound in bounds_by_name().values()
    ]
    return "\n".join(
        [
            "# Limits\n",
            "Whatever a stranger can make large or slow ends somewhere: files of a pull request, answers of a server. None of these "
            "limits can be set. What a run may spend can: `credit_reserve` in [zsync.yaml](config.md) keeps API credits for others, and "
            "[`--max-reads N`](commands.md#zsync-plan) refuses a plan that takes more than N reads: before the first one if so many are "
            "certain, and at the latest at the N-th.\n",
            table(["what", "at most", "beyond it"], rows),
            "## What is tried again\n",
            "Waits double from one try to the next; a server's `Retry-After` is the least. A run waits "
            f"{bounds.WAITING.most} seconds in all.\n",
            table(
                ["what", "tries", "waits"],
                [
                    (
                        "A call to the API; one that writes only where the CRM cannot have carried it out",
                        *_told(CALLS),
                    ),
                    ("An access token", *_told(TOKENS)),
                    ("A message to a chat", *_told(NOTICES)),
                ],
            ),
        ]
    )


def bounds_by_name() -> dict[str, Bound]:
    """Every limit there is, in the order of the source."""
    return {name: value for name, value in vars(bounds).items() if isinstance(value, Bound)}


def most(bound: Bound) -> str:
    """`128 MiB`, `1,000 problems`."""
    return size(bound.most) if bound.unit == "bytes" else f"{bound.most:,} {bound.unit}"


def _told(retries: Retries) -> tuple[str, str]:
    waits = f"up to {retries.first:g} s" + (
        f", later {retries.longest:g} s" if retries.longest != retries.first else ""
    )
    return str(retries.tries), waits
