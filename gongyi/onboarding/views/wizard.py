"""Registering a unit."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from gongyi.kit.views import Field, FieldGroup
from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations import registration_of
from gongyi.workflow.views import WorkflowPage


class OneApplication(WorkflowPage):
    """Where an application stands, and everything it says."""

    model = Application

    def get_groups(self):
        return [
            FieldGroup(part["title"], [Field(item["label"], item["value"]) for item in part["fields"]])
            for part in registration_of(self.object).freeze(self.object)
        ]


def resume(request: HttpRequest, secret: str) -> HttpResponse:
    """Open a draft by its link."""
    return redirect(get_object_or_404(Application, secret=secret))
