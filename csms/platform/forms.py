"""The form of a new tenant."""

from django import forms

from tenants.models import check_slug


class NewTenant(forms.Form):
    """What `tenants.lifecycle.create` needs to know."""

    name = forms.CharField(max_length=200, help_text="The operator's name, as its people see it.")
    slug = forms.CharField(
        max_length=50,
        validators=[check_slug],
        help_text="The short name in addresses: lower-case letters, digits and hyphens. It cannot be changed later.",
    )
    owner_email = forms.EmailField(label="E-mail address of the owner")
    currency = forms.RegexField(r"^[A-Z]{3}\Z", initial="EUR", help_text="Three letters, for example EUR.")
    country_code = forms.RegexField(
        r"^[A-Z]{2}\Z", initial="NL", label="Country", help_text="Two letters, for example NL."
    )
    time_zone = forms.CharField(initial="UTC", max_length=50, help_text="For example Europe/Amsterdam.")
