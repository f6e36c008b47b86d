"""Deciding about what was submitted."""

from gongyi.kit.views import Field, FieldGroup
from gongyi.reviews.models import Review
from gongyi.workflow.views import WorkflowPage


class OneReview(WorkflowPage):
    """One turn: what was submitted, and the decision."""

    model = Review

    def get_groups(self):
        return [
            FieldGroup(part["title"], [Field(item["label"], item["value"]) for item in part["fields"]])
            for part in self.object.submission.content
        ]
