"""Ways to change a unit that are not a step of its process."""

from gongyi.organizations.services.departments import add_department, change_department, delete_department
from gongyi.organizations.services.people import MEMBERSHIP, add_member, remove_member, set_roles
from gongyi.organizations.services.units import add_organization, lock

__all__ = [
    "MEMBERSHIP", "add_department", "add_member", "add_organization", "change_department", "delete_department", "lock", "remove_member",
    "set_roles",
]  # fmt: skip
