"""Who may do what: roles and grants as one table, the viewer, and the guards of fields."""
