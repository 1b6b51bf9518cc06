"""Certificates as PEM."""

from datetime import datetime


def ends(pem: str) -> datetime | None:
    """When the first certificate of a chain ends; None where there is none that can be read."""
    if "-----BEGIN CERTIFICATE-----" not in pem:
        return None
    from cryptography import x509  # here: most stacks give no certificate, and it takes a while to load

    try:
        return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
    except ValueError:
        return None
