"""Firmware images: what chargers may be told to install."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from chargers import files
from chargers import firmware as verbs
from chargers.models import FirmwareImage
from csms.dashboard.forms import Form
from csms.dashboard.page import show
from tenants.users.policy import may, requires

SHOWN = 100


class ImageForm(Form):
    """A file with what is known of it."""

    file = forms.FileField(label="Firmware file", max_length=200)
    version = forms.CharField(
        max_length=50,
        required=False,
        help_text="As the charger reports it when it runs this firmware: an update is confirmed by it.",
    )
    signature = forms.CharField(
        max_length=800,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The manufacturer's signature in Base64, for chargers that take signed firmware only.",
    )
    signing_certificate = forms.CharField(
        max_length=5500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The manufacturer's certificate in PEM, together with the signature.",
    )


@requires("view")
def images(request: HttpRequest) -> HttpResponse:
    """The images, and the form for one more."""
    form = ImageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and may(request.user, "configure") and form.is_valid():
        wanted = form.cleaned_data
        try:
            verbs.add_image(
                wanted["file"].chunks(files.CHUNK),
                file_name=wanted["file"].name,
                version=wanted["version"],
                signature=wanted["signature"],
                signing_certificate=wanted["signing_certificate"],
                uploaded_by=request.user.get_username(),
            )
        except ValidationError as error:
            form.add_error(None, error.messages[0])
        else:
            messages.success(request, "The image is here. Install it from a charger's Maintenance tab.")
            return redirect("firmware")
    rows = FirmwareImage.objects.annotate(used=Count("updates"))[:SHOWN]
    return show(
        request, "dashboard/firmware.html", {"form": form, "rows": rows}, status=422 if form.errors else 200
    )


@require_POST
@requires("configure")
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget an image."""
    try:
        verbs.remove_image(get_object_or_404(FirmwareImage, pk=pk))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, "The image is gone.")
    return redirect("firmware")
