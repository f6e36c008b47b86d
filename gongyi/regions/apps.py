from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


def load_divisions(sender, using, apps=apps, **kwargs):
    """After every migration, and after a test emptied the tables."""
    from gongyi.regions import reference

    try:
        model = apps.get_model("regions", "Region")
    except LookupError:  # migrated back to before the table existed
        return
    reference.load(model.objects.using(using))


class RegionsConfig(AppConfig):
    name = "gongyi.regions"
    label = "regions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        post_migrate.connect(load_divisions, sender=self)
