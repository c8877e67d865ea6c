"""What workflows write at GitHub: the comment about a plan, the one about a merge, the issue about drift."""

from dataclasses import dataclass

from zsync.review import marker
from zsync.review.holding import HOLDS
from zsync.review.texts import body


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, as the comment about it names it; what is empty is not known. `about` is the run's slug."""

    about: str
    head: str = ""
    artifact_id: str = ""
    digest: str = ""
    page: str = ""

    @property
    def begins(self) -> str:
        """How its comment begins."""
        return marker.start("plan", self.about)

    def text(self, made: str, run: str) -> str:
        """The comment: `made` is what zsync rendered, `run` the run's address."""
        artifact = int(self.artifact_id) if self.artifact_id.isascii() and self.artifact_id.isdecimal() else 0
        page = self.page or run
        first = marker.of_plan(self.about, self.head, artifact, self.digest)
        links = f"<sub>[The plan as a page, and as apply gets it]({page}) · [run]({run})</sub>"
        note = f"This plan is too long for a comment: [here is all of it]({page})."
        return body((first, made or "### zsync: no plan could be made", links), note)


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did: the verdict (`reviewed`, `ask`, `failed`) with its reason, and how apply ended."""

    about: str
    verdict: str = ""
    why: str = ""
    exit_code: str = ""

    @property
    def begins(self) -> str:
        """How its comment begins."""
        return marker.start("apply", self.about)

    def text(self, made: str, run: str) -> str:
        """The comment: `made` is what zsync rendered, `run` the run's address."""
        parts = (
            marker.plain("apply", self.about),
            self._reviewed(run),
            made or "### zsync: this run left no result",
            f"<sub>[Report, page and journal]({run})</sub>",
        )
        return body(parts, f"This is too long for a comment: [here is all of it]({run}).")

    def _reviewed(self, run: str) -> str:
        """What became of the reviewed plan, and what to do; '' where all of it was applied."""
        if self.verdict == "ask":
            return (
                f"> [!IMPORTANT]\n> **Nothing was written**: {self.why}.\n"
                f"> Below is the new plan. To apply it, [run the failed jobs again]({run})."
            )
        if self.exit_code == "6":
            return (
                "> [!IMPORTANT]\n> **Nothing was written**: the plan was refused.\n"
                f"> For a new one, [run all jobs again]({run})."
            )
        if self.verdict == "reviewed" and self.why not in ("", HOLDS):
            return f"> [!NOTE]\n> {self.why[0].upper()}{self.why[1:]}."
        return ""


def drift(about: str, made: str, run: str) -> str:
    """The text of the issue about drift."""
    parts = (marker.plain("drift", about), made, f"<sub>[Page and plan]({run})</sub>")
    return body(parts, f"This is too long for an issue: [here is all of it]({run}).")


def accepted(about: str, made: str, run: str) -> str:
    """The text of the pull request that takes what the CRM holds into the files."""
    why = (
        "These rows were changed in the CRM. Merging takes their values into Git: there is nothing to write then. "
        "To restore Git's values instead, close this and run *apply* with `only: drift`."
    )
    parts = (marker.plain("accept", about), why, made, f"<sub>[Run]({run})</sub>")
    return body(parts, f"This is too long for a pull request: [here is all of it]({run}).")


def accepted_title(readable: str) -> str:
    """Its title, and that of the commit; `readable` says what the run was about."""
    return f"Take what the CRM holds into the manifests ({readable})"


def drift_title(readable: str) -> str:
    """Its title; `readable` says what the run was about."""
    return f"The CRM drifted from the manifests ({readable})"
