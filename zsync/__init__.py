"""zsync: relations-as-code for Zoho CRM."""

__version__ = "0.1.0"

USER_AGENT = f"zsync-crm/{__version__}"
"""How zsync names itself to the CRM and to chats: by its distribution, since another program is called zsync as well."""
