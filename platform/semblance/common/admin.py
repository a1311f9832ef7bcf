"""What the pages of the admin share: the domain does the work, and its refusals become messages."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin

from semblance.common.errors import SemblanceError
from semblance.common.tables import csv_response

NAMED = 10


@contextmanager
def rehearsed() -> Iterator[None]:
    """Let the body write, and take it back; what it raises passes through."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class DomainForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that is saved by a call of the domain; what the domain has against it shows beside the fields."""

    def write(self) -> Model:
        """Call the domain with `cleaned_data`, never on `instance` itself, and return what came of it."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Rehearse the call and take it back, so that a refusal is an error of the form and not of the server."""
        values = super().clean() or self.cleaned_data
        if self.has_changed() and not self.errors:
            try:
                with rehearsed():
                    self.write()
            except SemblanceError as error:
                self._explain(error)
        return values

    def _explain(self, error: SemblanceError) -> None:
        placed = {name: text for name, text in error.fields.items() if name in self.fields}
        for name, text in placed.items():
            self.add_error(name, text)
        if not placed:
            self.add_error(None, error.detail)

    def validate_unique(self) -> None:
        """Leave it to the domain, which says it better."""

    def validate_constraints(self) -> None:
        """Leave it to the domain, which says it better."""


class Pages(ModelAdmin):
    """Lists that no number of rows makes slow, and actions that the domain may refuse."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_filter_submit = True

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Run an action whole or not at all."""
        try:
            with transaction.atomic():
                return super().response_action(request, queryset)  # type: ignore[no-any-return]
        except SemblanceError as error:
            messages.error(request, error.detail)
            return HttpResponseRedirect(request.get_full_path())

    def confirm(
        self, request: HttpRequest, *, title: str, form: forms.Form | None = None, **context: Any
    ) -> HttpResponse:
        """Ask before an action; the page sends the action again with ``confirmed`` and the fields of `form`, if any."""
        across = request.POST.get("select_across", "0")
        selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
        context |= {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "opts": self.opts,
            "action": request.POST["action"],
            "select_across": across,
            "selected": selected[:1] if across == "1" else selected,
            "checkbox": ACTION_CHECKBOX_NAME,
            "media": self.media + form.media if form else self.media,
        }
        return TemplateResponse(request, "admin/confirm_action.html", context)


class DomainAdmin(Pages):
    """Pages on which nothing is written or deleted but by the domain."""

    actions = ["delete_selected"]

    def remove(self, objects: QuerySet[Any]) -> None:
        """Delete through the domain."""
        raise NotImplementedError

    def consequences(self, objects: QuerySet[Any]) -> list[str]:
        """Say in a few sentences what goes when these objects go."""
        named = [str(found) for found in objects[:NAMED]]
        left = objects.count() - len(named)
        return [*named, f"and {left} more"] if left else named

    def obstacles(self, objects: QuerySet[Any]) -> list[str]:
        """Say what must be done before these objects may go."""
        return []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save through the domain, and let the page go on with what came of it."""
        obj.__dict__.update(form.write().__dict__)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Delete one object through the domain."""
        self.remove(self.model._default_manager.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete many objects through the domain."""
        self.remove(queryset)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Tell in sentences what Django would list row by row, which is too much for a large collection."""
        objects = self.model._default_manager.filter(pk__in=[found.pk for found in objs])
        lacking = set() if self.has_delete_permission(request) else {self.opts.verbose_name}
        counts = {self.opts.verbose_name_plural: len(objs)}
        return self.consequences(objects), counts, lacking, self.obstacles(objects)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Delete after a question; a refusal of the domain leads back with its reason."""
        try:
            return super().delete_view(request, object_id, extra_context)  # type: ignore[no-any-return]
        except SemblanceError as error:
            messages.error(request, error.detail)
            return HttpResponseRedirect(change_address(self.model, object_id))

    @admin.action(permissions=["delete"], description="Delete selected %(verbose_name_plural)s")
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Delete after a question, any number at once."""
        if request.POST.get("confirmed"):
            self.log_deletions(request, queryset)
            count = len(queryset)
            self.delete_queryset(request, queryset)
            messages.success(request, f"Deleted: {counted(count, self.model)}.")
            return None
        return self.confirm(
            request,
            title=f"Delete {counted(queryset.count(), self.model)}?",
            lines=self.consequences(queryset),
            obstacles=self.obstacles(queryset),
            danger=True,
        )


class ReadOnlyAdmin(Pages):
    """Pages that only show; actions need the permission to *manage*, which is the one to change the model."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")


class CsvExport(Pages):
    """A button that gives what the page lists, filters and all, as one CSV file with the columns `exported`."""

    change_list_template = "admin/exported_change_list.html"
    exported: Sequence[str] = ()

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.export_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", view, name=name), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> StreamingHttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_changelist_instance(request).queryset.select_related(None)
        rows = found.values_list(*self.exported).iterator(chunk_size=5000)
        return csv_response(name=str(self.opts.verbose_name_plural), header=self.exported, rows=rows)


def change_address(model: type[Model], key: Any) -> str:
    """Return the address of an object's page."""
    options = model._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[key])


def link_to(target: Model | None, text: str = "") -> str:
    """Return a link to an object's page."""
    if target is None:
        return "–"
    return format_html('<a class="text-link" href="{}">{}</a>', change_address(type(target), target.pk), text or target)


def counted(number: int, model: type[Model]) -> str:
    """Return a number with the right form of a model's name."""
    options = model._meta
    return f"{number:,} {options.verbose_name if number == 1 else options.verbose_name_plural}"
