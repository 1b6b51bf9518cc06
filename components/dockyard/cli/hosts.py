"""The commands for self-hosted registries alone."""

from dockyard.cli.audit import audit
from dockyard.cli.backups import COMMANDS as BACKUPS
from dockyard.cli.certificate import certificate
from dockyard.cli.doctor import doctor
from dockyard.cli.firewall import firewall
from dockyard.cli.garbage import gc
from dockyard.cli.metrics import metrics
from dockyard.cli.scrub import scrub
from dockyard.cli.status import report
from dockyard.cli.users import users

COMMANDS = (*BACKUPS, audit, certificate, doctor, firewall, gc, metrics, report, scrub, users)
