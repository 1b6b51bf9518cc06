"""`dockyard trust explain`: which condition a token fails, without a word of the token itself."""

import base64
import json
import subprocess
import sys

import pytest
from dockyard.cli.trust import read_claims
from dockyard.errors import DockyardError
from dockyard.trust.evaluate import Cloud, detect
from dockyard.trust.trust import Access, Service

from tests.support.trust import CLOUDS, IMMUTABLE, RENDER, github_token, trust_of


def jwt(claims):
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256"}, claims)]
    coded = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    return ".".join([*coded, "c2lnbmF0dXJl"])


@pytest.fixture
def explain(tmp_path):
    """Runs the command on a token and a policy."""

    def run(token, policy, *options, stdin=False):
        (tmp_path / "policy.json").write_text(policy if isinstance(policy, str) else json.dumps(policy))
        (tmp_path / "token").write_text(token)
        source = "-" if stdin else str(tmp_path / "token")
        command = ["trust", "explain", "--token", source, "--policy", str(tmp_path / "policy.json"), *options]
        done = subprocess.run(
            [sys.executable, "-m", "dockyard.cli", *command],
            input=token if stdin else "",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert token not in done.stdout + done.stderr
        return done

    return run


def policy_of(cloud):
    return RENDER[cloud](trust_of(Service.GITHUB, cloud, tags=[]), Access.PUSH)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_token_that_is_let_in_passes_everything(explain, cloud):
    done = explain(jwt(github_token(cloud)), policy_of(cloud), stdin=True)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith(f"{cloud}: neither signature nor expiry are verified")
    assert done.stdout.endswith("\nallowed\n")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_refused_token_is_told_what_it_fails_first(explain, cloud):
    token = github_token(cloud, f"{IMMUTABLE}:ref:refs/heads/evil")
    done = explain(json.dumps(token), policy_of(cloud))
    assert done.returncode == 1
    last = done.stdout.splitlines()[-1]
    assert last.startswith("refused: ")
    assert "sub" in last
    assert "refs/heads/evil" in last


def test_json_holds_every_condition(explain):
    token = github_token(Cloud.AWS, repository_id=None)
    done = explain(jwt(token), policy_of(Cloud.AWS), "--json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert (document["cloud"], document["allowed"], document["signatureVerified"]) == ("aws", False, False)
    assert [check["passed"] for check in document["checks"]] == [True, True, True, True, False, True]
    assert document["failed"] == document["checks"][4]
    assert "repository_id" in document["failed"]["why"]


def test_the_cloud_may_be_said(explain):
    fic = {"issuer": "https://token.actions.githubusercontent.com", "subject": "x", "audiences": ["y"]}
    done = explain(json.dumps(github_token(Cloud.AZURE)), fic, "--cloud", "azure", "--json")
    assert json.loads(done.stdout)["failed"]["condition"] == "subject"
    done = explain(json.dumps(github_token(Cloud.GCP)), policy_of(Cloud.GCP), "--cloud", "aws")
    assert done.returncode == 1
    assert "has no statement that allows anything" in done.stdout


@pytest.mark.parametrize(
    "token", ["eyJ.eyJz_secret.x", "a.b.c", "secret", "[1]", '"secret"', "{", "\x00\x01.\x02.\x03"]
)
def test_what_is_no_token_is_not_repeated(token):
    with pytest.raises(DockyardError) as raised:
        read_claims(token.encode())
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_what_is_no_token_is_an_error_without_a_traceback(explain):
    done = explain("c2VjcmV0", policy_of(Cloud.AWS))
    assert done.returncode == 1
    assert done.stderr.startswith("error: the token is no JSON\nhint: ")


@pytest.mark.parametrize(("policy", "text"), [("{}", "none of the clouds"), ("{", "the policy is no JSON")])
def test_what_is_no_policy_is_an_error(explain, policy, text):
    done = explain(json.dumps(github_token(Cloud.AWS)), policy)
    assert done.returncode == 1
    assert text in done.stderr


def test_both_cannot_come_from_standard_input(explain, tmp_path):
    done = explain("{}", "{}", "--policy", "-", stdin=True)
    assert done.returncode == 2
    assert "cannot both be read from standard input" in done.stderr


@pytest.mark.parametrize(
    ("policy", "cloud"),
    [
        ({"Role": {"AssumeRolePolicyDocument": {"Statement": []}}}, Cloud.AWS),
        ({"Statement": []}, Cloud.AWS),
        ([{"name": "x", "issuer": "i", "subject": "s", "audiences": []}], Cloud.AZURE),
        ({"properties": {"issuer": "i", "subject": "s", "audiences": []}}, Cloud.AZURE),
        ({"attributeMapping": {}, "issuer": "i", "audiences": []}, Cloud.GCP),
        ({"oidc": {"issuerUri": "i"}, "name": "n"}, Cloud.GCP),
    ],
    ids=str,
)
def test_the_cloud_is_told_by_the_policy(policy, cloud):
    assert detect(policy) is cloud


def test_without_cel_python_google_says_what_to_install(tmp_path):
    """A module that cannot be imported stands in for one that is not installed."""
    code = (
        "import sys; sys.modules['celpy'] = None\n"
        "from dockyard.errors import DockyardError\n"
        "from dockyard.trust.evaluate import evaluate\n"
        "try:\n    evaluate({'attributeMapping': {'google.subject': 'assertion.sub'}}, {'sub': 'x'})\n"
        "except DockyardError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'dockyard[trust]'" in done.stdout


@pytest.mark.parametrize("module", ["read", "aws", "azure", "gcp", "evaluate"])
def test_trust_loads_neither_pulumi_nor_cel(module):
    code = f"import sys, dockyard.trust.{module}; print({{'pulumi', 'celpy'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
