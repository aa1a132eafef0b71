"""Waiting for what the demo promises: a server that shows pages, and a car that charges."""

import http.client
import time
from collections.abc import Callable, Sequence

from csms.demo import children, fleet
from csms.demo.children import Child
from csms.demo.opening import LOOPBACK
from csms.demo.wish import CannotPlay

SERVER_PATIENCE_S, CHARGING_PATIENCE_S = 60.0, 120.0
LOOK_EVERY_S = 0.1


def for_server(port: int, processes: Sequence[Child]) -> None:
    """Return when the server is ready and has shown a page.

    Raises: ChildEnded; CannotPlay, when it takes too long.
    """
    _until(
        lambda: answers(port, "/readyz") and answers(port, "/"),
        SERVER_PATIENCE_S,
        processes,
        "The server does not answer",
    )


def for_charging(slugs: Sequence[str], processes: Sequence[Child]) -> int:
    """Return when a car charges. Returns: how many do.

    Raises: ChildEnded; CannotPlay, when it takes too long.
    """
    _until(lambda: fleet.charging(slugs) > 0, CHARGING_PATIENCE_S, processes, "No simulated charger charges")
    return fleet.charging(slugs)


def answers(port: int, path: str) -> bool:
    """Whether the server answers a request with 200."""
    client = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        client.request("GET", path, headers={"Host": f"localhost:{port}"})
        return client.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        client.close()


def _until(is_so: Callable[[], bool], patience_s: float, processes: Sequence[Child], otherwise: str) -> None:
    give_up = time.monotonic() + patience_s
    while not is_so():
        children.check(processes)
        if time.monotonic() > give_up:
            raise CannotPlay(f"{otherwise}: see {processes[0].log.parent}/*.log.")
        time.sleep(LOOK_EVERY_S)
