"""GitHub and GitLab, as far as workflows and pipelines ask them."""

from zsync.forge.answers import Artifact, Comment, Comparison, Issue, Pipeline, Pull, WorkflowRun
from zsync.forge.api import SECONDS
from zsync.forge.github import BOT, GitHub
from zsync.forge.gitlab import GitLab

__all__ = [
    "BOT",
    "SECONDS",
    "Artifact",
    "Comment",
    "Comparison",
    "GitHub",
    "GitLab",
    "Issue",
    "Pipeline",
    "Pull",
    "WorkflowRun",
]
