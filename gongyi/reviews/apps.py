from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "gongyi.reviews"
    label = "reviews"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gongyi.reviews import consequences  # noqa: F401  says what happens to open reviews
