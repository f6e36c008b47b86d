from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "gongyi.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from gongyi.ledger import duties  # noqa: F401  registers itself

    def ready(self):
        from gongyi.ledger import consequences  # noqa: F401  says what happens to money
