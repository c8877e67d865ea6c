"""What `zsync init` says on the way, and what it takes in."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zsync.cli.bundled import KeptCrm
    from zsync.cli.invocation import Invocation
    from zsync.cli.questions import Questions
    from zsync.cli.surveying import Seen
    from zsync.pulling.stock import Stock

_NEXT = 'git add --all && git commit -m "Start with zsync"'


def tell_seen(call: "Invocation", seen: "Seen") -> None:
    """Say on stderr who the org is, or what is wrong with it and that init is to be run again."""
    from zsync.render.escape import terminal

    if seen.failed:
        call.output.talk(f"FAIL  {terminal(seen.failed.name)}: {terminal(seen.failed.message)}")
        call.output.talk(f"      {terminal(seen.failed.advice)}\n      Then run zsync init again.")
        return
    kind = f" ({terminal(seen.org_type)})" if seen.org_type else ""
    call.output.talk(f"    ok  org {terminal(seen.org_id)}{kind}. {seen.able}".rstrip())
    if seen.warned:
        things = "1 thing" if seen.warned == 1 else f"{seen.warned} things"
        call.output.talk(f"    {things} to look at later: zsync doctor")


def chosen(call: "Invocation", seen: "Seen", take: str | None, questions: "Questions") -> "Sequence[Stock]":
    """What to pull, of what no manifest has yet."""
    from zsync.render.words import count

    left = [stock for stock in seen.stocks if stock.ids]
    known = sum(stock.known for stock in seen.stocks)
    for at, stock in enumerate(left):
        rows = "not counted" if stock.rows is None else count(stock.rows, "row")
        word = "Found" if not at else "     "
        call.output.talk(
            f"    {word} {count(len(stock.ids), stock.noun):<22} {rows:>12}   about {count(stock.credits, 'API credit')}"
        )
    empty = sum(stock.empty for stock in seen.stocks)
    apart = [f"{known:,} in manifests already"] * bool(known) + [f"{empty:,} without rows: left out"] * bool(
        empty
    )
    if apart:
        call.output.talk(f"    {', '.join(apart)}")
    if not left:
        questions.skip("take")
        if not known:
            call.output.talk("    Found no active campaign and no price book with rows: nothing is taken in.")
        return ()
    words = ["all", *(stock.word for stock in left), "none"]
    answer = take or questions.ask(
        f"Take in {', '.join(words[:-1])} or none",
        "all",
        lambda text: "" if text in words else f"One of {', '.join(words)}.",
    )
    return [stock for stock in left if answer in ("all", stock.word)]


def tell_written(call: "Invocation", written: Sequence[str], ignored: Path | None) -> None:
    """Print what was written."""
    from zsync.render.escape import terminal

    parts = [f"relations/ ({', '.join(written)})"] if written else []
    parts += [str(ignored)] if ignored else []
    if parts:
        call.output.result(f"Wrote {terminal(', '.join(parts))};\n      no secret is in any of them.\n")
    else:
        call.output.result("Nothing to write: all of it is here.\n")


def tell_proof(call: "Invocation", changes: int, rows: int, reads: int) -> None:
    """Print what the plan says: `changes` and unchanged `rows`, and the calls of all steps."""
    from zsync.render.words import count

    cost = count(reads, "API credit")
    if changes:
        call.output.result(
            f"The plan is not empty: {count(changes, 'change')} ({cost}). zsync plan shows them.\n"
        )
    else:
        call.output.result(f"No changes. The CRM matches the manifests ({count(rows, 'row')}, {cost}).\n")


def tell_next(call: "Invocation", kept: "KeptCrm | None", *, empty: bool) -> None:
    """Say on stderr how to go on: with the bundled CRM, if it is kept, and with Git."""
    from zsync.config.search import repository

    if kept:
        start, plan = kept.again
        call.output.talk(
            f"The bundled CRM stops now and is kept. To go on with it, in another terminal:\n  {start}\nand here:\n  {plan}"
        )
    begin = "" if repository(Path.cwd().resolve()) else "git init && "
    if empty:
        call.output.talk(f"Next: {begin}{_NEXT}\nThen the tutorial's step 3: the workflows")
