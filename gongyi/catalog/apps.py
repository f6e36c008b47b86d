from django.apps import AppConfig, apps
from django.db import transaction
from django.db.models.signals import post_migrate


def fill_reference_tables(sender, using, apps=apps, **kwargs):
    """After every migration, and after a test emptied the tables."""
    from gongyi.catalog import reference

    try:
        apps.get_model("catalog", "Synonym")
    except LookupError:  # migrated back to before the tables existed
        return
    with transaction.atomic(using=using):
        reference.load(apps)


class CatalogConfig(AppConfig):
    name = "gongyi.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from django.utils.translation import gettext_lazy as _

        from gongyi.catalog import (
            consequences,  # noqa: F401  says what happens to instruments
            duties,  # noqa: F401  registers itself
        )
        from gongyi.catalog.models import FacilityFile, Instrument, InstrumentAttachment
        from gongyi.files.purposes import register_purpose, register_readers

        def kept(user):
            return Instrument.objects.kept_or_reviewed_by(user).order_by().values("pk")

        register_purpose("instrument_photo", _("仪器照片"), public=True)
        register_purpose("instrument_attachment", _("仪器附件"), subjects_visible_to=kept)
        register_purpose("facility_file", _("设施材料"), subjects_visible_to=kept)
        register_readers(lambda user: InstrumentAttachment.objects.visible_to(user).values("file"))
        register_readers(lambda user: FacilityFile.objects.visible_to(user).values("file"))
        post_migrate.connect(fill_reference_tables, sender=self)
