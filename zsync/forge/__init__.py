"""GitHub, as far as the workflows ask it."""

from zsync.forge.answers import Artifact, Comment, Comparison, Issue, Pull, WorkflowRun
from zsync.forge.api import SECONDS
from zsync.forge.github import BOT, GitHub

__all__ = ["BOT", "SECONDS", "Artifact", "Comment", "Comparison", "GitHub", "Issue", "Pull", "WorkflowRun"]
