"""Finding service plans by the words written with them."""

from typing import Any

from django.db import connection, transaction

from gongyi.catalog.search.words import weighted
from gongyi.offerings.models import Capability, ServicePlan
from gongyi.offerings.search.engine import TOTAL_LIMIT, orderable_today
from gongyi.offerings.search.question import Question

WEIGHTS = "{0.05, 0.2, 0.5, 1.0}"  # D, C, B, A
_PLANS = ServicePlan._meta.db_table
_CAPABILITIES = Capability._meta.db_table


def find_plans(question: Question, *, limit: int) -> tuple[list[int], int]:
    """The plans that answer best, and how many do; none where nothing was asked. Only published ones are in the index."""
    if not question.tsquery:
        return [], 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"WITH hits AS MATERIALIZED (SELECT id, tsv, name, service_count FROM {_PLANS} WHERE tsv @@ %s::tsquery"
            f" LIMIT {TOTAL_LIMIT})"
            " SELECT 0, count(*) FROM hits UNION ALL (SELECT row_number() OVER (ORDER BY ts_rank(%s::float4[], tsv, %s::tsquery, 1)"
            " + (strpos(lower(name), %s) > 0)::int DESC, service_count DESC, id) AS place, id FROM hits ORDER BY place LIMIT %s)",
            [question.tsquery, WEIGHTS, question.tsquery, question.text, limit],
        )
        answers = dict(cursor.fetchall())
    total = answers.pop(0)
    return [answers[place] for place in sorted(answers)], total


def suggested(question: Question, limit: int) -> list[tuple[str, str, int]]:
    """What somebody who types this may mean, as kind (`standard`, `capability` or `plan`), words and how often; two queries.

    Counted is what the search then shows, so nothing is suggested that nobody can order today.
    A standard number typed so far stands for all that begin with it.
    """
    if not question.tsquery:
        return []
    parts: list[str] = []
    params: list[Any] = []
    if question.designations:
        asked = f"'{question.designations[-1].asked()}':*"
        name, query = "standard_no", f"({question.tsquery}) | {asked}"
        kind = "standard"
    else:
        name, query, kind = "subject || ' ' || parameter", question.tsquery, "capability"
    standing, values = orderable_today()
    parts.append(
        f"(SELECT '{kind}', trim(name), count(*) FROM (SELECT {name} AS name FROM {_CAPABILITIES} WHERE tsv @@ %s::tsquery"
        f" AND {standing} LIMIT 300) AS named GROUP BY name"
        " ORDER BY (strpos(lower(name), %s) > 0) DESC, count(*) DESC, name LIMIT %s)"
    )
    params += [weighted(query, "AD"), *values, question.text, limit]
    parts.append(
        f"(SELECT 'plan', name, id FROM {_PLANS} WHERE tsv @@ %s::tsquery"
        " ORDER BY (strpos(lower(name), %s) > 0) DESC, service_count DESC, id LIMIT %s)"
    )
    params += [weighted(question.tsquery, "AD"), question.text, limit]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return cursor.fetchall()
