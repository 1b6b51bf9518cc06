"""What one resource alone does not show."""
