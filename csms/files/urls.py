"""The addresses of the files' door, below a tenant's own."""

from django.urls import path

from csms.files import views

urlpatterns = [
    path("files/<str:token>/<str:name>", views.firmware_image, name="station-firmware"),
    path("uploads/<str:token>/", views.upload, name="station-upload"),
    path("uploads/<str:token>/<path:name>", views.upload, name="station-upload-named"),
]
