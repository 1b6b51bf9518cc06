"""Rules for container registries and what may reach them, one to a module."""
