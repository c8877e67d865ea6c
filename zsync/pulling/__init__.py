"""Writes manifests from what the CRM holds, and takes it into those that are there. It only reads the CRM."""
