"""What a forge answers, as far as it is looked at."""

from pydantic import BaseModel, ConfigDict


class ForgeAnswer(BaseModel):
    """A part of an answer, of which only what is named here is looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class PullHead(ForgeAnswer):
    """The commit of a branch that a pull request is about."""

    sha: str


class Account(ForgeAnswer):
    """Somebody who has an account."""

    login: str = ""


class Pull(ForgeAnswer):
    """A pull request."""

    number: int
    head: PullHead
    merged_at: str | None = None
    merge_commit_sha: str | None = None
    merged_by: Account | None = None
    """Only where a pull request is asked for by its number."""


class Comment(ForgeAnswer):
    """A comment under a pull request or an issue."""

    id: int
    user: Account | None = None
    body: str | None = None


class Issue(ForgeAnswer):
    """An issue."""

    number: int
    user: Account | None = None
    body: str | None = None


class OriginRun(ForgeAnswer):
    """The run that kept an artifact; of a fork that is gone, its repository is not known."""

    id: int | None = None
    repository_id: int | None = None
    head_repository_id: int | None = None
    head_sha: str | None = None
    head_branch: str | None = None

    @property
    def own(self) -> bool:
        """Whether it was for a branch of the repository itself. A fork can keep what it likes under any name."""
        return self.repository_id is not None and self.head_repository_id == self.repository_id


class Artifact(ForgeAnswer):
    """What a run kept; `workflow_run` is the run, with the repository of its branch."""

    id: int
    name: str
    expired: bool
    workflow_run: OriginRun | None = None

    def is_of(self, commit: str) -> bool:
        """Whether a run for this commit of a branch of the repository itself kept it."""
        run = self.workflow_run
        return run is not None and run.own and run.head_sha == commit

    def is_from(self, branch: str) -> bool:
        """Whether it is still kept, by a run for this branch of the repository itself.

        A pull request from such a branch has its name, too: what set the run off, the run itself tells.
        """
        run = self.workflow_run
        return run is not None and run.own and not self.expired and run.head_branch == branch


class WorkflowRun(ForgeAnswer):
    """A run: the event that set it off, with the branch and the commit that it is of."""

    event: str = ""
    head_branch: str | None = None
    head_sha: str | None = None


class GitObject(ForgeAnswer):
    """A blob, a tree or a commit that was made."""

    sha: str


class TreeEntry(ForgeAnswer):
    """A file or folder of a commit: `mode` as Git writes it, `type` is `blob` for a file."""

    path: str
    mode: str
    type: str
    sha: str = ""


class CommitFiles(ForgeAnswer):
    """What is in a commit, folders included; `truncated` where GitHub did not name all of it."""

    tree: list[TreeEntry] = []
    truncated: bool = False


class GitCommit(ForgeAnswer):
    """A commit, with the tree of its files."""

    sha: str
    message: str = ""
    tree: GitObject


class Reference(ForgeAnswer):
    """A branch, and the commit at its tip."""

    object: GitObject


class OpenPull(ForgeAnswer):
    """A pull request that is open, and where people find it."""

    number: int
    html_url: str = ""


class RepositoryAnswer(ForgeAnswer):
    """A repository."""

    default_branch: str


class ReviewedEnvironment(ForgeAnswer):
    """One of GitHub's environments."""

    name: str = ""


class DeploymentReview(ForgeAnswer):
    """What somebody answered where a run waited for reviewers of environments."""

    state: str
    user: Account | None = None
    environments: list[ReviewedEnvironment] = []


class ComparedFile(ForgeAnswer):
    """A file that differs between two commits; `previous_filename` is what it was called before."""

    filename: str
    previous_filename: str = ""


class ComparedCommit(ForgeAnswer):
    """A commit that one side has and the other has not."""

    sha: str


class Comparison(ForgeAnswer):
    """How a branch stands to a commit: `identical`, `ahead`, `behind` or `diverged`; the newest commits of it last."""

    status: str
    ahead_by: int = 0
    commits: list[ComparedCommit] = []
    files: list[ComparedFile] = []


class Pipeline(ForgeAnswer):
    """A pipeline of GitLab's: the branch or tag, and the commit that it is of; what set it off, such as `push`."""

    id: int
    sha: str = ""
    ref: str = ""
    source: str = ""


class JobFile(ForgeAnswer):
    """A file that a job left: its `archive` holds what it keeps, others are its log and reports."""

    file_type: str = ""


class PipelineJob(ForgeAnswer):
    """A job of a pipeline; `tag` says whether its `ref` is a tag."""

    id: int
    name: str = ""
    ref: str = ""
    tag: bool = False
    artifacts: list[JobFile] = []
