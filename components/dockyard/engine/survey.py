"""Which providers a program wants, found out by planning it offline.

An `up` that meets a missing provider half-way would have created the other half; so before the first `up`
of a stack, and wherever an SDK without its plugin is installed, this is asked first.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from dockyard.engine import program
from dockyard.engine import urn as urns
from dockyard.engine.config import StackConfig
from dockyard.engine.offline import offline
from dockyard.engine.project import Project
from dockyard.engine.session import Session, deploy

AtHand = Callable[[str], bool]


def worthwhile(project: Project, session: Session, at_hand: AtHand) -> bool:
    """True for a stack without resources yet, and where an SDK is installed whose plugin is not at hand."""
    if not any(state.custom for state in session.deployment.resources):
        return True
    return any(not at_hand(name) for name in _sdks(Path(program.interpreter(project)).parent.parent))


def _sdks(prefix: Path) -> Iterator[str]:
    """Packages whose resources the SDKs installed in an environment stand for."""
    for file in prefix.glob("lib/python3*/site-packages/pulumi_*/pulumi-plugin.json"):
        said = json.loads(file.read_bytes())
        if said.get("resource"):
            yield said.get("name") or file.parent.name.removeprefix("pulumi_").replace("_", "-")


def absent(project: Project, session: Session, at_hand: AtHand) -> list[str]:
    """The packages that the program wants and whose plugin is not at hand.

    A program that fails here fails again in earnest, where its reason is shown; and built-ins
    (StackReference) are refused by their own name when they are registered.
    """
    config = StackConfig(session.deployment.config, session.deployment.secret_keys)
    planned = offline(project, session.deployment.stack, config, session.environment, lambda event: None)
    deploy("preview", project, planned)
    types = [state.type for state in planned.deployment.news.values()]
    packages = {urns.package_of(type_) for type_ in types if urns.is_provider_type(type_)} - {urns.BUILT_IN}
    return sorted(package for package in packages if not at_hand(package))
