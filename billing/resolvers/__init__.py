"""Query and Mutation: one short method per root field."""
