"""The limits of zsync.yaml that stop a plan from being applied. Pure."""
