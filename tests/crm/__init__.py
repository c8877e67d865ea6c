"""The CRM's door, request by request."""
