"""The Pulumi package schema of the three resources: what other languages' SDKs and `pulumi package get-schema` read."""

from typing import Any

Spec = dict[str, Any]

TEXT: Spec = {"type": "string"}
INTEGER: Spec = {"type": "integer"}
FLAG: Spec = {"type": "boolean"}
TEXTS: Spec = {"type": "array", "items": TEXT}


def _described(spec: Spec, text: str, **more: Any) -> Spec:
    return {**spec, "description": text, **more}


def _reference(name: str) -> Spec:
    return {"$ref": f"#/types/dockyard:index:{name}"}


def _type(properties: Spec, required: tuple[str, ...]) -> Spec:
    return {"type": "object", "properties": properties, "required": list(required)}


def _resource(text: str, inputs: Spec, required: tuple[str, ...], outputs: Spec) -> Spec:
    return {
        "description": text,
        "inputProperties": inputs,
        "requiredInputs": list(required),
        "properties": {**inputs, **outputs},
        "required": [*required, *outputs],
    }


OWNERSHIP: Spec = {
    "mode": _described(TEXT, "Permissions, octal: `0750`."),
    "owner": _described(TEXT, "User. Default: who applies."),
    "group": _described(TEXT, "Group. Default: who applies."),
}

LOGIN: Spec = {
    "host": _described(TEXT, "Its name or address."),
    "port": _described(INTEGER, "Its SSH port. Default: 22."),
    "user": _described(TEXT, "Who signs in."),
    "key": _described(TEXT, "A private key as PEM, or the path of one. Default: the SSH agent's."),
    "hostKey": _described(TEXT, "Its public key, or the path of a known_hosts file."),
}

TYPES: Spec = {
    "Login": _type(LOGIN, ("host", "user", "hostKey")),
    "Ssh": _type(
        {
            **LOGIN,
            "jump": _described(_reference("Login"), "The host on the way."),
            "sudo": _described(FLAG, "Whether the user becomes root."),
            "sudoPassword": _described(TEXT, "What sudo asks for."),
            "connectTimeout": _described(INTEGER, "Seconds for each step of connecting. Default: 20."),
            "python": _described(TEXT, "The host's Python. Default: `/usr/bin/python3`."),
        },
        ("host", "user", "hostKey"),
    ),
    "Connection": _type(
        {
            "ssh": _described(_reference("Ssh"), "Another host."),
            "local": _described(
                {"type": "object", "additionalProperties": TEXT}, "The machine that runs Pulumi."
            ),
        },
        (),
    ),
    "Account": _type({"name": TEXT, "groups": _described(TEXTS, "Further groups.")}, ("name",)),
    "Directory": _type(
        {
            **OWNERSHIP,
            "keep": _described(FLAG, "Stays when the host is deleted, unless deletion is delete."),
            "memory": _described(FLAG, "Must be on memory-backed storage."),
        },
        ("mode",),
    ),
    "File": _type({**OWNERSHIP, "content": _described(TEXT, "The whole content.")}, ("mode", "content")),
    "Service": _type(
        {
            "name": TEXT,
            "restartOn": _described(TEXTS, "Files whose change needs a restart."),
            "reloadOn": _described(TEXTS, "Files whose change needs a reload."),
            "runFile": _described(TEXT, "Where the service's launcher remembers its processes."),
            "container": _described(TEXT, "Its name in compose.yaml, where Docker runs it."),
        },
        ("name",),
    ),
    "Containers": _type(
        {
            "file": _described(TEXT, "compose.yaml, one of files."),
            "project": _described(TEXT, "Docker Compose's name of it."),
            "images": _described(TEXTS, "References that are pulled where they are missing."),
            "accounts": _described(
                {"type": "object", "additionalProperties": TEXT},
                "NAME to account, for NAME_UID and NAME_GID.",
            ),
            "writes": _described(
                {"type": "object", "additionalProperties": TEXT}, "Path to account: what containers write to."
            ),
            "program": _described(TEXTS, "An image, a program in it, where the host gets a copy."),
        },
        ("file", "project", "images", "accounts", "writes", "program"),
    ),
    "Check": _type(
        {
            "name": TEXT,
            "command": _described(TEXTS, "Must succeed; `{stage}` is the folder with the new files."),
            "root": _described(TEXT, "The folder whose files are staged."),
        },
        ("name", "command", "root"),
    ),
    "Requirement": _type(
        {
            "binaries": _described(TEXTS, "Paths that must be executable."),
            "ports": _described(TEXTS, "`address:port` that must be free."),
            "writable": _described(TEXTS, "Folders that must be writable."),
            "programs": _described(TEXTS, "Paths of the operator's own programs."),
        },
        (),
    ),
    "RegistryProgram": _type(
        {
            "service": _described(TEXT, "The service that runs it, one of services."),
            "version": _described(TEXT, "`2` or `3`."),
            "program": _described(
                TEXT, "A path, or an image; another one is put in its place with a way back."
            ),
            "own": _described(FLAG, "Whether it is no package of the distribution."),
            "configuration": _described(TEXT, "Its configuration, one of files."),
            "config": _described(TEXT, "The operations' configuration, one of files."),
            "withoutBackup": _described(FLAG, "Whether it may change where the images have no good backup."),
            "front": _described(TEXT, "The front's image, where Docker runs it."),
        },
        ("service", "version", "program", "own", "configuration", "config"),
    ),
}

HOST_INPUTS: Spec = {
    "connection": _described(_reference("Connection"), "Which host."),
    "runtime": _described(TEXT, "What keeps the services running: `systemd` or `supervisor`."),
    "supervisor": _described(TEXT, "Path of supervisord.conf, one of files; runtime supervisor only."),
    "containers": _described(_reference("Containers"), "Services that Docker runs."),
    "accounts": {"type": "array", "items": _reference("Account")},
    "packages": _described(TEXTS, "The distribution's packages to install."),
    "timeDaemons": _described(TEXTS, "Packages that keep the clock in time: one is enough."),
    "packageManager": _described(TEXT, "What installs them: apt or dnf. Default: apt."),
    "packageServices": _described(TEXTS, "Services of those packages that must not run."),
    "directories": {"type": "object", "additionalProperties": _reference("Directory")},
    "files": {"type": "object", "additionalProperties": _reference("File")},
    "services": {"type": "array", "items": _reference("Service")},
    "checks": {"type": "array", "items": _reference("Check")},
    "requires": _reference("Requirement"),
    "registry": _reference("RegistryProgram"),
    "deletion": _described(TEXT, "`retain` (default) leaves kept directories, `delete` removes them."),
}
CREDENTIAL_INPUTS: Spec = {
    "username": TEXT,
    "bcryptCost": _described(INTEGER, "4 to 10.", default=5),
    "rotation": _described(TEXT, "Another text makes a new password."),
    "overlapHours": _described(INTEGER, "How long the former password stays valid, 0 to 720.", default=0),
}
CREDENTIAL_OUTPUTS: Spec = {
    "password": _described(TEXT, "160 random bits in base 32.", secret=True),
    "htpasswd": _described(TEXT, "The user's line, bcrypt.", secret=True),
    "madeAt": _described(TEXT, "When the password was made, RFC 3339."),
    "formerHtpasswd": _described(TEXT, "The line before the rotation, while it is valid.", secret=True),
    "formerUntil": _described(TEXT, "When that ends, RFC 3339; empty without one."),
}
CERTIFICATE_INPUTS: Spec = {
    "commonName": TEXT,
    "dnsNames": TEXTS,
    "ipAddresses": TEXTS,
    "isAuthority": FLAG,
    "validityDays": _described(INTEGER, "Up to 397 for a server, 7300 for an authority.", default=90),
    "renewBeforeDays": _described(INTEGER, "Renewed so many days before the end.", default=30),
    "issuerCertificate": _described(TEXT, "PEM of the authority that signs."),
    "issuerPrivateKey": _described(TEXT, "PEM of its key.", secret=True),
}
CERTIFICATE_OUTPUTS: Spec = {
    "certificate": _described(TEXT, "PEM."),
    "privateKey": _described(TEXT, "PEM, ECDSA P-256.", secret=True),
    "notAfter": _described(TEXT, "The end, RFC 3339."),
}


def package_schema(version: str) -> Spec:
    """The schema as Pulumi's metaschema has it."""
    resources = {
        "Host": _resource(
            "A bundle of files and services, applied to a host.",
            HOST_INPUTS,
            ("connection", "runtime"),
            {"digest": _described(TEXT, "Names what is applied.")},
        ),
        "Credential": _resource(
            "A user with a generated password.", CREDENTIAL_INPUTS, ("username",), CREDENTIAL_OUTPUTS
        ),
        "Certificate": _resource(
            "An own authority, or a server certificate.",
            CERTIFICATE_INPUTS,
            ("commonName",),
            CERTIFICATE_OUTPUTS,
        ),
    }
    return {
        "name": "dockyard",
        "version": version,
        "displayName": "dockyard",
        "description": "Container registries as Pulumi components.",
        "license": "Apache-2.0",
        "resources": {f"dockyard:index:{name}": spec for name, spec in resources.items()},
        "types": {f"dockyard:index:{name}": spec for name, spec in TYPES.items()},
        "provider": {},
        "language": {"python": {"respectSchemaVersion": True}},
    }
