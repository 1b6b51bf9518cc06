"""A repository, who may read it, and the project that only Google knows."""

import pulumi
import pulumi_gcp as gcp

project = gcp.organizations.get_project_output()
repository = gcp.artifactregistry.Repository(
    "images", repository_id="images", location="europe-west1", format="DOCKER"
)
gcp.artifactregistry.RepositoryIamMember(
    "pull",
    repository=repository.name,
    location=repository.location,
    role="roles/artifactregistry.reader",
    member=project.number.apply(
        lambda number: f"serviceAccount:{number}-compute@developer.gserviceaccount.com"
    ),
)
pulumi.export("uri", repository.registry_uri)
