"""Write manifests: one canonical form, comments kept."""
