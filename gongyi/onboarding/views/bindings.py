"""A person's requests to a unit (S1-15 … S1-18)."""

from gongyi.kit.views import Field, FieldGroup
from gongyi.onboarding.models import Binding
from gongyi.reviews.kinds import KINDS
from gongyi.workflow.views import WorkflowPage


class OneBinding(WorkflowPage):
    """A request and what became of it."""

    model = Binding

    def get_groups(self):
        return [
            FieldGroup(part["title"], [Field(item["label"], item["value"]) for item in part["fields"]])
            for part in KINDS["binding"].freeze(self.object)
        ]
