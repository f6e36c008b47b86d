"""People for tests; every argument left out gets something plausible and unique."""

from itertools import count

from gongyi.accounts.models import ReportProfile, User

_numbers = count(1)


def person(name: str = "", *, password: str | None = None, reports: dict | None = None, **fields) -> User:
    """A person who may sign in; `reports` also gives them reporting information (S0-63)."""
    number = next(_numbers)
    fields = {
        "username": f"person{number}",
        "phone": f"1390000{number:04d}",
        "email": f"person{number}@example.cn",
    } | fields
    user = User(name=name or f"人员{number}", **fields)
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    user.save()
    if reports is not None:
        report_profile(user, **reports)
    return user


def platform_admin(name: str = "平台管理员", **fields) -> User:
    return person(name, is_staff=True, **fields)


def report_profile(user: User, **fields) -> ReportProfile:
    filled = {
        "project_name": "高熵合金低温力学行为研究",
        "project_funding": "2",
        "project_no": "52371001",
        "subject_codes": ["430"],
        "service_purpose": "135",
        "service_target": "120",
        "applicant_unit": "望江大学",
    }
    return ReportProfile.objects.create(user=user, **(filled | fields))
