"""Type tokens of resources, without what says only where the class came from."""

import functools
import re

_VERSION = re.compile(r"/v\d{8}(?:preview)?(?=:)")
_LOCAL = re.compile(r"^(azure-native)_[a-z]+_v\d{8}(?:preview)?(?=:)")


@functools.lru_cache(maxsize=4096)
def canonical(token: str) -> str:
    """The token without a version of Azure's API.

    azure-native has every resource in every version, `azure-native:containerregistry/v20230101preview:Registry`, and in packages made
    for one version, `azure-native_containerregistry_v20251101:containerregistry:Registry`. They are one type of resource.
    """
    return _VERSION.sub("", _LOCAL.sub(r"\1", token))
