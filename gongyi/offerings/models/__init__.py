"""Capabilities, service plans, industry topics."""

from gongyi.offerings.models.capabilities import AuthorizationCategory, Capability
from gongyi.offerings.models.plans import IndustryTopic, ServicePlan

__all__ = ["AuthorizationCategory", "Capability", "IndustryTopic", "ServicePlan"]
