"""What people and programs outside use: management commands, the API with a key, the pages with a cookie."""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from io import StringIO
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from django.core.management import call_command
from django.db import connection

from tests.gateway.conftest import ROOT

TIMEOUT_S = 60

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: bytes
    url: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


@dataclass(frozen=True)
class Product:
    """The addresses of the running product, and its command line."""

    environment: dict[str, str]
    chargers: str
    pages: str

    def shell(self, *arguments: str) -> dict[str, Any]:
        """Run a management command in a process of its own. Returns: what it prints with `--json`."""
        command = [sys.executable, "manage.py", *arguments, "--json"]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    async def manage(self, *arguments: str) -> dict[str, Any]:
        """Run a management command in a thread, which spares the seconds that a process takes to start."""
        result: dict[str, Any] = json.loads(await asyncio.to_thread(_printed, arguments))
        return result


def _printed(arguments: tuple[str, ...]) -> str:
    output = StringIO()
    try:
        call_command(*arguments, "--json", stdout=output)
    finally:
        connection.close()
    return output.getvalue()


def send(opener: OpenerDirector, request: Request) -> Answer:
    """Send a request. Returns: the answer, whatever its status."""
    try:
        with opener.open(request, timeout=TIMEOUT_S) as response:
            return Answer(response.status, response.read(), response.url)
    except HTTPError as error:
        return Answer(error.code, error.read(), error.url or "")


@dataclass(frozen=True)
class Api:
    """A program with a key. Its calls do not hold up the stations that share the test's event loop."""

    base: str
    key: str

    async def call(self, method: str, path: str, body: Any = None, **query: str) -> Answer:
        """A call; `path` is below `/api/v1/`, or a whole address."""
        url = path if path.startswith("http") else f"{self.base}/api/v1/{path}"
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        address = url + (f"?{urlencode(query)}" if query else "")
        request = Request(address, data=data, headers=headers, method=method)
        return await asyncio.to_thread(send, build_opener(), request)

    async def get(self, path: str, **query: str) -> Any:
        """What stands at an address."""
        answer = await self.call("GET", path, **query)
        assert answer.status == 200, answer.text
        return answer.json

    async def rows(self, path: str, **query: str) -> list[dict[str, Any]]:
        """The first page of a list."""
        rows: list[dict[str, Any]] = (await self.get(path, **query))["results"]
        return rows

    async def post(self, path: str, body: Any, status: int) -> Any:
        """Post something that must be answered with a status."""
        answer = await self.call("POST", path, body)
        assert answer.status == status, answer.text
        return answer.json


@dataclass(frozen=True)
class Browser:
    """Somebody who has signed in to the pages."""

    base: str
    jar: CookieJar = field(default_factory=CookieJar)

    def open(self, path: str, form: dict[str, str] | None = None) -> Answer:
        """Open a page, or send a form."""
        data = None if form is None else urlencode(form).encode()
        return send(build_opener(HTTPCookieProcessor(self.jar)), Request(f"{self.base}/{path}", data=data))

    def sign_in(self, email: str, password: str) -> Answer:
        """Sign in as a person does. Returns: the page after it."""
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.open("sign-in/").text)
        assert found is not None
        form = {"csrfmiddlewaretoken": found[1], "email": email, "password": password}
        return self.open("sign-in/", form)

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name."""
        return {cookie.name: cookie.value or "" for cookie in self.jar}


async def until(read: Callable[[], Awaitable[T]], seconds: float = 10) -> T:
    """What is read, as soon as it is true; the last time after some seconds."""
    deadline = time.monotonic() + seconds
    while True:
        late = time.monotonic() > deadline
        found = await read()
        if found or late:
            return found
        await asyncio.sleep(0.1)
