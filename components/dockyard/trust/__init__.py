"""Keyless CI: from a repository on GitHub or GitLab to what each cloud must check, and the proof that it lets nobody else in.

Nothing here imports Pulumi. `read` makes a `Trust` of plain settings, `aws`, `azure` and `gcp` render it, `evaluate` judges what was
rendered against the claims of a token.
"""
