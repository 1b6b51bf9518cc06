"""CI workflows for a user's repository, rendered from settings."""
