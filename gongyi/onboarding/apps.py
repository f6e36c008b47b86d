from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OnboardingConfig(AppConfig):
    name = "gongyi.onboarding"
    label = "onboarding"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gongyi.files.purposes import register_purpose
        from gongyi.onboarding import registrations  # noqa: F401  every way in registers itself
        from gongyi.onboarding.models import Application

        register_purpose(
            "application",
            _("入网材料"),
            subjects_visible_to=lambda user: Application.objects.visible_to(user).values("pk"),
        )
