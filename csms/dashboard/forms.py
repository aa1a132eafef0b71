"""Forms in the look of the product: the classes of the inputs in one place, labels and errors by Django's own renderer."""

from typing import Any

from django import forms


class Form(forms.Form):
    """A form whose inputs carry the look of the product."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            is_choice = isinstance(field, forms.ChoiceField)
            field.widget.attrs.setdefault("class", "form-select" if is_choice else "form-control")
