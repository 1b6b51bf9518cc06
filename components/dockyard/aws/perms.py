"""What pulling and pushing take. Source: Amazon ECR User Guide, "Private repository policy examples", "IAM permissions for pushing"."""

PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
PUSH = (
    *PULL,
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
SIGN_IN = "ecr:GetAuthorizationToken"
"""An action of the account: it has no repository and stands in identity policies only."""
