"""A branch with one commit on GitHub, made through the API alone: no token is ever beside a working tree.

https://docs.github.com/en/rest/git
"""

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote

from zsync.errors import UsageError
from zsync.forge.answers import CommitFiles, GitCommit, GitObject, OpenPull, Reference
from zsync.forge.github import GitHub

_FILES = ("100644", "100755")


class Proposing(GitHub):
    """The API of one repository, for a token that may write its contents."""

    _advice = "Such a token needs `contents: write`, and for a pull request `pull-requests: write`."

    def commit_files(self, base: str, files: Mapping[str, bytes], message: str) -> str:
        """A commit on top of `base` with these files in place of its own; its id. Raises `UsageError` for one that `base` does not have."""
        place = f"{self._repository}/git"
        known = self._one(f"{place}/trees/{base}?recursive=1", CommitFiles)
        modes = {each.path: each.mode for each in known.tree if each.type == "blob"}
        entries = []
        for name, content in files.items():
            if modes.get(name) not in _FILES:
                why = ", as far as GitHub names them" if known.truncated else ""
                raise UsageError(
                    f"{name} is no file of {base[:7]}{why}",
                    help="`zsync accept` changes files that are there, and makes none.",
                )
            blob = self._made("blobs", content=b64encode(content).decode(), encoding="base64")
            entries.append({"path": name, "mode": modes[name], "type": "blob", "sha": blob})
        before = self._one(f"{place}/commits/{base}", GitCommit)
        tree = self._made("trees", base_tree=before.tree.sha, tree=entries)
        return self._made("commits", message=message, tree=tree, parents=[base])

    def tip(self, branch: str) -> GitCommit | None:
        """The commit at the tip of a branch; None for no branch."""
        found = self._found(f"{self._repository}/git/ref/heads/{quote(branch)}", Reference)
        return self._one(f"{self._repository}/git/commits/{found.object.sha}", GitCommit) if found else None

    def point(self, branch: str, commit: str, *, new: bool) -> None:
        """Let a branch, which is `new` or not, point to a commit."""
        if new:
            self._call("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": commit})
        else:
            self._call("PATCH", f"/git/refs/heads/{quote(branch)}", {"sha": commit, "force": True})

    def open_pull(self, branch: str) -> OpenPull | None:
        """The open pull request of a branch of this repository."""
        owner = self._repository.split("/")[2]
        return next(self._items("/pulls", OpenPull, state="open", head=f"{owner}:{branch}"), None)

    def propose(self, branch: str, into: str, title: str, body: str) -> OpenPull:
        """Open a pull request."""
        fields = {"title": title, "body": body, "head": branch, "base": into}
        return self._model(self._json(self._answer("POST", f"{self._repository}/pulls", fields)), OpenPull)

    def edit_pull(self, number: int, body: str) -> None:
        """Replace a pull request's text."""
        self._call("PATCH", f"/pulls/{number}", {"body": body})

    def _made(self, what: str, **fields: object) -> str:
        answer = self._answer("POST", f"{self._repository}/git/{what}", fields)
        return self._model(self._json(answer), GitObject).sha
