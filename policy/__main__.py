"""The pack `dockyard`. Its constructor serves the engine and never returns: what there is to import lives in `registry_policies`."""

from pulumi_policy import PolicyPack
from registry_policies.rules import BY_NAME, policies
from registry_policies.servicer import install

install(BY_NAME)
PolicyPack(name="dockyard", policies=policies())
