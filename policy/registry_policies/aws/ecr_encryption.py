from collections.abc import Iterator

from dockyard.checks.ecr import NATIVE, REPOSITORY, TEMPLATE, encryption
from dockyard.checks.values import UNKNOWN, at, quoted, text

from registry_policies.rule import Config, Properties, Rule, Severity, switch

KEYED = ("KMS", "KMS_DSSE")


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    found = encryption(properties)
    if found is UNKNOWN:
        return
    kind, key = at(found, "encryptionType"), at(found, "kmsKey")
    # Without the block, or without a type in it, ECR takes AES256.
    if kind is not UNKNOWN and kind not in (None, "AES256", *KEYED):
        yield f"encryptionType {quoted(kind)} is none: set KMS, or AES256"
    if ":alias/" in text(key) or text(key).startswith("alias/"):
        yield "kmsKey is an alias, which replaces the repository in every deployment: give the key's ARN"
    if config["customerKey"] is True and UNKNOWN not in (kind, key):
        if kind not in KEYED:
            yield "it is encrypted with a key of AWS: set encryptionType KMS and kmsKey"
        elif not text(key):
            yield "it is encrypted with the key that AWS manages for ECR: set kmsKey"


RULE = Rule(
    name="ecr-encryption",
    description="Encryption cannot be changed later without replacing the repository and with it every image.",
    severity=Severity.MEDIUM,
    types=(REPOSITORY, TEMPLATE, NATIVE),
    considerations=(6, 10),
    references=("AWS FSBP ECR.5",),
    config={"customerKey": switch("Whether a key of one's own is required.")},
    validate=validate,
)
