"""What the demo's processes do: serve everything on one port, run tasks, be chargers."""

from threading import Thread
from typing import Any

from csms.simulator.fleet import Fleet
from csms.simulator.running import run
from csms.simulator.spec import StationSpec

THREADS = 2


def serve(order: dict[str, Any]) -> None:
    """Pages, API and chargers' sockets."""
    from csms.ocpp import server

    server.server("csms.asgi:everything", host=order["host"], port=order["port"]).run()


def do_tasks(_order: None) -> None:
    """Celery's worker, with beat as a thread of it: Celery's own way is a second process that outlives a killed worker."""
    from celery.beat import Scheduler, Service

    from csms.celery import app

    in_memory: dict[str, Any] = {"scheduler_cls": Scheduler, "remote_control": False}  # it needs no file
    beat = Service(app, max_interval=1, **in_memory)
    Thread(target=beat.start, kwargs={"embedded_process": False}, name="beat", daemon=True).start()
    app.Worker(pool="threads", concurrency=THREADS, loglevel="WARNING", without_gossip=True).start()


def be_chargers(order: list[dict[str, Any]]) -> None:
    """The simulated chargers."""
    run(Fleet(StationSpec.from_json(each) for each in order))
