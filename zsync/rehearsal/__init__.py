"""Plan and apply on the bundled CRM, from a snapshot of what a plan read."""
