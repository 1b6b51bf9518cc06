"""The roles that are granted. Source: "Artifact Registry roles and permissions"."""

PULL = "roles/artifactregistry.reader"
PUSH = "roles/artifactregistry.writer"
"""Reads too, and deletes nothing."""
