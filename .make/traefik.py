"""`make test-traefik`: Traefik, built with Go into build/traefik/traefik. Standard library only.

A module of tools takes over what Traefik's own replaces and leaves out. Two things are put in its place: a module without anything in
it, which stands in a folder that Traefik's leaves out, and the list of those who host names, for ACME: it asks for the modules of
two hundred of them, not all of which can be had, and no test here speaks to one.
"""

import json
import os
import shutil
from functools import partial
from pathlib import Path

import modules

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "traefik" / "traefik"
SOURCE = ROOT / "build" / "traefik" / "source"
MODULE, VERSION = "github.com/traefik/traefik/v3", "v3.7.13"
EXTENSIONS = "package ext\n\ntype HTTP struct{}\n\ntype Router struct{}\n"
"""pkg/config/dynamic/ext/ext.go."""
LEGO, HOSTERS = "github.com/go-acme/lego/v5", "providers/dns/zz_gen_dns_providers.go"
NO_HOSTERS = f"""package dns

import (
	"fmt"

	"{LEGO}/challenge"
)

func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {{
	return nil, fmt.Errorf("built without %s", name)
}}
"""
INSTEAD = {"github.com/containous/go-http-auth": "v0.4.1-0.20200324110947-a37a7636d23e"}
"""The fork that Traefik named until 3.6: the later one is not to be had everywhere. What checks a password in it is the same."""
go = partial(modules.go, SOURCE)


def main():
    if PROGRAM.exists():
        return
    if not shutil.which("go"):
        print("not installed: go, which builds Traefik; what needs it is skipped")
        return
    write_module()
    copy_without_hosters()
    print("building Traefik", flush=True)
    os.environ["CGO_ENABLED"] = "0"
    version = f"-X {MODULE}/pkg/version.Version={VERSION.removeprefix('v')}"
    # One package at a time: two compilers of the largest of them need more memory than some machines have.
    built = ("-mod=mod", "-p=1", "-trimpath", "-ldflags", f"-s -w {version}")
    go("build", *built, "-o", f"{PROGRAM}.new", f"{MODULE}/cmd/traefik")
    os.replace(f"{PROGRAM}.new", PROGRAM)


def copy_without_hosters():
    """What is in Go's own folder of modules cannot be changed."""
    found = json.loads(go("list", "-mod=mod", "-m", "-json", LEGO))
    shutil.rmtree(SOURCE / "lego", ignore_errors=True)
    go("mod", "download", LEGO)
    shutil.copytree(found["Dir"], SOURCE / "lego", copy_function=shutil.copyfile)
    for folder, _, _ in os.walk(SOURCE / "lego"):
        os.chmod(folder, 0o755)
    (SOURCE / "lego" / HOSTERS).write_text(NO_HOSTERS)
    go("mod", "edit", f"-replace={LEGO}=./lego")


def write_module():
    """go.mod with the requirements and replacements of Traefik's own."""
    (SOURCE / "ext").mkdir(parents=True, exist_ok=True)
    (SOURCE / "ext" / "ext.go").write_text(EXTENSIONS)
    (SOURCE / "ext" / "go.mod").write_text("module github.com/traefik/traefik/dynamic/ext\n")
    (SOURCE / "go.mod").write_text("module traefik\n")
    (SOURCE / "go.sum").unlink(missing_ok=True)
    found = json.loads(go("mod", "download", "-json", f"{MODULE}@{VERSION}"))
    asked = json.loads(go("mod", "edit", "-json", found["GoMod"]))
    edits = [f"-go={asked['Go']}", f"-require={MODULE}@{VERSION}"]
    edits += [f"-require={each['Path']}@{each['Version']}" for each in asked["Require"]]
    edits += [f"-exclude={each['Path']}@{each['Version']}" for each in asked.get("Exclude") or ()]
    for each in asked.get("Replace") or ():
        new = each["New"]
        version = INSTEAD.get(new["Path"], new.get("Version"))
        place = f"{new['Path']}@{version}" if version else "./ext"
        edits.append(f"-replace={each['Old']['Path']}={place}")
    go("mod", "edit", *edits)


if __name__ == "__main__":
    main()
