"""REST for callers who do not speak GraphQL: each route is a stored GraphQL operation, run by the same executor."""
