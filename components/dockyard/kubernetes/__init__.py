"""Pull access from Kubernetes."""
