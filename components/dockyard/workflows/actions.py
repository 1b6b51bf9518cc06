"""The actions that rendered workflows use, each pinned to the commit of a release: a tag can be moved, a commit cannot."""

from typing import NamedTuple


class Pin(NamedTuple):
    """A release of an action."""

    commit: str
    version: str


PINS = {
    "actions/checkout": Pin("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "actions/setup-python": Pin("5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"),
    "actions/upload-artifact": Pin("bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
    "aquasecurity/trivy-action": Pin("ed142fd0673e97e23eac54620cfb913e5ce36c25", "v0.36.0"),
    "aws-actions/amazon-ecr-login": Pin("03f1aad4c6c7ffd436567f42f9384779290529bd", "v2.1.7"),
    "aws-actions/configure-aws-credentials": Pin("e6de054238d6b7531b4efff3b6587d9aade6a06c", "v6.2.3"),
    "azure/login": Pin("532459ea530d8321f2fb9bb10d1e0bcf23869a43", "v3.0.0"),
    "docker/build-push-action": Pin("53b7df96c91f9c12dcc8a07bcb9ccacbed38856a", "v7.3.0"),
    "docker/login-action": Pin("4907a6ddec9925e35a0a9e82d7399ccc52663121", "v4.1.0"),
    "docker/metadata-action": Pin("dc802804100637a589fabce1cb79ff13a1411302", "v6.2.0"),
    "docker/setup-buildx-action": Pin("37fe631027851001ddb9b187196cc803df7f5f0e", "v4.3.0"),
    "docker/setup-qemu-action": Pin("96fe6ef7f33517b61c61be40b68a1882f3264fb8", "v4.2.0"),
    "github/codeql-action/upload-sarif": Pin("8aad20d150bbac5944a9f9d289da16a4b0d87c1e", "v4.36.2"),
    "google-github-actions/auth": Pin("7c6bc770dae815cd3e89ee6cdf493a5fab2cc093", "v3.0.0"),
    "pulumi/actions": Pin("8e5e406f4007fca908480587cb9893c07090f58d", "v7.0.0"),
    "sigstore/cosign-installer": Pin("6f9f17788090df1f26f669e9d70d6ae9567deba6", "v4.1.2"),
}


def uses(action: str) -> str:
    """What `uses:` takes, with the release in a comment. Raises KeyError for an action that is not pinned here."""
    pin = PINS[action]
    return f"{action}@{pin.commit} # {pin.version}"
