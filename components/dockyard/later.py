"""Values that are known during the deployment only, told apart without importing Pulumi."""


def is_later(value: object) -> bool:
    """Whether it is an Output or something awaited."""
    return hasattr(value, "apply") or hasattr(value, "__await__")
