"""What a registry's settings cannot be is refused with its path, and with what to do instead where that is not plain."""

import pulumi
import pytest
from dockyard.run_error import ArgsError

from tests.unit.aws.conftest import ACCOUNT, REGION

SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234"
LOGIN = {"username": "a", "access_token": "b"}
HUB = {"upstream": "docker-hub"}
WEST = [{"region": "eu-west-1"}]
ROLES = [f"arn:aws:iam::{ACCOUNT}:role/{number:03}{'x' * 60}" for number in range(120)]


def caches(entry, prefix="hub"):
    return {"pull_through_cache": {prefix: entry}}


def rules(**entry):
    return {"replication": {"dr": {"destinations": WEST, **entry}}}


def template(prefix="prod", **entry):
    return {"creation_templates": {prefix: {"applied_for": ["create-on-push"], **entry}}}


GENERAL = [
    ({"scan": {}}, "scan: unknown key"),
    ({"region": "Frankfurt"}, "region: is not a region: 'Frankfurt'"),
    ({"replicate_from": ["acme"]}, "replicate_from/0: is not an account's number: 'acme'"),
    ({"native_basic_scanning": False}, "native_basic_scanning: cannot be turned off"),
    ({"registry_policy_v2": False}, "registry_policy_v2: cannot be turned off"),
    ({"blob_mounting": "on"}, "blob_mounting: must be true or false, got 'on'"),
    ({"pull_time_exclusions": [ACCOUNT]}, f"pull_time_exclusions/0: is no such ARN: '{ACCOUNT}'"),
    (
        {"pull_time_exclusions": [f"arn:aws:sts::{ACCOUNT}:assumed-role/x/y"]},
        "pull_time_exclusions/0: is no such ARN",
    ),
    ({"pull_time_exclusions": [f"arn:aws:iam::{ACCOUNT}:role/{'x' * 200}"]}, "pull_time_exclusions/0: is no"),
    ({"tags": {str(n): "x" for n in range(51)}}, "tags: has 51 tags, AWS takes 50"),
]
SCANNING = [
    ({"type": "full"}, "scanning/type: must be one of basic, enhanced, got 'full'"),
    ({"continuous_scan": ["*"]}, "scanning/continuous_scan: is for enhanced scanning alone"),
    ({"type": "enhanced", "manual": ["*"]}, "scanning/manual: is for basic scanning alone"),
    ({"scan_on_push": ["Prod"]}, "scanning/scan_on_push/0: is not a pattern of repository names: 'Prod'"),
    ({"scan_on_push": ["x" * 256]}, "scanning/scan_on_push/0: is not a pattern"),
    ({"scan_on_push": [f"a{n}" for n in range(101)]}, "scanning: has more than 100 patterns"),
    (
        {"scan_on_push": ["a"], "continuous_scan": ["b"], "manual": ["c"]},
        "scanning: has 3 frequencies, ECR takes 2",
    ),
    ({"filters": ["*"]}, "scanning/filters: unknown key"),
]
REPLICATION = [
    (rules(destinations=[]), "replication/dr/destinations: at least one is needed"),
    (rules(destinations=[{"region": "west"}]), "replication/dr/destinations/0/region: is not a region"),
    (
        {"region": "eu-west-1", **rules()},
        "replication/dr/destinations/0/region: is the registry's own",
    ),
    (
        rules(destinations=[{"region": "eu-west-1", "registry_id": "x"}]),
        "replication/dr/destinations/0/registry_id: is not an account's number: 'x'",
    ),
    (rules(destinations=WEST * 101), "replication/dr/destinations: has 101 destinations, ECR takes 100"),
    (rules(prefixes=["Prod/"]), "replication/dr/prefixes/0: is not a prefix: 'Prod/'"),
    (rules(prefixes=["p"]), "replication/dr/prefixes/0: is not a prefix: 'p'"),
    (rules(prefixes=["*prod"]), "replication/dr/prefixes/0: is not a prefix: '*prod'"),
    (
        rules(prefixes=[f"a{n}/" for n in range(101)]),
        "replication/dr/prefixes: has 101 prefixes, ECR takes 100",
    ),
    (
        {"replication": {f"r{n}": {"destinations": WEST} for n in range(26)}},
        "replication: has 26 rules, ECR takes 25",
    ),
    (
        rules(replica={"kms_key_arns": {"eu-west-1": KEY}}),
        "replication/dr/replica/kms_key_arns/eu-west-1: is a key of eu-central-1, the repositories are in",
    ),
    (
        rules(replica={"kms_key_arns": {"us-east-1": KEY}}),
        "replication/dr/replica/kms_key_arns/us-east-1: is no destination in this account",
    ),
    (
        rules(destinations=[{"region": "eu-west-1", "registry_id": "210987654321"}], replica={}),
        "replication/dr/replica: is of another account, which makes its own templates",
    ),
    (
        {
            "replication": {
                "a": {"destinations": WEST},
                "b": rules(replica={"tags": {"x": "y"}})["replication"]["dr"],
            }
        },
        "replication/b/replica: gives the replicas of all other repositories in eu-west-1 other settings than a",
    ),
]
CACHES = [
    (caches({}), "pull_through_cache/hub/upstream: must be one of ecr, ecr-public, quay, k8s"),
    (caches({"upstream": "quay"}, "q"), "pull_through_cache/q: is not a prefix of a cache"),
    (caches({"upstream": "quay"}, "q" * 31), f"pull_through_cache/{'q' * 31}: is not a prefix of a cache"),
    (caches({"upstream": "quay"}, "quay/"), "pull_through_cache/quay/: is not a prefix of a cache"),
    (caches(HUB), "pull_through_cache/hub/credential_arn: docker-hub needs a login"),
    (caches({"upstream": "ghcr"}), "pull_through_cache/hub/credential_arn: ghcr needs a login"),
    (caches({"upstream": "gitlab"}), "pull_through_cache/hub/credential_arn: gitlab needs a login"),
    (caches({"upstream": "chainguard"}), "pull_through_cache/hub/credential_arn: chainguard needs a login"),
    (
        caches({"upstream": "acr", "url": "acme.azurecr.io"}),
        "pull_through_cache/hub/credential_arn: acr needs a login",
    ),
    (
        caches({"upstream": "quay", **LOGIN}),
        "pull_through_cache/hub/credential_arn: ECR gives no credentials to",
    ),
    (caches({**HUB, "username": "a"}), "pull_through_cache/hub/access_token: is missing"),
    (caches({**HUB, "access_token": "a"}), "pull_through_cache/hub/username: is missing"),
    (
        caches({**HUB, **LOGIN, "credential_arn": f"{SECRET}ecr-pullthroughcache/hub"}),
        "pull_through_cache/hub/credential_arn: does not go together with username and access_token",
    ),
    (
        caches({**HUB, "credential_arn": f"{SECRET}docker/hub"}),
        "pull_through_cache/hub/credential_arn: ECR takes secrets of other names only: 'docker/hub'",
    ),
    (
        {"region": "us-east-1", **caches({**HUB, "credential_arn": f"{SECRET}ecr-pullthroughcache/hub"})},
        "pull_through_cache/hub/credential_arn: is in another region",
    ),
    (
        caches({**HUB, "credential_arn": "hub"}),
        "pull_through_cache/hub/credential_arn: is not the ARN of a secret",
    ),
    (
        caches({"upstream": "acr", **LOGIN}),
        "pull_through_cache/hub/url: is not the host of such a registry: ''",
    ),
    (caches({"upstream": "ecr", "url": "ghcr.io"}), "pull_through_cache/hub/url: is not the host of such"),
    (caches({"upstream": "quay", "url": "quay.io"}), "pull_through_cache/hub/url: is fixed for quay"),
    (
        caches({"upstream": "k8s", "upstream_prefix": "ab"}),
        "pull_through_cache/hub/upstream_prefix: is for ecr",
    ),
    (
        caches({"upstream": "k8s", "role_arn": f"arn:aws:iam::{ACCOUNT}:role/x"}),
        "pull_through_cache/hub/role_arn: is for ecr alone",
    ),
    (caches({"upstream": "k8s", "pull": ["*"]}), "pull_through_cache/hub/pull/0: is no principal: '*'"),
    (
        caches({"upstream": "k8s", "pull": ROLES}),
        "pull_through_cache: makes a registry policy of more than 10240 characters",
    ),
]
TEMPLATES = [
    (template("Prod"), "creation_templates/Prod: is not a prefix of repository names"),
    (template("x" * 257), f"creation_templates/{'x' * 257}: is not a prefix of repository names"),
    (template(applied_for=[]), "creation_templates/prod/applied_for: at least one is needed"),
    (template(applied_for=["push"]), "creation_templates/prod/applied_for/0: must be one of create-on-push"),
    (
        template(description="x" * 257),
        "creation_templates/prod/description: has 257 characters, ECR takes 256",
    ),
    (
        template(kms_key_arn=f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/x"),
        "creation_templates/prod/kms_key_arn: is not a key's ARN",
    ),
    (
        {"region": "us-east-1", **template(kms_key_arn=KEY)},
        "creation_templates/prod/kms_key_arn: is a key of eu-central-1, the repositories are in us-east-1",
    ),
    (template(mutable_tags=["a*b*c*"]), "creation_templates/prod/mutable_tags/0: is not a pattern of tags"),
    (
        template(applied_for=["pull-through-cache"], mutable_tags=["x"]),
        "creation_templates/prod/mutable_tags: says nothing where all tags are mutable",
    ),
    (template(role_arn="x"), "creation_templates/prod/role_arn: is not a role's ARN: 'x'"),
    (template(pull=ROLES), "creation_templates/prod: has a policy of more than 10240 characters"),
    (
        template(organizations=["acme"]),
        "creation_templates/prod/organizations/0: is not an organization's id",
    ),
    (
        template(retention={"rules": {"x": {}}}),
        "creation_templates/prod/retention/rules/x: would take every image that it selects",
    ),
]


@pytest.mark.parametrize(
    ("args", "expected"),
    [*GENERAL, *(({"scanning": one}, text) for one, text in SCANNING), *REPLICATION, *CACHES, *TEMPLATES],
)
def test_it_is_named(setup, args, expected):
    assert f"  {expected}" in setup.refusal(**args)


def test_every_problem_is_told_at_once(setup):
    said = setup.refusal(replicate_from=["x"], scanning={"type": "full"}, nope=1)
    assert said.startswith("EcrRegistrySettings 'images': 3 problems\n")


def test_an_access_token_is_never_shown(setup):
    said = setup.refusal(**caches({**HUB, "access_token": ["hunter2"]}))
    assert "must be text that is not empty" in said
    assert "hunter2" not in said


def test_the_own_region_is_refused_where_only_the_provider_knows_it(setup):
    with pytest.raises(ArgsError, match="eu-central-1 is the registry's own region"):
        setup(replication={"dr": {"destinations": [{"region": REGION}]}})


def test_the_own_account_is_named_by_leaving_it_out(setup):
    """Its templates would be missing: only other accounts make their own."""
    with pytest.raises(ArgsError, match=f"{ACCOUNT} is this account\nhint: leave registry_id out"):
        setup(replication={"dr": {"destinations": [{"region": "eu-west-1", "registry_id": ACCOUNT}]}})


def test_the_own_region_of_another_account_is_a_destination(setup):
    found = setup(replication={"dr": {"destinations": [{"region": REGION, "registry_id": "210987654321"}]}})
    assert len(found.of("ReplicationConfiguration")) == 1
    assert found.of("RepositoryCreationTemplate") == {}


def test_what_is_known_later_is_taken_as_it_is(setup):
    later = pulumi.Output.from_input(f"{SECRET}ecr-pullthroughcache/hub")
    found = setup(**caches({**HUB, "credential_arn": later}))
    assert found.one("PullThroughCacheRule")["credentialArn"] == f"{SECRET}ecr-pullthroughcache/hub"
