"""What follows from the name that clients type."""

import ipaddress


def is_public_name(domain: str) -> bool:
    """Strict-Transport-Security holds for every port of a name: on `localhost` it would break other programs' pages."""
    try:
        ipaddress.ip_address(domain)
    except ValueError:
        return domain != "localhost" and not domain.endswith(".localhost")
    return False
