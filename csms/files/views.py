"""Fetching and delivering: no session, no key; the address itself is the permission."""

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from chargers import files, firmware, logs
from chargers.models import FirmwareUpdate, LogRequest
from csms import streaming


@require_safe
def firmware_image(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """The firmware image that one station was told to fetch. A download that broke off may be tried again until one was complete.

    Raises: Http404.
    """
    update = firmware.find_download(token)
    if update is None or update.image is None:
        raise Http404
    if is_over(update, update.fetched_at):
        return refuse(403, "This address was used already, or its time is over.")
    path = firmware.image_path(update.image.sha256)
    if not path.is_file():
        raise Http404
    return streaming.attachment(
        path,
        update.image.file_name,
        is_head=request.method == "HEAD",
        then=lambda: firmware.fetched(update),
    )


@csrf_exempt
@require_http_methods(["PUT", "POST"])
def upload(request: HttpRequest, token: str, name: str = "") -> HttpResponse:
    """Take the log that one station was asked for: the body itself, or the first file of a form.

    Raises: Http404.
    """
    job = logs.find_upload(token)
    if job is None:
        raise Http404
    if is_over(job, job.received_at):
        return refuse(403, "This address was used already, or its time is over.")
    form_name, chunks = delivered(request)
    try:
        is_first = logs.receive(job, chunks, form_name or name)
    except files.TooLarge as error:
        return refuse(413, error.messages[0])
    except ValidationError as error:
        return refuse(400, error.messages[0])
    return HttpResponse(status=201) if is_first else refuse(403, "This address was used already.")


def delivered(request: HttpRequest) -> tuple[str, Iterator[bytes]]:
    """The name that a form gives the file, if it is a form, and what was sent in pieces."""
    if request.content_type != "multipart/form-data":
        return "", iter(lambda: request.read(files.CHUNK), b"")
    file = next(iter(request.FILES.values()), None)
    if file is None or isinstance(file, list):
        return "", iter(())
    return file.name or "", file.chunks(files.CHUNK)


def is_over(job: FirmwareUpdate | LogRequest, used_at: object) -> bool:
    """Whether an address has been used or its time is over."""
    expires_at = job.token_expires_at
    return used_at is not None or expires_at is None or expires_at < timezone.now()


def refuse(status: int, sentence: str) -> HttpResponse:
    """A no in one line."""
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
