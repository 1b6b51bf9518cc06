"""The setting `front`: what stands between clients and the registry."""

from enum import StrEnum

from dockyard.reader import Reader


class Front(StrEnum):
    """Every front that there is: a value that is not among them is refused."""

    NGINX = "nginx"
    TRAEFIK = "traefik"
    NONE = "none"
    """The registry alone, on loopback: see `dockyard.self_hosted.alone`."""


def read_front(reader: Reader) -> Front:
    value = reader.text("front", Front.NGINX)
    if value not in list(Front):
        reader.problem("front", f"is not a front: {value!r}", f"one of: {', '.join(Front)}")
        return Front.NGINX
    return Front(value)
