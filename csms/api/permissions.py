"""What a key's role may do: each view names one ability per unsafe method; reading needs `view`."""

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from csms.api.authentication import key_of
from tenants.users.models import ApiKey
from tenants.users.policy import may


class RolePermission(BasePermission):
    """Lets a request through when its key's role has the ability that the view names for the method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the key may; False without a key.

        Raises: PermissionDenied, naming the missing ability.
        """
        caller: object = request.user
        if not isinstance(caller, ApiKey):
            return False
        method = request.method or ""
        ability = "view" if method in SAFE_METHODS else view.abilities.get(method)
        if ability:  # a method without ability has no handler and is answered 405
            require(request, ability)
        return True


def require(request: Request, ability: str) -> None:
    """Stop here unless the key's role has the ability.

    Raises: PermissionDenied.
    """
    key = key_of(request)
    if not may(key, ability):
        raise PermissionDenied(
            f"This key has the role “{key.role.name}”, which lacks the ability “{ability}”."
        )
