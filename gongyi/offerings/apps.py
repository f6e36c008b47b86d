from django.apps import AppConfig


class OfferingsConfig(AppConfig):
    name = "gongyi.offerings"
    label = "offerings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from gongyi.offerings.search import following  # noqa: F401  follows OrganizationFlow
