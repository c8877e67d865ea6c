"""zsync against a CRM that is not the bundled one and shares no code with it."""
