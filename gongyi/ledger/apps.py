from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "gongyi.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from gongyi.ledger import consequences, duties  # noqa: F401  register themselves
