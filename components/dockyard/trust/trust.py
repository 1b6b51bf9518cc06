"""What a CI service says of itself, and which of it is let in."""

from dataclasses import dataclass
from enum import StrEnum


class Access(StrEnum):
    """What a token is good for. Each is a role, an identity or a provider of its own."""

    PUSH = "push"
    PULL = "pull"


class Service(StrEnum):
    """Who signs the tokens."""

    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True)
class Spelling:
    """The subjects of one form (GitHub's immutable one, or the legacy one), each an exact `sub`."""

    push: tuple[str, ...]
    pull: tuple[str, ...] = ()
    immutable: bool = True
    """Whether the numbers of owner and repository are in the subject itself."""

    def subjects(self, access: Access) -> tuple[str, ...]:
        return self.push if access is Access.PUSH else self.pull


@dataclass(frozen=True)
class Trust:
    """One repository or project. `dockyard.trust.read` makes it, so that nothing unsafe is in it."""

    name: str
    """The key in `ci_trust`: lower-case letters, digits and `-`."""
    path: str
    """Where it stands in the arguments, for problems."""
    service: Service
    issuer: str
    """`iss` of the tokens, an https address without a slash at its end."""
    spellings: tuple[Spelling, ...]
    claims: tuple[tuple[str, str], ...]
    """What every token must carry besides: the numbers of repository and owner first, then the reusable workflow."""
    repositories: tuple[str, ...]
    """Keys of the repositories that it may push to, or pull."""
    environments: tuple[str, ...] = ()
    """Environments of GitLab, which are no part of its subjects."""
    acknowledged: bool = False
    """Whether the user accepts a cloud that sees names alone."""

    @property
    def repository_id(self) -> str:
        """The number of the repository or project."""
        return self.claims[0][1]

    @property
    def issuer_host(self) -> str:
        """The issuer without https://, as IAM names its provider and its condition keys."""
        return self.issuer.removeprefix("https://")

    @property
    def accesses(self) -> tuple[Access, ...]:
        """What there is to render: push, pull, or both."""
        given = {
            Access.PUSH: bool(self.subjects(Access.PUSH) or self.environments),
            Access.PULL: bool(self.subjects(Access.PULL)),
        }
        return tuple(access for access, wanted in given.items() if wanted)

    def subjects(self, access: Access) -> tuple[str, ...]:
        """Every subject in every spelling."""
        return tuple(subject for spelling in self.spellings for subject in spelling.subjects(access))
