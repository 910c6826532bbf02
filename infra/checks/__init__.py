"""What check.py holds the deployment templates to; one module per concern, standard library only."""
