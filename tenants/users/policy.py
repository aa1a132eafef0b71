"""Who may do what. Pages, the admin and the API all ask `may`; a page says `@requires("operate")`."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from tenants.users.models import ApiKey, User
from tenants.users.roles import ABILITIES, abilities

Actor = User | ApiKey | AnonymousUser | None
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
KNOWN = frozenset().union(*ABILITIES.values())


def may(actor: Actor, ability: str) -> bool:
    """Whether a person or a program may do something in the tenant in force.

    Raises: ValueError for an ability that no role has, which is a slip of the pen.
    """
    if ability not in KNOWN:
        raise ValueError(f"There is no ability “{ability}”.")
    return ability in abilities_of(actor)


def abilities_of(actor: Actor) -> frozenset[str]:
    """Everything that a person or a program may do. Asked once for each object: one request sees one answer."""
    if isinstance(actor, ApiKey):
        return abilities([actor.role.name])
    if not isinstance(actor, User) or not actor.is_active:
        return frozenset()
    if "_abilities" not in actor.__dict__:
        names = actor.groups.values_list("name", flat=True)
        actor.__dict__["_abilities"] = KNOWN if actor.is_superuser else abilities(names)
    found: frozenset[str] = actor.__dict__["_abilities"]
    return found


def requires(ability: str) -> Callable[[View[P]], View[P]]:
    """Let only those who may do this open a page; others see 403, or the sign-in page when nobody is signed in."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not may(request.user, ability):
                raise PermissionDenied(
                    "Your role does not allow this. An owner or an admin can change your role."
                )
            return view(request, *args, **kwargs)

        return guarded

    return decorate
