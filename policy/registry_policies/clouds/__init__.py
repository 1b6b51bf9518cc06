"""Rules that are the same on every cloud."""
