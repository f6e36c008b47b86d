"""角色与权限: what each role may see and do, read from the code."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit.views import Page
from gongyi.organizations.roles import sheets, steps_of_the_clock


class Roles(Page):
    """Every role with the menu it sees and the steps it may take; for everybody who signed in."""

    template_name = "organizations/roles.html"
    title = gettext_lazy("角色与权限")

    def get_fact(self):
        return _("由程序中的流程和菜单生成，与实际一致")

    def get_context_data(self, **kwargs):
        found = sheets()
        places = [sheet for sheet in found if sheet.sees or sheet.does]
        return super().get_context_data(sheets=places, clock=steps_of_the_clock(), **kwargs)
