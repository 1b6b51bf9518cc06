"""Who may import whom, read from the code; and what an import loads, seen in a fresh interpreter."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "components" / "dockyard"
PURE = ("settings", "patterns", "access", "facts", "paths", "users", "bundle", "certificates")
SHARED = ("errors", "reader")
RENDERERS = sorted(path.stem for path in (PACKAGE / "self_hosted").glob("render*.py"))


def imported(path: Path) -> set[str]:
    """Every module that a file names, `from a import b` as a.b; in functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def below(*prefixes: str):
    return lambda name: any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


@pytest.mark.parametrize("path", sorted((PACKAGE / "ops").rglob("*.py")), ids=lambda path: path.name)
def test_ops_imports_nothing_outside_the_standard_library(path):
    own = below("dockyard.ops")
    foreign = [
        name for name in imported(path) if name.split(".")[0] not in sys.stdlib_module_names and not own(name)
    ]
    assert foreign == []


@pytest.mark.parametrize("name", [*SHARED, *(f"self_hosted/{name}" for name in (*PURE, *RENDERERS))])
def test_settings_and_rendering_import_no_pulumi(name):
    banned = below("pulumi", "dockyard.resources.host", "dockyard.engine", "dockyard.self_hosted.registry")
    assert [found for found in imported(PACKAGE / f"{name}.py") if banned(found)] == []


def test_the_engine_knows_nothing_of_what_it_deploys():
    banned = below("dockyard.self_hosted", "dockyard.resources", "dockyard.args", "dockyard.registry")
    bad = {
        str(path.relative_to(ROOT)): sorted(filter(banned, imported(path)))
        for path in (PACKAGE / "engine").rglob("*.py")
    }
    assert {path: names for path, names in bad.items() if names} == {}


def test_stacks_import_public_names_alone():
    public = {"dockyard.errors", "dockyard"}
    for path in (ROOT / "stacks").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("dockyard"):
                assert node.module in public, path
                exported = __import__("dockyard").__all__
                assert node.module != "dockyard" or {alias.name for alias in node.names} <= set(exported)


def test_rules_share_nothing_with_the_package_but_its_checks():
    """Rules judge raw resources too: what they know must not hang on a component, nor on the SDK that serves them."""
    own = below("dockyard.checks", "registry_policies")
    sdk = below("pulumi_policy", "google.protobuf")
    for path in sorted((ROOT / "policy").rglob("*.py")):
        serves = path.name in ("adapter.py", "rules.py", "servicer.py", "__main__.py")
        foreign = [
            name
            for name in imported(path)
            if name.split(".")[0] not in sys.stdlib_module_names
            and not own(name)
            and not (serves and sdk(name))
        ]
        assert foreign == [], path


def test_checks_import_nothing_that_deploys():
    paths = sorted((PACKAGE / "checks").rglob("*.py"))
    banned = below("pulumi", "dockyard.engine", "dockyard.provider", "dockyard.resources", "dockyard.cli")
    assert [name for path in paths for name in imported(path) if banned(name)] == []
    modules = [f"dockyard.checks.{path.stem}" for path in paths if path.stem != "__init__"]
    assert loads(f"import {', '.join(modules)}", "pulumi") == []


def test_the_doctor_imports_nothing_that_deploys_and_no_command():
    banned = below("pulumi", "dockyard.engine", "dockyard.provider", "dockyard.resources", "dockyard.cli")
    paths = sorted((PACKAGE / "doctor").rglob("*.py"))
    assert [name for path in paths for name in imported(path) if banned(name)] == []
    assert loads("import dockyard.cli.diagnosis, dockyard.doctor.client", "pulumi_aws") == []


def loads(statement: str, package: str) -> list[str]:
    """Modules of the package that are there after the statement."""
    code = f"import sys; {statement}; print(*(m for m in sys.modules if m.split('.')[0] == {package!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.split()


@pytest.mark.parametrize(
    "module",
    [
        "dockyard",
        "dockyard.cli",
        "dockyard.self_hosted.render",
        "dockyard.self_hosted.settings",
    ],
)
@pytest.mark.parametrize("package", ["pulumi", "pulumi_aws", "pulumi_gcp", "pyinfra"])
def test_importing_loads_no_sdk(module, package):
    assert loads(f"import {module}", package) == []


def test_loading_is_seen_at_all():
    """The test above would find a loaded package."""
    assert "pulumi" in loads("from dockyard import SelfHostedRegistry", "pulumi")


def test_the_commands_that_work_need_the_protocol_alone():
    """The SDK itself takes half a second to load."""
    assert "pulumi.resource" not in loads("import dockyard.cli.verbs, dockyard.cli.report", "pulumi")


def test_a_cloud_s_sdk_that_is_missing_is_named_with_what_to_install(monkeypatch):
    import dockyard

    monkeypatch.setitem(sys.modules, "pulumi_gcp", None)
    monkeypatch.delitem(sys.modules, "dockyard.gcp.gar", raising=False)
    with pytest.raises(ModuleNotFoundError) as missing:
        _ = dockyard.GarRegistry
    assert str(missing.value) == (
        "GarRegistry needs pulumi_gcp, which is not installed: pip install 'dockyard[gcp]'"
    )
