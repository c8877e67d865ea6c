"""What GitHub answers, as far as it is looked at."""

from pydantic import BaseModel, ConfigDict


class GitHubAnswer(BaseModel):
    """A part of an answer, of which only what is named here is looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class PullHead(GitHubAnswer):
    """The commit of a branch that a pull request is about."""

    sha: str


class Account(GitHubAnswer):
    """Somebody who has an account."""

    login: str = ""


class Pull(GitHubAnswer):
    """A pull request."""

    number: int
    head: PullHead
    merged_at: str | None = None
    merge_commit_sha: str | None = None
    merged_by: Account | None = None
    """Only where a pull request is asked for by its number."""


class Comment(GitHubAnswer):
    """A comment under a pull request or an issue."""

    id: int
    user: Account | None = None
    body: str | None = None


class Issue(GitHubAnswer):
    """An issue."""

    number: int
    user: Account | None = None
    body: str | None = None


class OriginRun(GitHubAnswer):
    """The run that kept an artifact."""

    id: int
    repository_id: int
    head_repository_id: int
    head_sha: str = ""
    head_branch: str | None = None


class Artifact(GitHubAnswer):
    """What a run kept; `workflow_run` is the run, with the repository of its branch."""

    id: int
    name: str
    expired: bool
    workflow_run: OriginRun | None = None

    def is_of(self, commit: str) -> bool:
        """Whether a run for this commit of a branch of the repository itself kept it.

        A fork can keep what it likes under any name.
        """
        run = self.workflow_run
        return run is not None and run.head_repository_id == run.repository_id and run.head_sha == commit

    def is_from(self, branch: str) -> bool:
        """Whether it is still kept, by a run for this branch of the repository itself.

        A pull request from such a branch has its name, too: what set the run off, the run itself tells.
        """
        run = self.workflow_run
        own = run is not None and run.head_repository_id == run.repository_id
        return own and not self.expired and run is not None and run.head_branch == branch


class WorkflowRun(GitHubAnswer):
    """A run: the event that set it off, with the branch and the commit that it is of."""

    event: str = ""
    head_branch: str | None = None
    head_sha: str = ""


class RepositoryAnswer(GitHubAnswer):
    """A repository."""

    default_branch: str


class ReviewedEnvironment(GitHubAnswer):
    """One of GitHub's environments."""

    name: str = ""


class DeploymentReview(GitHubAnswer):
    """What somebody answered where a run waited for reviewers of environments."""

    state: str
    user: Account | None = None
    environments: list[ReviewedEnvironment] = []


class ComparedFile(GitHubAnswer):
    """A file that differs between two commits; `previous_filename` is what it was called before."""

    filename: str
    previous_filename: str = ""


class ComparedCommit(GitHubAnswer):
    """A commit that one side has and the other has not."""

    sha: str


class Comparison(GitHubAnswer):
    """How a branch stands to a commit: `identical`, `ahead`, `behind` or `diverged`; the newest commits of it last."""

    status: str
    ahead_by: int = 0
    commits: list[ComparedCommit] = []
    files: list[ComparedFile] = []
