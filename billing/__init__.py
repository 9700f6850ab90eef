"""Internal Billing: divisions of one organisation charge each other for catalog services."""
