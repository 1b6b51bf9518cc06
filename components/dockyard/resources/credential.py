"""`dockyard:index:Credential`: a generated password and its line for htpasswd."""

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
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """username: as typed at login. Another name makes another credential (replaces this one).

        bcrypt_cost: 4 to 10, log2 of the rounds; another cost hashes the same password again. Default: 5, which is
            enough for a password that nobody can guess.
        rotation: any text; another text makes a new password. Default: the password stays.
        """
        inputs = {"username": username, "bcryptCost": bcrypt_cost, "rotation": rotation}
        opts = pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(additional_secret_outputs=["password", "htpasswd"])
        )
        super().__init__(
            "dockyard:index:Credential", name, {**inputs, "password": None, "htpasswd": None}, opts
        )
