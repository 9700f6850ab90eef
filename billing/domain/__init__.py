"""The rules of billing as plain Python without I/O: money, currencies, splitting, states, errors."""
