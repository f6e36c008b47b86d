from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "gongyi.config"
    label = "config"

    def ready(self) -> None:
        from gongyi.config import panels
        from gongyi.config.sights import sights
        from gongyi.organizations.roles import register_menu

        register_menu(sights)
        panels.compose()
