"""How a GraphQL operation is understood and run; knows GraphQL and Strawberry, and no noun of billing."""
