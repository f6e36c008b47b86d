from django.apps import AppConfig, apps
from django.db import transaction
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def publish_first_letters(sender, using, apps=apps, **kwargs):
    """After every migration, and after a test emptied the tables."""
    from gongyi.onboarding import letters

    try:
        apps.get_model("onboarding", "CommitmentLetter")
    except LookupError:  # migrated back to before the table existed
        return
    with transaction.atomic(using=using):
        letters.load(apps)


class OnboardingConfig(AppConfig):
    name = "gongyi.onboarding"
    label = "onboarding"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gongyi.files.purposes import register_purpose
        from gongyi.onboarding import (
            beside,  # noqa: F401  stands beside a unit's people
            consequences,  # noqa: F401  says what happens to applications
            registrations,  # noqa: F401  every way in registers itself
        )
        from gongyi.onboarding.models import Application, InnovationPlatform
        from gongyi.onboarding.services import refresh  # noqa: F401  follows ApplicationFlow

        register_purpose(
            "application",
            _("入网材料"),
            subjects_visible_to=lambda user: Application.objects.files_visible_to(user).values("pk"),
        )
        register_purpose(
            "innovation_platform",
            _("创新平台批文"),
            subjects_visible_to=lambda user: InnovationPlatform.objects.kept_or_reviewed_by(user).values("pk"),
        )
        post_migrate.connect(publish_first_letters, sender=self)
