"""What the demo prints when it runs: where to go, as whom, and what to try."""

import sys
import time
from pathlib import Path

from django.conf import settings

from csms.demo import people
from csms.demo.cast import ACME, Company
from csms.demo.opening import BEGAN
from csms.demo.wish import Wish


def text(wish: Wish, password: str, *, chargers: int, charging: int) -> str:
    """The table."""
    parts = [
        _headline(wish, chargers, charging),
        "",
        *_addresses(wish),
        "",
        *_accounts(wish, password),
        "",
        *_try_next(wish),
    ]
    again = f"{python()} manage.py demo --reset" + ("" if wish.port == 8000 else f" --port {wish.port}")
    return "\n".join(
        ["", *(f"  {line}".rstrip() for line in [*parts, f"Stop: Ctrl-C    Start over: {again}"]), "", ""]
    )


def python() -> str:
    """The interpreter as it can be typed here."""
    path = Path(sys.executable)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _headline(wish: Wish, chargers: int, charging: int) -> str:
    companies = len(wish.companies)
    return (
        f"CSMS demo is running — {companies} tenant{'s' if companies > 1 else ''}, {chargers} simulated chargers, "
        f"{charging} charging now ({time.monotonic() - BEGAN:.1f} s)"
    )


def _addresses(wish: Wish) -> list[str]:
    first = wish.companies[0]
    rows = [(f"{company.name}", _both(wish, company, "")) for company in wish.companies]
    rows += [
        ("Tenant admin", _both(wish, first, "admin/")),
        ("API docs", _both(wish, first, "api/docs/")),
        ("Platform", f"{wish.base}/platform/"),
    ]
    return [f"{name:<16} {address}" for name, address in rows]


def _both(wish: Wish, company: Company, path: str) -> str:
    """A page of a tenant under its own domain and below the platform's; in a network only the second can be reached."""
    below = f"{wish.base}/t/{company.slug}/{path}"
    own = f"http://{company.slug}.{settings.PUBLIC_HOST}/{path}"
    return below if wish.lan else f"{own:<40} or  {below}"


def _accounts(wish: Wish, password: str) -> list[str]:
    lines = ["Sign in with e-mail address and password:" if wish.lan else "Sign in: click a role card"]
    for company in wish.companies:
        users = "   ".join(people.email(role, company.slug) for role in people.ROLES)
        lines.append(f"  {company.slug:<9} {users}    password: {password}")
    return [*lines, f"  {'platform':<9} {people.STAFF}    password: {password}"]


def _try_next(wish: Wish) -> list[str]:
    company, host = wish.companies[0], settings.PUBLIC_HOST
    pages = f"{wish.base}/t/{company.slug}"
    live = "CP-0003" if company is ACME else "BUS-01"
    hints = [
        f"Watch the fast charger {live}: {pages}/chargers/{live}/",
        f"Connect your own charger:  {python()} manage.py add_station {company.slug} MY-1",
        f"                           it connects to ws://{host}/{company.slug}/ocpp/MY-1"
        + ("" if wish.lan else "  (--lan for other machines)"),
        f"Simulate one more:         {python()} manage.py simulate {company.slug} --version 2.0.1",
    ]
    if company is ACME:
        hints = [
            f"A stranger is knocking: {pages}/door/ → Add it",
            f"CP-0007 is faulted: {pages}/chargers/CP-0007/ → Reset",
            *hints,
        ]
    return ["Try next", *_numbered(hints)]


def _numbered(hints: list[str]) -> list[str]:
    """The hints with their numbers; a line that begins with a blank belongs to the one before."""
    lines, number = [], 0
    for hint in hints:
        number += not hint.startswith(" ")
        lines.append(f"      {hint}" if hint.startswith(" ") else f"  {number}   {hint}")
    return lines
