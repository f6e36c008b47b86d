"""Regions as the cascading select asks for them."""

from gongyi.regions.models import Region


def children_of(code: str) -> list[dict[str, str]]:
    """The direct parts of a region, or the provinces for an empty code, in the order of their codes."""
    rows = Region.objects.filter(parent=code or None).order_by("code").values_list("code", "name")
    return [{"code": code, "name": name} for code, name in rows]


def ladder(code: str) -> list[tuple[str, list[dict]]]:
    """For each select to draw: the chosen code ("" for none yet) and its options, from the province down.

    The last select has nothing chosen, unless the region has no parts.
    """
    region = Region.objects.filter(pk=code).first() if code else None
    chosen: list[str] = []
    while region:
        chosen.insert(0, region.code)
        region = region.parent
    steps = [(pick, children_of(chosen[i - 1] if i else "")) for i, pick in enumerate(chosen)]
    below = children_of(chosen[-1] if chosen else "")
    return [*steps, ("", below)] if below else steps
