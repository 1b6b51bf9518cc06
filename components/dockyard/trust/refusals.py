"""Trusts that would let others in. Each kind is a problem of its own, with a code that stays."""

from typing import ClassVar

from dockyard.errors import Problem


class Refused(Problem):
    """A setting that is well-formed and unsafe, or that a cloud cannot check."""

    code: ClassVar[str] = ""


class NoSubject(Refused):
    """Nothing says which workflows are meant: every one on GitHub or GitLab would be."""

    code = "no-subject"


class Wildcard(Refused):
    """`*` or `?`: `repo:acme*` also fits `acme-evil`."""

    code = "wildcard"


class OwnerWide(Refused):
    """Every repository of an owner, also one that is made tomorrow."""

    code = "owner-wide"


class AnyContext(Refused):
    """Every branch, tag and pull request of a repository."""

    code = "any-context"


class PullRequestPush(Refused):
    """A pull request that may push: it runs code that nobody has reviewed."""

    code = "pull-request-push"


class MissingId(Refused):
    """A name without its number. Names can be taken over once they are renamed or deleted."""

    code = "missing-id"


class MutableSubject(Refused):
    """A cloud would see the name alone, without any number."""

    code = "mutable-subject"


class LookAlike(Refused):
    """A name that ends in its own number, `acme-123`: anybody can register that one."""

    code = "look-alike"


class AbusableClaim(Refused):
    """A customised subject that starts with, or consists of, what any repository can claim of itself."""

    code = "abusable-claim"


class WorkflowName(Refused):
    """The name of a workflow instead of its file: every repository can use that name."""

    code = "workflow-name"


class FloatingWorkflow(Refused):
    """A reusable workflow at no exact branch, tag or commit."""

    code = "floating-workflow"


class BroadPrincipal(Refused):
    """A Google principal set that others can enter."""

    code = "broad-principal"


class Unseen(Refused):
    """A condition that this cloud cannot check, because it does not read the claim."""

    code = "unseen-claim"


class TooMuch(Refused):
    """More than the cloud's limits hold."""

    code = "too-much"


class Audience(Refused):
    """No audience, or one that tokens for others carry too."""

    code = "audience"
