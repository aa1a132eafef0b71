"""The tenant's address as stations are told it, for files that they fetch and deliver."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix


def base_of(request: HttpRequest) -> str | None:
    """The address under which the caller reached the tenant; None where the installation names its public host."""
    return None if settings.PUBLIC_HOST else request.build_absolute_uri(get_script_prefix())
