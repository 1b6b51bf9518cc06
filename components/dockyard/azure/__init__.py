"""Azure Container Registry. Modules that read settings import no SDK of Azure; what makes resources does."""
