"""`zsync doctor --probe`: what is open about Zoho, asked in a sandbox on one campaign and one lead, and kept in the org profile."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from zsync.cli.invocation import Invocation
from zsync.cli.probe_leftover import agreed, leftover_file, restored_before, say_unrestored, written
from zsync.errors import GuardRefused, InputError, Unrestored, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zsync.cli.kept_profiles import FoundProfile
    from zsync.cli.session import Session
    from zsync.doctor.probe import ProbeResult
    from zsync.doctor.probe_place import ProbeAsked, ProbeSite
    from zsync.metadata.profile import OrgProfile

CAMPAIGN = click.Option(
    ["--campaign"], metavar="NAME", help="campaign for --probe: its name, or its id [asked]"
)
LEAD = click.Option(["--lead"], metavar="EMAIL", help="lead for --probe: an e-mail address, or an id [asked]")
_UNSEEN = (
    "",
    "Fields of a member that `relation_kinds` of zsync.yaml does not declare are not",
    "read, so they are not restored: a PUT may empty them. A lead who is not in the",
    "campaign has none to lose.",
)
"""Where the lead is a member already."""

_NAMES, _ANSWERS = 24, 14
"""Columns of a question and of its answer."""


def probe(call: Invocation, campaign: str | None, lead: str | None, *, auto_approve: bool) -> int:
    """Ask what is open, if somebody agrees to what that writes. Gives the exit code; see `zsync doctor --help`."""
    from zsync.applying.freezing import check_freeze
    from zsync.cli import session as sessions
    from zsync.cli.freeze import freeze_of
    from zsync.cli.kept_profiles import kept_profile

    if not auto_approve and not sys.stdin.isatty():
        raise UsageError(
            "--probe writes to a sandbox, there is no terminal to ask at, and --auto-approve was not given",
            help="Add --auto-approve --campaign NAME --lead EMAIL, or run it at a terminal.",
        )
    session = sessions.open_session(call, sessions.default_paths())
    check_freeze(freeze_of(session.environment))
    kept = kept_profile(session.config, session.environment)
    if kept.wrong:
        raise InputError(kept.wrong)
    if session.environment.type == "production":
        raise GuardRefused(
            f"a probe writes, and {session.environment.name} is a production org",
            help="Name the environment of a sandbox: `zsync doctor --probe -e ENV`.",
        )
    if not restored_before(call, session, auto_approve=auto_approve):
        return 130
    asked = _asked(session, campaign, lead)
    place, profile = sessions.run(_looked(session, asked, kept))
    _show(call, session, place, asked)
    if not agreed(call, session, auto_approve=auto_approve, question="Write these, and restore?"):
        return 130
    found = _probed(call, session, place)
    return _told(call, session, place, found, kept, profile)


def _asked(session: "Session", campaign: str | None, lead: str | None) -> "ProbeAsked":
    """What to probe on. What no option names is asked for; raises `UsageError` where nobody can be."""
    from zsync.doctor.probe_place import ProbeAsked

    names = {"campaign": campaign, "lead": lead}
    for name, said in names.items():
        if not (said or "").strip():
            if said is not None or not sys.stdin.isatty():
                raise UsageError(
                    f"--probe needs a {name} that may be written",
                    help="Name both: --campaign NAME --lead EMAIL, best ones that were made for this.",
                )
            what = "Campaign (name or id)" if name == "campaign" else "Lead (e-mail address or id)"
            names[name] = click.prompt(what, err=True)
    environment = session.environment
    return ProbeAsked(
        str(names["campaign"]).strip(),
        str(names["lead"]).strip(),
        session.expected(),
        session.config.kinds,
        environment.values,
        session.consents,
    )


async def _looked(
    session: "Session", asked: "ProbeAsked", kept: "FoundProfile"
) -> "tuple[ProbeSite, OrgProfile]":
    """The place, and the profile that the answers go into: the one that there is, else a new one. Only reads."""
    from zsync.cli import session as sessions
    from zsync.crm import connect_reader
    from zsync.doctor.probe_place import find_place
    from zsync.doctor.profile import profile_of

    async with connect_reader(session.connection()) as reader:
        place = await find_place(reader, asked)
        profile = kept.profile
        if profile is not None and profile.org_id != place.org.id:
            raise UsageError(
                f"{kept.path.as_posix()} is of org {profile.org_id}, and the token is of {place.org.id}",
                help=f"Write it anew first: `zsync profile -e {session.environment.name}`.",
            )
        if profile is None:
            date = f"{sessions.now():%Y-%m-%d}"
            profile = await profile_of(reader, asked.expected, asked.kinds, date)
    return place, profile


def _show(call: Invocation, session: "Session", place: "ProbeSite", asked: "ProbeAsked") -> None:
    """Where the probe writes, and each of its requests."""
    from zsync.doctor.leftover import Leftover
    from zsync.doctor.probe_place import steps
    from zsync.render.escape import terminal

    pen = place.pen
    before = Leftover(place.api_domain, place.org.id, pen, place.before)
    lines = [
        f"Probe of {session.environment.name}: org {place.org.id} ({place.org.name or 'no name'}, {place.org.type}) at {place.api_domain}",
        "",
        f"  campaign  {place.name or 'no name'} ({pen.campaign})",
        # In a log an address would stay.
        f"  lead      {pen.lead}"
        + (f" ({asked.lead})" if sys.stdin.isatty() and asked.lead != pen.lead else ""),
        f"  now       {before.state}",
        "",
        f"It writes Campaigns/{pen.campaign}/{pen.related_list}, in this order:",
        "",
        *(
            f"  {number:>2}  {step.method:<6}  {step.text}"
            for number, step in enumerate(steps(place).values(), 1)
        ),
        f"      {'DELETE' if place.before is None else 'PUT':<6}  at the end, also after an error: {before.state}",
        "",
        "A row of nobody has the campaign's own id, which no lead has. No other relation",
        "is touched. Workflows of the sandbox for campaign members may run. The accounts",
        "server is asked once with a wrong code.",
        *(_UNSEEN if place.before is not None else ()),
    ]
    call.output.result("".join(f"{terminal(line)}\n" for line in lines))


def _probed(call: Invocation, session: "Session", place: "ProbeSite") -> "ProbeResult":
    """What the probe found. A first Ctrl-C ends it after the request under way, and restores."""
    from zsync.crm.door import connect_prober
    from zsync.doctor.probe import probe as ask

    connection, expected, file = session.connection(), session.expected(), leftover_file(session)

    async def work(pause: "Callable[[], None]") -> "ProbeResult":
        async with connect_prober(connection, place.pen) as crm:
            return await ask(crm, place, expected, file, pause)

    return written(call, session, f"{place.api_domain} {place.org.id}", work)


def _told(
    call: Invocation,
    session: "Session",
    place: "ProbeSite",
    found: "ProbeResult",
    kept: "FoundProfile",
    profile: "OrgProfile",
) -> int:
    """Say what was found and keep it; raise what ended the probe early."""
    if found.unrestored:
        say_unrestored(call, session, found.unrestored)
        raise Unrestored(f"the relation is not as it was: {found.unrestored}") from found.error
    if found.error is not None:
        call.output.talk("The relation is as it was. Nothing is kept of an incomplete probe.")
        raise found.error
    known = dict(profile.answers)
    answers = {**known, **found.answers}
    _show_answers(call, found, known)
    call.output.result(
        f"\nThe relation is as it was: {'its fields were restored and read back' if place.before else 'the lead is not in the campaign'}.\n"
    )
    _keep(call, session, kept, replace(profile, answers=answers), same=answers == known)
    return 0


def _show_answers(call: Invocation, found: "ProbeResult", known: "Mapping[str, str]") -> None:
    from zsync.doctor.questions import QUESTIONS
    from zsync.render.escape import terminal

    call.output.result("\n")
    for name, about in QUESTIONS.items():
        if name in found.answers:
            said = terminal(found.answers[name])
            call.output.result(f"{name:<{_NAMES}}  {said:<{_ANSWERS}}  {about}\n")
    open_ = [name for name in QUESTIONS if name not in found.answers]
    if open_:
        call.output.result("\nStill open:\n")
    for name in open_:
        before = f" (kept: {terminal(known[name])})" if name in known else ""
        why = found.left.get(name, "the question was not reached")
        call.output.result(f"{name:<{_NAMES}}  {terminal(why)}{before}\n")


def _keep(
    call: Invocation, session: "Session", kept: "FoundProfile", profile: "OrgProfile", *, same: bool
) -> None:
    """Save the profile with its answers."""
    from zsync.cli import session as sessions
    from zsync.cli.kept_profiles import keep_profile

    unchanged = same and kept.profile is not None
    now = profile if unchanged else replace(profile, date=f"{sessions.now():%Y-%m-%d}")
    keep_profile(kept, now, session.environment.name, same=unchanged)
    path, count = kept.path.as_posix(), len(profile.answers)
    if unchanged:
        call.output.result(f"{path}: all {count} answers are as before.\n")
        return
    call.output.result(f"Wrote {path}: {count} answers.\n")
    call.output.talk("Commit it. The answers switch nothing by themselves: zsync explain probe")
