"""Plans, reports and diagnostics as people and programs read them."""
