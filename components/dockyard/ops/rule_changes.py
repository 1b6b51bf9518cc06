"""A signal for each change of this kernel's firewall rules, whoever makes it."""

import errno
import fcntl
import os
import signal
import socket

SIGNAL = signal.SIGIO
NETFILTER, TABLES = 12, 7
"""NETLINK_NETFILTER of linux/netlink.h, and NFNLGRP_NFTABLES of linux/netfilter/nfnetlink.h."""


class RuleChanges:
    """From when it is made on, whoever has SIGNAL blocked can wait for it: fcntl(2), O_ASYNC."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETFILTER)
        self.socket.setblocking(False)
        self.socket.bind((0, 1 << (TABLES - 1)))
        fcntl.fcntl(self.socket, fcntl.F_SETOWN, os.getpid())
        flags = fcntl.fcntl(self.socket, fcntl.F_GETFL)
        fcntl.fcntl(self.socket, fcntl.F_SETFL, flags | os.O_ASYNC)

    def forget(self) -> None:
        """Those until now: what is looked at next is newer than they are."""
        while True:
            try:
                self.socket.recv(1 << 16)
            except BlockingIOError:
                return
            except OSError as error:
                # More of them than the kernel keeps for a reader.
                if error.errno != errno.ENOBUFS:
                    raise
