"""`make test-kubernetes`: kube-apiserver and etcd, built with Go into build/bin. Standard library only.

The program's own module cannot be installed by name: it replaces its k8s.io parts by folders. Here they are replaced by the same
parts as they are published.
"""

import json
import os
import shutil
from functools import partial
from pathlib import Path

import modules

ROOT = Path(__file__).resolve().parent.parent
BINARIES = ROOT / "build" / "bin"
SOURCE = ROOT / "build" / "kubernetes"
KUBERNETES, ETCD = "v1.35.4", "v3.6.5"
PARTS = "v0." + KUBERNETES.removeprefix("v1.")
PROGRAMS = {"etcd": "go.etcd.io/etcd/server/v3", "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver"}
go = partial(modules.go, SOURCE)


def main():
    if all((BINARIES / name).exists() or shutil.which(name) for name in PROGRAMS):
        return
    if not shutil.which("go"):
        print("not installed: go, which builds kube-apiserver and etcd; what needs them is skipped")
        return
    SOURCE.mkdir(parents=True, exist_ok=True)
    BINARIES.mkdir(parents=True, exist_ok=True)
    write_module()
    go("mod", "tidy")
    for name, package in PROGRAMS.items():
        print(f"building {name}", flush=True)
        go("build", "-o", f"{BINARIES / name}.new", package)
        os.replace(f"{BINARIES / name}.new", BINARIES / name)


def write_module():
    """go.mod with every k8s.io part that Kubernetes asks for without a version, and a file that names the programs."""
    imports = "".join(f"import _ {json.dumps(package)}\n" for package in PROGRAMS.values())
    (SOURCE / "tools.go").write_text(f"//go:build tools\n\npackage tools\n\n{imports}")
    (SOURCE / "go.mod").write_text("module kubernetes\n")
    (SOURCE / "go.sum").unlink(missing_ok=True)
    found = json.loads(go("mod", "download", "-json", f"k8s.io/kubernetes@{KUBERNETES}"))
    asked = json.loads(go("mod", "edit", "-json", found["GoMod"]))
    edits = [f"-go={asked['Go']}"]
    edits += [f"-require=k8s.io/kubernetes@{KUBERNETES}", f"-require=go.etcd.io/etcd/server/v3@{ETCD}"]
    parts = sorted(each["Path"] for each in asked["Require"] if each["Version"] == "v0.0.0")
    edits += [f"-replace={part}={part}@{PARTS}" for part in parts]
    go("mod", "edit", *edits)


if __name__ == "__main__":
    main()
