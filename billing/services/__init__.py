"""What the business does: one function per change. They lock, refuse, change and return what they changed."""
