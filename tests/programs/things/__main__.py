"""Builds what `things.json` says: a list of things, each with a name, properties and options. What a test writes there is its program.

Properties: {"$secret": value}, {"$from": "name.property"}. Options as `pulumi.ResourceOptions` spells them, resources by name.
"""

import json
from pathlib import Path

import pulumi

made = {}
RESOURCE_OPTIONS = ("parent", "provider", "deleted_with")


def value(given):
    if isinstance(given, dict) and "$secret" in given:
        return pulumi.Output.secret(given["$secret"])
    if isinstance(given, dict) and "$from" in given:
        name, _, key = given["$from"].partition(".")
        return made[name] if not key else pulumi.Output.from_input(made[name].__dict__[key])
    if isinstance(given, dict):
        return {key: value(item) for key, item in given.items()}
    return [value(item) for item in given] if isinstance(given, list) else given


def options(given):
    said = dict(given)
    for key in RESOURCE_OPTIONS:
        if key in said:
            said[key] = made[said[key]]
    for key in ("depends_on", "replace_with"):
        if key in said:
            said[key] = [made[name] for name in said[key]]
    if "aliases" in said:
        said["aliases"] = [pulumi.Alias(**alias) for alias in said["aliases"]]
    if "custom_timeouts" in said:
        said["custom_timeouts"] = pulumi.CustomTimeouts(**said["custom_timeouts"])
    if said.pop("hook", False):
        hook = pulumi.ResourceHook("greet", lambda args: None)
        said["hooks"] = pulumi.ResourceHookBinding(before_create=[hook])
    if said.pop("transform", False):
        said["transforms"] = [lambda args: None]
    return pulumi.ResourceOptions(**said)


def build(entry):
    kind, name, opts = entry.get("kind", "thing"), entry["name"], options(entry.get("options", {}))
    props = {key: value(item) for key, item in entry.get("props", {}).items()}
    type_ = entry.get("type", "yard:index:Thing")
    if kind == "component":
        component = pulumi.ComponentResource(entry.get("type", "yard:index:Group"), name, props, opts)
        component.register_outputs(props)
        return component
    if kind == "provider":
        return pulumi.ProviderResource("yard", name, props, opts)
    if "id" in entry:
        opts.id = entry["id"]
    return pulumi.CustomResource(type_, name, {"token": None, "size": None, **props}, opts)


plan = json.loads(Path("things.json").read_text())
for text in plan.get("print", []):
    print(text)
for entry in plan["things"]:
    made[entry["name"]] = build(entry)
for key, item in plan.get("outputs", {}).items():
    pulumi.export(key, value(item))
if "invoke" in plan:
    pulumi.export(
        "invoked", pulumi.runtime.invoke("yard:index:upper", {"text": plan["invoke"]}).value["upper"]
    )
if "run_error" in plan:
    raise pulumi.RunError(plan["run_error"])
if "crash" in plan:
    raise ValueError(plan["crash"])
