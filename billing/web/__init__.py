"""What stands at the door: the GraphQL endpoint, GraphiQL, and who is asking."""
