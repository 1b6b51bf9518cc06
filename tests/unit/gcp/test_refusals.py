"""What GarRegistry refuses, and how it says so: one case for each refusal."""

import pytest
from dockyard.errors import ProblemsError
from dockyard.gcp.settings import read_settings

BASE = {"location": "europe-west1", "repositories": {"api": {}, "tools/ci": {}}}
POOL = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool"
UPSTREAM = "projects/p/locations/europe/repositories/hub"
HUB = {"remote": {"docker_hub": True}}
SEPARATE = (
    "Artifact Registry knows this by repository and not by path in it: say it for the whole registry, "
    "or set repository_per_key to true"
)
PUSHED = "leave out remote and virtual, or this"
SHAPE = "projects/PROJECT/locations/LOCATION/repositories/REPOSITORY"
IDS = "up to 63 lower-case letters, digits and `-`, a letter first and no `-` last"


def problems(args):
    """Every problem as `path: message`, and the hints."""
    try:
        read_settings({**BASE, **args}, "GarRegistry 'images'", "images")
    except ProblemsError as error:
        return [str(problem) for problem in error.problems], [problem.hint for problem in error.problems]
    return [], []


REFUSED = {
    "no location": (
        {"location": None},
        "location: is required",
        "a region such as europe-west1, or europe, us, asia",
    ),
    "a zone": (
        {"location": "europe-west1-b"},
        "location: is no region: 'europe-west1-b'",
        "europe-west1, for example; a zone is too narrow",
    ),
    "no repository": (
        {"repositories": {}},
        "repositories: at least one is needed",
        'for example {"api": {}}',
    ),
    "a key in capitals": (
        {"repositories": {"Api": {}}},
        "repositories/Api: is not a repository name",
        "lower-case letters and digits, joined by `.`, `_`, `-` and `/`",
    ),
    "an unknown key": (
        {"imutable_tags": True},
        "imutable_tags: unknown key",
        "did you mean 'immutable_tags'?",
    ),
    "an unknown key of a repository": (
        {"repositories": {"api": {"pul": []}}},
        "repositories/api/pul: unknown key",
        "did you mean 'pull'?",
    ),
    "an id that is none": ({"repository_id": "9"}, "repository_id: is not a repository's name: '9'", IDS),
    "tags of a key": (
        {"repositories": {"api": {"immutable_tags": False}}},
        "repositories/api/immutable_tags: differs from the registry's",
        SEPARATE,
    ),
    "pull of a key": (
        {"repositories": {"api": {"pull": ["user:a@b.c"]}}},
        "repositories/api/pull: differs from the registry's",
        SEPARATE,
    ),
    "retention of a key": (
        {"repositories": {"api": {"retention": {"untagged_days": 3}}}},
        "repositories/api/retention: differs from the registry's",
        SEPARATE,
    ),
    "retention of a virtual repository": (
        {"virtual": {"a": {"repository": UPSTREAM, "priority": 1}}, "retention": {"untagged_days": 3}},
        "retention: does not go with virtual",
        "the upstreams hold the images: say it there",
    ),
    "expiry of tagged images that cannot go": (
        {"retention": {"rules": {"old": {"tags": ["v*"], "older_than_days": 9}}}},
        "retention/rules/old: would expire tagged images, which immutable tags keep",
        "set immutable_tags to false, or untagged to true in this rule",
    ),
    "push of a key": (
        {"repositories": {"api": {"push": ["user:a@b.c"]}}},
        "repositories/api/push: differs from the registry's",
        SEPARATE,
    ),
    "a long name of a key": (
        {"repositories": {"a" * 60: {}}, "repository_per_key": True},
        f"repositories/{'a' * 60}: would be named 'images-{'a' * 60}', which is too long",
        IDS,
    ),
    "deletion if empty": (
        {"deletion": "empty"},
        "deletion: 'empty' cannot be kept",
        "Artifact Registry deletes a repository with everything in it: retain keeps it, force deletes it",
    ),
    "another word for deletion": ({"deletion": "no"}, "deletion: must be one of retain, force, got 'no'", ""),
    "a project's number": ({"project": "12"}, "project: should look like my-project-123, got '12'", ""),
    "a short name of a key of KMS": (
        {"kms_key_name": "k"},
        "kms_key_name: should look like projects/P/locations/L/keyRings/R/cryptoKeys/K, got 'k'",
        "",
    ),
    "a label's key": (
        {"tags": {"Team": "x"}},
        "tags/Team: cannot be a label's key",
        "lower-case letters, digits, - and _: team",
    ),
    "a label's value": (
        {"tags": {"team": "The Platform"}},
        "tags/team: cannot be a label's value: 'The Platform'",
        "lower-case letters, digits, - and _: the-platform",
    ),
    "too many labels": ({"tags": {f"k{n}": "" for n in range(65)}}, "tags: must be 64 at most, got 65", ""),
    "an ARN": (
        {"pull": ["arn:aws:iam::1:root"]},
        "pull/0: is not an IAM member: 'arn:aws:iam::1:root'",
        "it begins with user:, group:, serviceAccount:, domain:, principal:// or principalSet://",
    ),
    "anyone who pushes": (
        {"push": ["allUsers"]},
        "push/0: would let anyone push",
        "name who may push; pulling may be open to allUsers",
    ),
    "a pool that pushes": (
        {"push": [f"{POOL}/*"]},
        f"push/0: lets the whole pool in: '{POOL}/*'",
        "principalSet://…/attribute.repository_id/NUMBER, or principal://…/subject/SUBJECT",
    ),
    "what anybody in a pool may claim": (
        {"pull": [f"{POOL}/attribute.actor/bob"]},
        f"pull/0: is open to everybody who claims attribute.actor: '{POOL}/attribute.actor/bob'",
        "principalSet://…/attribute.repository_id/NUMBER, or principal://…/subject/SUBJECT",
    ),
    "members in a text": (
        {"pull": "user:a@b.c"},
        "pull: must be a list of IAM members, got 'user:a@b.c'",
        "",
    ),
    "a member that is no text": ({"pull": [3]}, "pull/0: must be text, got 3", ""),
    "two sources": (
        {**HUB, "virtual": {"hub": {"repository": UPSTREAM, "priority": 1}}},
        "virtual: does not go with remote",
        "two registries: the virtual one names the remote one",
    ),
    "immutable tags of a cache": (
        {**HUB, "immutable_tags": True},
        "immutable_tags: needs a repository that is pushed to",
        PUSHED,
    ),
    "pushes to a cache": (
        {**HUB, "push": ["user:a@b.c"]},
        "push: needs a repository that is pushed to",
        PUSHED,
    ),
    "a cache for each key": (
        {**HUB, "repository_per_key": True},
        "repository_per_key: does not go with remote or virtual",
        "remote and virtual repositories hold all images of their upstreams",
    ),
    "a rule for a cache": (
        {**HUB, "download_rules": {"x": {"condition": "true"}}},
        "download_rules: does not go with remote or virtual",
        "Artifact Registry takes rules for standard repositories: put them on the upstreams",
    ),
    "a cache of nothing": (
        {"remote": {}},
        "remote/uri: is required, or docker_hub",
        "uri for any registry, docker_hub for Docker Hub",
    ),
    "a cache of two": (
        {"remote": {"docker_hub": True, "uri": "https://x.y"}},
        "remote/uri: does not go with docker_hub",
        "uri for any registry, docker_hub for Docker Hub",
    ),
    "an upstream without https": (
        {"remote": {"uri": "http://x.y"}},
        f"remote/uri: should look like https://HOST or {SHAPE}, got 'http://x.y'",
        "",
    ),
    "a user without a password": (
        {"remote": {"docker_hub": True, "username": "bot"}},
        "remote/password_secret_version: is required with username",
        "give both, or neither to pull without a login",
    ),
    "a password without a user": (
        {"remote": {"docker_hub": True, "password_secret_version": "projects/p/secrets/s/versions/1"}},
        "remote/username: is required with password_secret_version",
        "give both, or neither to pull without a login",
    ),
    "no upstream": ({"virtual": {}}, "virtual: must name at least one repository", ""),
    "an upstream without a repository": (
        {"virtual": {"a": {"priority": 1}}},
        "virtual/a/repository: is required",
        SHAPE,
    ),
    "an upstream without a priority": (
        {"virtual": {"a": {"repository": UPSTREAM}}},
        "virtual/a/priority: is required",
        "the highest answers first: 100",
    ),
    "a rule without a condition": (
        {"download_rules": {"x": {}}},
        "download_rules/x/condition: is required",
        "without one nothing could be pulled any more; for example pkg.version.id < '2.0'",
    ),
    "a long condition": (
        {"download_rules": {"x": {"condition": "x" * 2049}}},
        "download_rules/x/condition: is longer than 2048 characters",
        "",
    ),
    "a rule's name": (
        {"download_rules": {"x y": {"condition": "true"}}},
        "download_rules/x y: is not a rule's name",
        "up to 256 letters, digits and -._~:@+^",
    ),
    "a rule for no repository": (
        {"download_rules": {"x": {"condition": "true", "repository": "apii"}}},
        "download_rules/x/repository: no such key in repositories: 'apii'",
        "did you mean 'api'?",
    ),
    "two rules for all": (
        {"download_rules": {"x": {"condition": "true"}, "y": {"condition": "true"}}},
        "download_rules/y/repository: has a rule already: 'x'",
        "Artifact Registry takes one rule for a repository and one for each image: join the conditions by ||",
    ),
    "a policy of perimeters": (
        {"vpcsc_policy": "DENY"},
        "vpcsc_policy: must be one of deny, allow, got 'DENY'",
        "",
    ),
    "a severity": (
        {"platform_logs": "loud"},
        "platform_logs: must be one of debug, info, notice, warning, error, critical, alert, emergency, got 'loud'",
        "",
    ),
}


@pytest.mark.parametrize(("args", "message", "hint"), REFUSED.values(), ids=REFUSED)
def test_it_refuses(args, message, hint):
    assert problems(args) == ([message], [hint])
