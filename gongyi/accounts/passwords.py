"""What a password must be, said in the words of this site where Django has none for them."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext as _


class LongEnough(MinimumLengthValidator):
    """Django 5.2 split its sentence in two and left the shorter one out of its Chinese catalogue."""

    def get_error_message(self) -> str:
        return _("密码太短，至少 %(characters)s 个字符。") % {"characters": self.min_length}
