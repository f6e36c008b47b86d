"""Checks and imports in the background; a killed one is taken up again by config.retry_stalled_jobs."""

from django.db import OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from gongyi.imports import services, workflow

AGAIN = RetryStrategy(max_attempts=5, wait=5, retry_exceptions={OperationalError, ConnectionError})


@app.task(name=workflow.CHECK, retry=AGAIN)
def check(run_pk: int) -> str:
    """Judge every row of an uploaded list."""
    return services.check(run_pk)


@app.task(name=workflow.CARRY_OUT, retry=AGAIN)
def carry_out(run_pk: int) -> str:
    """Import what was looked at. Jobs of one context carry the same lock, so they follow one another."""
    return _in_turn(services.carry_out(run_pk))


@app.task(name=workflow.TAKE_BACK, retry=AGAIN)
def take_back(run_pk: int) -> str:
    """Take back a whole import."""
    return _in_turn(services.take_back(run_pk))


def _in_turn(answer: str) -> str:
    if answer == "busy":
        raise ConnectionError("another import into the same context is under way")
    return answer
