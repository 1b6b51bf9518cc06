"""`PullSecret`: a login as a pull secret in each namespace. No `from __future__ import annotations` here."""

from typing import Any

import pulumi

from dockyard.errors import Problem, ProblemsError
from dockyard.kubernetes.args import PullSecretArgs
from dockyard.kubernetes.docker_config import encoded
from dockyard.kubernetes.login import checked_config, login_problems
from dockyard.kubernetes.make import make, patch_account
from dockyard.kubernetes.names import read_labels
from dockyard.kubernetes.secret import account_with_secret, pull_secret
from dockyard.kubernetes.target import Target, read_target
from dockyard.reader import Reader
from dockyard.run_error import ArgsError, refusing

TOKEN = "dockyard:index:PullSecret"  # noqa: S105 -- a type token


class PullSecret(pulumi.ComponentResource):
    """A login that lives long, as a pull secret in each of the namespaces. Tokens that live for hours are refused."""

    secret_name: pulumi.Output[str]
    """The name of the Secret, the same in every namespace: `imagePullSecrets: [{name: …}]`."""

    def __init__(self, name: str, args: PullSecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises ArgsError (a `pulumi.RunError`), naming every problem at once, for arguments that it cannot honour. What is known
        only during the deployment is checked then, before anything is written.
        """
        subject = f"PullSecret {name!r}"
        target = _target(subject, args)
        recorded = {**args, "password": pulumi.Output.secret(args["password"])}
        super().__init__(TOKEN, name, recorded, opts)
        data = _data(subject, args)
        child = pulumi.ResourceOptions(parent=self)
        for namespace in target.namespaces:
            manifest = pull_secret(target.secret, namespace, data, target.labels)
            secret = make(f"{name}-{namespace}", manifest, child)
            after = pulumi.ResourceOptions(parent=self, depends_on=[secret])
            patch_accounts(name, namespace, target.accounts, target.secret, after)
        self.secret_name = pulumi.Output.from_input(target.secret)
        self.register_outputs({"secretName": self.secret_name})


def patch_accounts(
    name: str, namespace: str, accounts: tuple[str, ...], secret: str, opts: pulumi.ResourceOptions
) -> None:
    """Lets pods of these accounts use the Secret. A slash keeps `a-b` in `c` apart from `b` in `c-a`: no name has one."""
    for account in accounts:
        patch_account(f"{name}-{namespace}/{account}", account_with_secret(account, namespace, secret), opts)


def _target(subject: str, args: PullSecretArgs) -> Target:
    """Raises ArgsError."""
    problems: list[Problem] = []
    values: dict[str, Any] = dict(args)
    reader = Reader(values, problems)
    target = read_target(reader, read_labels(reader))
    problems += login_problems(*(reader.get(key) for key in ("host", "username", "password")))
    reader.finish()
    if problems:
        raise ArgsError(ProblemsError(subject, sorted(problems, key=lambda problem: problem.path)))
    return target


def _data(subject: str, args: PullSecretArgs) -> pulumi.Output[str]:
    def encode(login: dict[str, str]) -> str:
        with refusing():
            return encoded(checked_config(subject, **login))

    login = {"host": args["host"], "username": args["username"], "password": args["password"]}
    return pulumi.Output.secret(pulumi.Output.all(**login).apply(encode))
