from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "gongyi.config"
    label = "config"
