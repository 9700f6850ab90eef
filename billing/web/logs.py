"""How the service logs: a line of JSON for each event, without the values that a failure was about."""

import logging

import structlog


def configure_logs(level: str) -> None:
    """`level` is the least that is logged: DEBUG, INFO, WARNING or ERROR."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
    )
