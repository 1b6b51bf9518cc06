"""`dockyard:index:Credential`: a generated password and its line for htpasswd."""

from typing import cast

import pulumi


class Credential(pulumi.CustomResource):
    """A user with a generated password. Made once and kept in the state: neither password nor salt changes by itself."""

    username: pulumi.Output[str]
    password: pulumi.Output[str]
    """160 random bits as 32 characters a-z and 2-7; secret."""
    htpasswd: pulumi.Output[str]
    """`user:$2y$...`, without a newline; secret."""

    def __init__(
        self,
        name: str,
        username: pulumi.Input[str],
        bcrypt_cost: pulumi.Input[int] = 5,
        rotation: pulumi.Input[str] | None = None,
        overlap_hours: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """username: as typed at login. Another name makes another credential (replaces this one).

        bcrypt_cost: 4 to 10, log2 of the rounds; another cost hashes the same password again. Default: 5, which is
            enough for a password that nobody can guess.
        rotation: any text; another text makes a new password. Default: the password stays.
        overlap_hours: 0 to 720, how long after a rotation the former password stays valid. Default: 0.
        """
        inputs = {
            "username": username,
            "bcryptCost": bcrypt_cost,
            "rotation": rotation,
            "overlapHours": overlap_hours,
        }
        secrets = ["password", "htpasswd", "formerHtpasswd"]
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=secrets))
        outputs = dict.fromkeys([*secrets, "madeAt", "formerUntil"])
        super().__init__("dockyard:index:Credential", name, {**inputs, **outputs}, opts)

    @property
    def made_at(self) -> pulumi.Output[str | None]:
        """When the password was made, RFC 3339; None where an earlier version made it."""
        return cast("pulumi.Output[str | None]", self.__dict__["madeAt"])

    @property
    def former_htpasswd(self) -> pulumi.Output[str | None]:
        """The line before the last rotation; secret. Whoever uses it must refuse it from `former_until` on."""
        return cast("pulumi.Output[str | None]", self.__dict__["formerHtpasswd"])

    @property
    def former_until(self) -> pulumi.Output[str | None]:
        """When the former password ends, RFC 3339; nothing where there is none."""
        return cast("pulumi.Output[str | None]", self.__dict__["formerUntil"])
