"""Manifests: YAML files that people write → `zsync.model.Manifests`, or all their errors."""

from zsync.explain.diagnostics import EXPLANATIONS
from zsync.manifest.excerpts import with_excerpts
from zsync.manifest.load import load
from zsync.manifest.models import manifest_schema

__all__ = ["EXPLANATIONS", "load", "manifest_schema", "with_excerpts"]
