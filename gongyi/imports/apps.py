from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "gongyi.imports"
    label = "imports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gongyi.files.purposes import register_purpose
        from gongyi.imports.models import PURPOSE

        register_purpose(PURPOSE, _("批量导入的表格"))
        autodiscover_modules("importing")
