"""Organizations, the people in them, their certificates and what they show of themselves, and who supervises what."""

from gongyi.organizations.models.authorities import Matter, Remit
from gongyi.organizations.models.certificates import Certificate
from gongyi.organizations.models.people import ContactPerson, Membership
from gongyi.organizations.models.profile import BusinessType, Capacity, Participation, UnitProfile
from gongyi.organizations.models.showcase import CasePicture, QualificationPicture, SuccessCase
from gongyi.organizations.models.thresholds import UnitRules
from gongyi.organizations.models.units import Department, Organization, OrganizationKind

__all__ = [
    "BusinessType", "Capacity", "CasePicture", "Certificate", "ContactPerson", "Department", "Matter", "Membership",
    "Organization", "OrganizationKind", "Participation", "QualificationPicture", "Remit", "SuccessCase", "UnitProfile",
    "UnitRules",
]  # fmt: skip
