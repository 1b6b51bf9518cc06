"""Google Artifact Registry. Only `gar`, `ci` and `grants` import Pulumi's SDK of Google Cloud."""
