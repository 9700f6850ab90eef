"""Numbers of billing records, e.g. IT-2026-00042, and of credit notes, e.g. IT-2026-CN00007."""


def record_number(division_code: str, year: int, sequence: int) -> str:
    """At least five digits; the sixth appears by itself after 99,999 records of a year."""
    return f"{division_code}-{year}-{sequence:05d}"


def credit_note_number(division_code: str, year: int, sequence: int) -> str:
    """A series of its own; no record's number can look like it, since theirs end in digits alone."""
    return f"{division_code}-{year}-CN{sequence:05d}"
