from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "gongyi.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gongyi.accounts.saving import keeping
        from gongyi.kit.saved import register_keeper

        register_keeper(keeping)
