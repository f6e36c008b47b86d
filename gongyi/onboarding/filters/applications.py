"""What the list of one's applications can be narrowed by."""

from django.utils.translation import gettext_lazy as _

from gongyi.kit import filters
from gongyi.onboarding.models import Application


class ApplicationFilter(filters.FilterSet):
    q = filters.SearchFilter(fields=["name", "uscc"], placeholder=_("单位名称、统一社会信用代码"))

    class Meta:
        model = Application
        fields = ["status", "capacity"]
        main = ["q", "status", "capacity"]
