"""The setting `images`: what Docker runs, by tag and digest.

A digest is that of the image's index, which names the image of every platform; whoever pulls it gets these bytes or an error.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dockyard.reader import Reader
from dockyard.self_hosted.front import Front

REGISTRY: Mapping[str, str] = {
    # The last of 2.x. Not looked up at its own registry, but found in many public repositories that pin this very tag.
    "2": "registry:2.8.3@sha256:a3d8aaa63ed8681a604f1dea0aa03f100d5895b6a58ace528858a7b332415373",
    # docker-library/repo-info, repos/registry/remote/3.1.1.md.
    "3": "registry:3.1.1@sha256:849b7d29920d060df8091770ede2279c07924ecd29e2a4c029ee0b5ea2ea542b",
}
"""By the registry's major version."""
TRAEFIK = "traefik:v3.7.13@sha256:24841fe2de7304c149343d877d2923b4c8800a38ba015dea9174c23b20e344a0"
"""The stable version, with wget and a shell. Not looked up at its own registry, but found in many public repositories that pin this
very tag."""
NGINX = "nginx:1.30.5@sha256:e9f347c65f318767714e8b0eccfd6b558d00fb92630791fb6cd901fcdf7f6fdd"
"""docker-library/repo-info, repos/nginx/remote/1.30.5.md: the stable version, on Debian, with curl and setpriv."""

_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?"
_REFERENCE = re.compile(
    rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(?:@sha256:[0-9a-f]{{64}})?"
)
_HINT = (
    "for example registry.example.com/library/nginx:1.30.5@sha256:..., or a tag that is on the host already"
)


@dataclass(frozen=True)
class Images:
    """References; "" for the default."""

    registry: str = ""
    nginx: str = ""
    traefik: str = ""

    def registry_of(self, version: str) -> str:
        return self.registry or REGISTRY[version]

    def front_of(self, front: Front) -> str:
        return (self.traefik or TRAEFIK) if front is Front.TRAEFIK else (self.nginx or NGINX)


def read_images(settings: Reader) -> Images:
    reader = Reader(settings.get("images"), settings.problems, "images")
    found = Images(*(_reference(reader, key) for key in ("registry", "nginx", "traefik")))
    reader.finish()
    return found


def _reference(reader: Reader, key: str) -> str:
    text = reader.text(key)
    if text and not _REFERENCE.fullmatch(text):
        reader.problem(key, f"is no reference of an image: {text!r}", _HINT)
    elif text and ":" not in text.rpartition("/")[2]:
        reader.problem(key, f"names neither a tag nor a digest: {text!r}", _HINT)
    return text
