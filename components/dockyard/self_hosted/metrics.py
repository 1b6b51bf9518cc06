"""The setting `metrics`: the port on loopback at which Prometheus finds the values of a registry."""

from dataclasses import dataclass

from dockyard.reader import Reader


@dataclass(frozen=True)
class Metrics:
    port: int


def read_metrics(settings: Reader, front: int) -> Metrics | None:
    """None where there shall be none. front: the port that clients use."""
    value = settings.get("metrics")
    if value is None:
        return None
    reader = Reader(value, settings.problems, "metrics")
    if reader.get("port") is None:
        reader.problem(
            "port", "is required", "a free port of loopback, such as 9180; leave `metrics` out for none"
        )
    port = reader.integer("port", 9180, 1, 65535)
    if port == front:
        reader.problem("port", f"is the registry's own: {port}", "another one, such as 9180")
    reader.finish()
    return Metrics(port)
