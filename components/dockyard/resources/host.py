"""`dockyard:index:Host`: a bundle, applied to a host and kept that way."""

from collections.abc import Mapping
from typing import Any

import pulumi

from dockyard.remote.connection import LOCAL
from dockyard.resources.inputs import host_inputs
from dockyard.self_hosted.bundle import Bundle


class Host(pulumi.CustomResource):
    """Applies a bundle to one host; each `up` mends what has drifted there, `destroy` removes what was made."""

    digest: pulumi.Output[str]
    """Names what is applied; opaque. It changes with the bundle."""

    def __init__(
        self,
        name: str,
        bundle: Bundle,
        contents: Mapping[str, pulumi.Input[str]] | None = None,
        connection: Mapping[str, Any] = LOCAL,
        deletion: str = "retain",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """bundle: plain, so that everything but `contents` is known in a preview.

        contents: path -> content of files of the bundle that only resources know (keys, password hashes); replaces the
            bundle's own content. Default: none.
        connection: which host, a tagged union. Default: this machine.
        deletion: "retain" leaves directories marked `keep` when the resource is deleted and says where they are,
            "delete" removes them. Default: "retain".
        """
        inputs = host_inputs(bundle, pulumi.Output.secret, contents, connection, deletion)
        super().__init__("dockyard:index:Host", name, {**inputs, "digest": None}, opts)
