"""Innovation platforms of a unit (S2-10 … S2-12)."""

from gongyi.kit.views import Field, FieldGroup
from gongyi.onboarding.models import InnovationPlatform
from gongyi.reviews.kinds import KINDS
from gongyi.workflow.views import WorkflowPage


class OnePlatform(WorkflowPage):
    """An innovation platform and its review."""

    model = InnovationPlatform

    def get_groups(self):
        return [
            FieldGroup(part["title"], [Field(item["label"], item["value"]) for item in part["fields"]])
            for part in KINDS["platform"].freeze(self.object)
        ]
