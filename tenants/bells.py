"""The bell of tenants: other processes are told to read a tenant's row anew. A lost bell costs the seconds that a row is remembered."""

import logging

import redis
from django.conf import settings
from django.db import transaction

CHANNEL = "csms.tenants"  # the message is the tenant's slug

logger = logging.getLogger(__name__)


def ring(slug: str) -> None:
    """After commit, tell every process that this tenant has changed. Silent without Redis."""
    transaction.on_commit(lambda: _publish(slug))


def _publish(slug: str) -> None:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    try:
        client.publish(CHANNEL, slug)
    except redis.RedisError as error:
        logger.warning("The bell of tenants could not be rung: %s", error)
    finally:
        client.close()
