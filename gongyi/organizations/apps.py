from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganizationsConfig(AppConfig):
    name = "gongyi.organizations"
    label = "organizations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gongyi.files.purposes import register_purpose, register_readers
        from gongyi.organizations.models import (
            CasePicture,
            Certificate,
            Organization,
            QualificationPicture,
            SuccessCase,
        )

        register_purpose(  # replaced files too, which only the history names
            "certificate",
            _("资质证书"),
            subjects_visible_to=lambda user: Certificate.objects.visible_to(user).values("pk"),
        )
        # These are uploaded privately and shown to whoever sees where they are used, so that a suspended unit shows nothing.
        register_purpose("organization_cover", _("单位封面图片"))
        register_purpose("qualification_picture", _("机构资质图片"))
        register_purpose("case_picture", _("成功案例佐证"))
        register_readers(
            lambda user: Certificate.objects.visible_to(user).exclude(picture=None).order_by().values("picture")
        )
        register_readers(
            lambda user: Certificate.objects.visible_to(user).exclude(scope_file=None).order_by().values("scope_file")
        )
        register_readers(
            lambda user: Organization.objects.visible_to(user).exclude(cover=None).order_by().values("cover")
        )
        register_readers(lambda user: QualificationPicture.objects.visible_to(user).order_by().values("stored"))
        register_readers(
            lambda user: (
                CasePicture.objects.filter(case__in=SuccessCase.objects.visible_to(user).order_by().values("pk"))
                .order_by()
                .values("stored")
            )
        )
