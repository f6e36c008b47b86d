"""The ways in. Importing this package registers them all."""

from gongyi.onboarding.registrations.base import REGISTRATIONS, Part, Registration, Slot, register, registration_of

__all__ = ["REGISTRATIONS", "Part", "Registration", "Slot", "register", "registration_of"]
