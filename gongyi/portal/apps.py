from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class PortalConfig(AppConfig):
    name = "gongyi.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from gongyi.portal.shortlist import take_over

        user_logged_in.connect(take_over, dispatch_uid="portal.take_over_the_shortlist")
