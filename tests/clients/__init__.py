"""Other people's clients of Zoho CRM, unmodified, against the bundled CRM. Lock files here pin each to a version and a hash."""
