"""The environment: every outside setting is read here, once; what is missing or wrong is named in one sentence.

Without `DATABASE_URL` the installation is a demo or a test run: embedded services are attached, and a secret key is made
and kept beside their data. With `DATABASE_URL` it is a real installation, which must bring its own `SECRET_KEY` and `ALLOWED_HOSTS`.
"""

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()

IS_TEST = bool(os.environ.get("CSMS_TESTING"))
IS_DEMO = "DATABASE_URL" not in os.environ or bool(os.environ.get("CSMS_DEMO"))


def services() -> tuple[str, str]:
    """The addresses of PostgreSQL and of the Redis protocol server; embedded ones are started where none is named."""
    database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    if os.environ.get("CSMS_STATIC"):  # type checkers and linters read the settings, they need no server
        return database_url or "postgresql:///static", redis_url or "redis://localhost/0"
    if not database_url or not redis_url:
        from csms.demo.services import attach

        embedded = attach()
        database_url, redis_url = database_url or embedded.database_url, redis_url or embedded.redis_url
    return database_url, redis_url


def database(url: str) -> dict[str, object]:
    """The parts of a `postgres://user:password@host:port/name` address as Django names them; `?host=/dir` is a Unix socket."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            f"DATABASE_URL must look like postgresql://user:password@host/name, not {parts.scheme}://…"
        )
    options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(options.pop("host", parts.hostname or "")),
        "PORT": options.pop("port", str(parts.port or "")),
        "OPTIONS": {key: unquote(value) for key, value in options.items()},
    }


def demo_directory() -> Path:
    """Where the demo keeps its data: `CSMS_DEMO_DIR`, else `.demo` in the project."""
    from csms.demo.services import default_directory

    return default_directory()


def public_host() -> str:
    """`CSMS_PUBLIC_HOST`, host and port for addresses that are shown; beside a running demo the demo's."""
    if os.environ.get("CSMS_PUBLIC_HOST") or not IS_DEMO:
        return os.environ.get("CSMS_PUBLIC_HOST", "")
    from csms.demo import address

    return address.running(demo_directory())


def required(name: str) -> str:
    """The variable's value.

    Raises: ImproperlyConfigured, naming the variable.
    """
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. A real installation (DATABASE_URL is set) needs it.")
    return value


def secret_key() -> str:
    """`SECRET_KEY`; in the demo a random one that is made once and kept beside the demo's data."""
    if not (IS_DEMO or IS_TEST) or os.environ.get("SECRET_KEY"):
        return required("SECRET_KEY")
    if IS_TEST:
        return "a secret that only the tests use"
    path = demo_directory() / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_urlsafe(48))
        path.chmod(0o600)
    return path.read_text().strip()


def allowed_hosts() -> list[str]:
    """`ALLOWED_HOSTS`, comma-separated; the demo and the tests answer loopback names."""
    if os.environ.get("ALLOWED_HOSTS"):
        return [host.strip() for host in os.environ["ALLOWED_HOSTS"].split(",") if host.strip()]
    if IS_DEMO or IS_TEST:
        return ["localhost", ".localhost", "127.0.0.1", "[::1]", "testserver"]
    return [required("ALLOWED_HOSTS")]
