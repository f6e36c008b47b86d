"""The ways in. Importing this package registers them all."""

from gongyi.onboarding.registrations.base import REGISTRATIONS, Part, Registration, Slot, register, registration_of

__all__ = ["REGISTRATIONS", "Part", "Registration", "Slot", "register", "registration_of"]

from gongyi.onboarding.registrations import management_unit, network_unit, service_institution, verification_applicant  # noqa: E402, F401
