"""Plans, reports and snapshots on disk: one canonical JSON with digests and schemas, one reader, one writer."""
