"""zsync: relations-as-code for Zoho CRM."""

__version__ = "0.1.0"
