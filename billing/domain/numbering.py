"""Numbers of billing records, e.g. IT-2026-00042."""


def record_number(division_code: str, year: int, sequence: int) -> str:
    """At least five digits; the sixth appears by itself after 99,999 records of a year."""
    return f"{division_code}-{year}-{sequence:05d}"
