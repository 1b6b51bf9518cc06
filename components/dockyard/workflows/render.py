"""Workflows from settings: the same bytes each time."""

import functools
import json
import re

import jinja2

from dockyard.rendering import template_folder
from dockyard.workflows.actions import uses
from dockyard.workflows.gitlab import audience, registry_sign_in, sign_in
from dockyard.workflows.settings import GITLAB, Image, Settings, plain

GITHUB_FOLDER = ".github/workflows"
GITLAB_FILE = ".gitlab-ci.yml"


@functools.cache
def environment() -> jinja2.Environment:
    """Marks of its own: `{{ }}` are GitHub's."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template_folder()),
        undefined=jinja2.StrictUndefined,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        # No HTML is made here; values are quoted as YAML.
        autoescape=False,  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["yaml"] = functools.partial(json.dumps, ensure_ascii=False)
    made.globals |= {
        "uses": uses,
        "audience": audience,
        "sign_in": sign_in,
        "registry_sign_in": registry_sign_in,
    }
    return made


def render(settings: Settings) -> dict[str, str]:
    """Path in the repository to content. A workflow that would have nothing to do is left out."""
    if settings.service == GITLAB:
        return {GITLAB_FILE: _template("gitlab/gitlab-ci.yml.j2", settings)}
    files = {}
    for kind in settings.kinds:
        if kind == "image":
            for image in settings.images:
                name = "simple" if image.simple else "image"
                files[f"{GITHUB_FOLDER}/image-{image.name}.yml"] = _template(
                    f"github/{name}.yml.j2", settings, image
                )
        elif _wanted(kind, settings):
            files[f"{GITHUB_FOLDER}/{kind}.yml"] = _template(f"github/{kind}.yml.j2", settings)
    return files


def _wanted(kind: str, settings: Settings) -> bool:
    stacks = settings.stacks
    return {
        "check": bool(stacks),
        "preview": any(stack.preview for stack in stacks),
        "deploy": any(stack.login for stack in stacks),
        "drift": any(stack.preview for stack in stacks),
        "release": bool(stacks),
    }[kind]


def _template(name: str, settings: Settings, image: Image | None = None) -> str:
    deployed = [stack for stack in settings.stacks if stack.login]
    job_of = {stack.name: f"deploy-{number}" for number, stack in enumerate(deployed, 1)}
    needs = {stack.name: [job_of[other] for other in stack.after if other in job_of] for stack in deployed}
    text = environment().get_template(name).render(**plain(settings), image=image, job_of=job_of, needs=needs)
    # What a condition leaves out leaves an empty line between steps.
    return re.sub(r"\n\n+(?=      - )", "\n", text)
