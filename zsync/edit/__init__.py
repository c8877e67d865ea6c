"""Write manifests: one canonical form, comments kept; and edits of rows that leave every other byte as it is."""
