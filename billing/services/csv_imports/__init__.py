"""Imports of CSV files: one machine, and a module for each kind of file."""
