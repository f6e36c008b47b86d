"""Working days as offices count them: without weekends and public holidays, with the days worked instead."""

from datetime import date
from functools import lru_cache

import holidays

COUNTRY = "CN"


@lru_cache(maxsize=8)
def _calendar() -> holidays.HolidayBase:
    return holidays.country_holidays(COUNTRY)


def add_workdays(day: date, workdays: int) -> date:
    """The `workdays`-th working day after `day`; years whose holidays are not known yet count weekends only."""
    return _calendar().get_nth_working_day(day, workdays) if workdays else day


def workdays_between(start: date, end: date) -> int:
    """How many working days follow `start` up to and including `end`; negative when `end` lies before."""
    if end < start:
        return -workdays_between(end, start)
    return _calendar().get_working_days_count(start, end) - (1 if _calendar().is_working_day(start) else 0)
