"""Rules for registries on hosts of one's own."""
