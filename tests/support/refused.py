"""Why the database refused a statement of the owner's."""

from sqlalchemy.exc import DBAPIError

INSUFFICIENT_PRIVILEGE = "42501"


def sqlstate(error: DBAPIError) -> str:
    return getattr(error.driver_exception, "sqlstate", None) or ""


def constraint(error: DBAPIError) -> str:
    """The name of the violated constraint or unique index, '' where there is none."""
    return getattr(error.driver_exception, "constraint_name", None) or ""
