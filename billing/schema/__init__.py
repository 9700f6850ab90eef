"""The nouns clients see: types, inputs, payloads, enums, scalars, connections, and the context of an operation."""
