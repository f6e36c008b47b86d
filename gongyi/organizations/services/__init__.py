"""Ways to change a unit that are not a step of its process."""

from gongyi.organizations.services.certificates import (
    add_certificate,
    change_certificate,
    restore_certificate,
    warn_of_expiring,
    withdraw_certificate,
)
from gongyi.organizations.services.departments import add_department, change_department, delete_department
from gongyi.organizations.services.people import MEMBERSHIP, add_member, remove_member, set_roles
from gongyi.organizations.services.profile import change_contact, change_profile, end_contact
from gongyi.organizations.services.showcase import (
    add_pictures,
    delete_case,
    move_picture,
    remove_picture,
    rename_picture,
    save_case,
)
from gongyi.organizations.services.units import add_organization, lock, still_here

__all__ = [
    "MEMBERSHIP", "add_certificate", "add_department", "add_member", "add_organization", "add_pictures", "change_certificate",
    "change_contact", "change_department", "change_profile", "delete_case", "delete_department", "end_contact", "lock",
    "move_picture", "remove_member", "remove_picture", "rename_picture", "restore_certificate", "save_case", "set_roles",
    "still_here", "warn_of_expiring", "withdraw_certificate",
]  # fmt: skip
