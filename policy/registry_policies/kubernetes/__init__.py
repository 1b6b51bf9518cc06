"""Rules for what runs in Kubernetes."""
