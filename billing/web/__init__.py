"""What stands at the door: the GraphQL endpoint, and who is asking."""
