from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfferingsConfig(AppConfig):
    name = "gongyi.offerings"
    label = "offerings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from gongyi.files.purposes import register_purpose, register_readers
        from gongyi.offerings import consequences  # noqa: F401  says what falls with a certificate
        from gongyi.offerings.models import IndustryTopic, PlanPicture, ServicePlan
        from gongyi.offerings.search import following  # noqa: F401  follows OrganizationFlow

        # Uploaded privately and shown to whoever sees where they are used: a draft, or a suspended institution, shows nothing.
        register_purpose("plan_cover", _("服务方案封面"))
        register_purpose("plan_picture", _("服务方案图片"))
        register_purpose("topic_cover", _("产业专题封面"))
        register_readers(
            lambda user: ServicePlan.objects.visible_to(user).exclude(cover=None).order_by().values("cover")
        )
        register_readers(
            lambda user: (
                PlanPicture.objects.filter(plan__in=ServicePlan.objects.visible_to(user).order_by().values("pk"))
                .order_by()
                .values("stored")
            )
        )
        register_readers(
            lambda user: IndustryTopic.objects.visible_to(user).exclude(cover=None).order_by().values("cover")
        )
