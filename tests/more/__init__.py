"""What needs package registries: `make test-more`."""
