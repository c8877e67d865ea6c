"""GitHub, as far as the workflows ask it."""

from zsync.github.answers import Artifact, Comment, Comparison, Issue, Pull, WorkflowRun
from zsync.github.api import BOT, SECONDS, GitHub

__all__ = ["BOT", "SECONDS", "Artifact", "Comment", "Comparison", "GitHub", "Issue", "Pull", "WorkflowRun"]
