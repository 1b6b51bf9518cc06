"""GarRegistry as the engine sees it: what it registers, exactly."""

import pulumi
import pytest
from dockyard.gcp.gar import GarRegistry

PLAIN = {
    "repositoryId": "images",
    "format": "DOCKER",
    "mode": "STANDARD_REPOSITORY",
    "location": "europe-west1",
    "labels": {},
    "dockerConfig": {"immutableTags": True},
    "vulnerabilityScanningConfig": {"enablementConfig": "INHERITED"},
    "cleanupPolicies": [
        {"id": "untagged", "action": "DELETE", "condition": {"tagState": "UNTAGGED", "olderThan": "1209600s"}}
    ],
    "cleanupPolicyDryRun": True,
    "deletionPolicy": "ABANDON",
}
BASE = {"location": "europe-west1", "repositories": {"api": {}}}
UPSTREAM = "projects/p/locations/europe/repositories/hub"


def test_by_default_it_is_one_repository_with_immutable_tags_that_outlives_the_program(make):
    found = make()
    assert found.names() == {("GarRegistry", "images"), ("Repository", "images-repository")}
    assert found.one("Repository") == PLAIN


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"immutable_tags": False}, {"dockerConfig": {"immutableTags": False}}),
        (
            {"vulnerability_scanning": False},
            {"vulnerabilityScanningConfig": {"enablementConfig": "DISABLED"}},
        ),
        ({"deletion": "retain"}, {"deletionPolicy": "ABANDON"}),
        ({"deletion": "force"}, {"deletionPolicy": "DELETE"}),
        ({"project": "shop-123"}, {"project": "shop-123"}),
        ({"project": "example.com:shop-123"}, {"project": "example.com:shop-123"}),
        ({"repository_id": "docker"}, {"repositoryId": "docker"}),
        ({"location": "us"}, {"location": "us"}),
        ({"tags": {"team": "platform", "empty": ""}}, {"labels": {"team": "platform", "empty": ""}}),
        (
            {"kms_key_name": "projects/p/locations/l/keyRings/r/cryptoKeys/k"},
            {"kmsKeyName": "projects/p/locations/l/keyRings/r/cryptoKeys/k"},
        ),
    ],
)
def test_every_setting_of_the_repository_reaches_it(make, given, expected):
    assert make(**given).one("Repository") == {**PLAIN, **expected}


def test_a_project_and_a_key_may_be_known_during_the_deployment_only(make, later):
    key = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
    found = make(project=later("shop-123"), kms_key_name=later(key)).one("Repository")
    assert found == {**PLAIN, "project": "shop-123", "kmsKeyName": key}


def test_with_a_repository_per_key_each_has_its_own_settings(make):
    repositories = {
        "api": {},
        "tools/ci_x": {
            "immutable_tags": False,
            "pull": ["user:a@b.c", "user:z@b.c"],
            "push": ["group:g@b.c"],
        },
    }
    found = make(repositories=repositories, repository_per_key=True, push=["user:z@b.c"])
    assert found.of("Repository") == {
        "images-api": {**PLAIN, "repositoryId": "images-api"},
        "images-tools/ci_x": {
            **PLAIN,
            "repositoryId": "images-tools-ci-x",
            "dockerConfig": {"immutableTags": False},
        },
    }
    assert set(found.of("RepositoryIamMember")) == {
        "images-api-push-user:z@b.c",
        "images-tools/ci_x-pull-user:a@b.c",
        "images-tools/ci_x-push-group:g@b.c",
        "images-tools/ci_x-push-user:z@b.c",
    }


def test_a_remote_repository_uses_common_repository_and_never_the_deprecated_custom_one(make):
    remote = {
        "uri": "https://registry.example.com",
        "username": "bot",
        "password_secret_version": "projects/p/secrets/s/versions/1",
    }
    found = make(remote=remote).one("Repository")
    assert found["remoteRepositoryConfig"] == {
        "commonRepository": {"uri": "https://registry.example.com"},
        "upstreamCredentials": {
            "usernamePasswordCredentials": {
                "username": "bot",
                "passwordSecretVersion": "projects/p/secrets/s/versions/1",
            }
        },
    }
    assert found["mode"] == "REMOTE_REPOSITORY"
    assert "dockerConfig" not in found


def test_a_remote_repository_may_cache_docker_hub(make):
    config = make(remote={"docker_hub": True}).one("Repository")["remoteRepositoryConfig"]
    assert config == {"dockerRepository": {"publicRepository": "DOCKER_HUB"}}


def test_a_virtual_repository_names_its_upstreams_and_has_nothing_of_its_own(make):
    virtual = {
        "hub": {"repository": UPSTREAM, "priority": 10},
        "own": {"repository": UPSTREAM, "priority": 20.0},
    }
    found = make(virtual=virtual).one("Repository")
    assert found["virtualRepositoryConfig"] == {
        "upstreamPolicies": [
            {"id": "hub", "repository": UPSTREAM, "priority": 10},
            {"id": "own", "repository": UPSTREAM, "priority": 20},
        ]
    }
    assert found["mode"] == "VIRTUAL_REPOSITORY"
    absent = {"dockerConfig", "vulnerabilityScanningConfig", "cleanupPolicies", "cleanupPolicyDryRun"}
    assert not absent & set(found)


def test_members_are_granted_one_by_one_and_who_pushes_needs_no_second_grant(make):
    found = make(pull=["user:a@b.c", "allUsers", "user:ci@b.c"], push=["user:ci@b.c"]).of(
        "RepositoryIamMember"
    )
    place = {"repository": "images", "location": "europe-west1", "project": "shop-1"}
    reader, writer = "roles/artifactregistry.reader", "roles/artifactregistry.writer"
    assert found == {
        "images-pull-allUsers": {**place, "role": reader, "member": "allUsers"},
        "images-pull-user:a@b.c": {**place, "role": reader, "member": "user:a@b.c"},
        "images-push-user:ci@b.c": {**place, "role": writer, "member": "user:ci@b.c"},
    }


def test_a_download_rule_denies_and_stays_as_long_as_its_repository(make):
    rules = {
        "old": {"condition": "pkg.version.id < '2.0'", "repository": "tools/ci"},
        "all": {"condition": "true"},
    }
    place = {"repositoryId": "images", "location": "europe-west1", "project": "shop-1"}
    common = {**place, "action": "DENY", "operation": "DOWNLOAD", "deletionPolicy": "ABANDON"}
    assert make(download_rules=rules).of("Rule") == {
        "images-all": {**common, "ruleId": "all", "condition": {"expression": "true"}},
        "images-old": {
            **common,
            "ruleId": "old",
            "packageId": "tools%2Fci",
            "condition": {"expression": "pkg.version.id < '2.0'"},
        },
    }


def test_with_a_repository_per_key_a_rule_for_one_is_in_that_one_alone(make):
    rules = {"old": {"condition": "true", "repository": "api"}, "all": {"condition": "true"}}
    found = make(download_rules=rules, repository_per_key=True).of("Rule")
    assert set(found) == {"images-api-all", "images-api-old", "images-tools/ci-all"}


def test_settings_of_the_location_are_made_when_they_are_asked_for(make):
    found = make(vpcsc_policy="deny", platform_logs="info", project="shop-123")
    place = {"location": "europe-west1", "project": "shop-123"}
    assert found.one("VpcscConfig") == {**place, "vpcscPolicy": "DENY"}
    logs = {"loggingState": "ENABLED", "severityLevel": "INFO"}
    assert found.one("ProjectConfig") == {**place, "platformLogsConfig": logs}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"images-artifactregistry", "images-containerscanning"}),
        ({"vulnerability_scanning": False}, {"images-artifactregistry"}),
        ({"virtual": {"hub": {"repository": UPSTREAM, "priority": 1}}}, {"images-artifactregistry"}),
    ],
)
def test_apis_are_turned_on_when_asked_for_and_never_off(make, given, expected):
    found = make(enable_apis=True, project="shop-123", **given).of("Service")
    assert set(found) == expected
    name = "artifactregistry.googleapis.com"
    assert found["images-artifactregistry"] == {
        "service": name,
        "project": "shop-123",
        "disableOnDestroy": False,
    }


def test_references_hold_project_repository_and_key(make):
    assert make.output("images") == {
        "api": "europe-west1-docker.pkg.dev/shop-1/images/api",
        "tools/ci": "europe-west1-docker.pkg.dev/shop-1/images/tools/ci",
    }
    separate = make.output("images", repository_per_key=True, repository_id="docker")
    assert separate["tools/ci"] == "europe-west1-docker.pkg.dev/shop-1/docker-tools-ci/tools/ci"


def test_the_project_of_a_domain_is_two_parts_of_a_reference(make):
    found = make.output("images", project="example.com:shop-123")
    assert found["api"] == "europe-west1-docker.pkg.dev/example.com/shop-123/images/api"


def test_it_is_signed_in_to_with_a_token(make):
    assert make.output("host") == "europe-west1-docker.pkg.dev"
    assert make.output("username") == "oauth2accesstoken"
    assert make.output("password") == "ya29.word"


def test_the_order_of_what_is_given_changes_nothing(make):
    one = {
        "repositories": {"api": {}, "web": {}},
        "pull": ["user:a@b.c", "user:b@b.c"],
        "tags": {"a": "1", "b": "2"},
        "download_rules": {"x": {"condition": "true"}, "y": {"condition": "true", "repository": "api"}},
        "enable_apis": True,
    }
    other = {key: turned(value) for key, value in reversed(one.items())}

    def registrations(args):
        return [(item.typ, item.name, item.inputs) for item in make(**args).registered if item.custom]

    assert sorted(registrations(one), key=str) == sorted(registrations(other), key=str)


def turned(value):
    if isinstance(value, dict):
        return dict(reversed(value.items()))
    return list(reversed(value)) if isinstance(value, list) else value


def test_a_grant_is_a_sibling_that_may_name_a_member_of_the_deployment(make, later):
    found = make(
        lambda registry: pulumi.Output.all(*(it.id for it in registry.grant_pull("run", later("user:a@b.c"))))
    )
    assert found.of("RepositoryIamMember") == {
        "images-pull-run": {
            "repository": "images",
            "location": "europe-west1",
            "project": "shop-1",
            "role": "roles/artifactregistry.reader",
            "member": "user:a@b.c",
        }
    }
    urn = next(urn for urn in found.urns if urn.endswith("::images-pull-run"))
    assert "GarRegistry" not in urn


def test_a_grant_may_be_for_one_repository_where_each_is_its_own(make):
    def grant(registry):
        return registry.grant_push("ci", "user:a@b.c", "api")[0].id

    found = make(grant, repository_per_key=True).of("RepositoryIamMember")
    assert list(found) == ["images-api-push-ci"]
    assert found["images-api-push-ci"]["role"] == "roles/artifactregistry.writer"
    assert found["images-api-push-ci"]["repository"] == "images-api"


def test_a_grant_is_for_every_repository_unless_one_is_named(make, later):
    def grant(registry):
        return pulumi.Output.all(*(it.id for it in registry.grant_pull("run", later("user:a@b.c"))))

    found = make(grant, repository_per_key=True).of("RepositoryIamMember")
    assert set(found) == {"images-api-pull-run", "images-tools/ci-pull-run"}


def test_a_grant_is_made_by_the_registrys_provider(make):
    import pulumi_gcp as gcp

    def registry():
        made = GarRegistry("images", BASE, pulumi.ResourceOptions(providers=[gcp.Provider("mine")]))
        return made.grant_pull("run", "user:a@b.c")[0].id

    found = make.recorder.run(registry)
    assert [
        item.name for item in found.registered if item.custom and "::mine::" not in (item.provider or "")
    ] == ["mine"]
