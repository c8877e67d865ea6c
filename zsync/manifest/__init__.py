"""Manifests: YAML files that people write → `zsync.model.Manifests`, or all their errors."""

from zsync.explain.diagnostics import EXPLANATIONS
from zsync.manifest.excerpts import with_excerpts
from zsync.manifest.files import holds_manifests
from zsync.manifest.load import load
from zsync.manifest.models import manifest_schema

__all__ = ["EXPLANATIONS", "holds_manifests", "load", "manifest_schema", "with_excerpts"]
