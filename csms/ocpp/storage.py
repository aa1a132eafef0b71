"""Database work in the gateway's own threads: they keep their connections, so a connection that died is renewed here, once."""

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


def renewing_connection(work: Callable[P, R]) -> Callable[P, R]:
    """Run the work again, once, after a lost connection, a deadlock, or a race for a unique key.

    Everything that stations report is harmless twice, so doing it again is safe.
    """

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except (OperationalError, InterfaceError, IntegrityError) as error:
            logger.warning("Database work is done again: %s", error)
            if connection.connection is None or connection.connection.closed or not connection.is_usable():
                connection.close()
            return work(*args, **kwargs)

    return run
