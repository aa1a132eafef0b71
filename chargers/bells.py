"""Bells: a gateway is told “look at this station” over Redis. A bell carries no data and may be lost; the rows are the truth."""

import logging
import uuid
from functools import lru_cache

import redis
from django.conf import settings
from django.db import transaction

from tenants import context

logger = logging.getLogger(__name__)


def channel(gateway: uuid.UUID) -> str:
    """The Redis channel of one gateway process."""
    return f"csms.gateway.{gateway}"


def ring(gateway: uuid.UUID | None, identity: str) -> None:
    """After commit, ask the gateway that holds the station to look at it. Silent without a gateway or without Redis."""
    if gateway is None:
        return
    text = f"{context.require().slug}\n{identity}"
    transaction.on_commit(lambda: _publish(channel(gateway), text))


def _publish(name: str, text: str) -> None:
    try:
        _client().publish(name, text)
    except redis.RedisError as error:
        logger.warning("The bell could not be rung, the gateway will find the row by itself: %s", error)


@lru_cache(maxsize=1)
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
