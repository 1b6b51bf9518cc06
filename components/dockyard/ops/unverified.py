"""The front by TLS, whoever it says it is: whether its certificate is the right one, `doctor` says."""

import socket
import ssl


def connected(address: tuple[str, int], domain: str, seconds: float) -> ssl.SSLSocket:
    """domain: the name that is asked for. seconds: how long each step may take. Raises OSError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(address, seconds) as plain:
        return context.wrap_socket(plain, server_hostname=domain)
