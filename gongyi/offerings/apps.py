from django.apps import AppConfig


class OfferingsConfig(AppConfig):
    name = "gongyi.offerings"
    label = "offerings"
    default_auto_field = "django.db.models.BigAutoField"
