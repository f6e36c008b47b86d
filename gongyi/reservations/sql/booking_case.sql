-- Everything the booking rules look at, about one wish for time, as one JSON object; NULL when the instrument is gone.
-- A function, because the plan of its query is then kept by the connection: planning took five times as long as running.
-- With lock_it the instrument's row is locked first; being VOLATILE, the query after it sees what the others left.
-- Hours and bookings are counted only where a limit asks for them; a booking counts in the period it starts in, and one
-- that was missed counts too.
CREATE OR REPLACE FUNCTION reservations_booking_case(
    instrument_ bigint, user_ bigint, actor_ bigint, account_ bigint, starts_at_ timestamptz, ends_at_ timestamptz,
    moving_ bigint, now_ timestamptz, lock_it boolean, default_account boolean, zone text
) RETURNS json LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    answer json;
    payer_ bigint := account_;
    day_ timestamp := date_trunc('day', starts_at_ AT TIME ZONE zone);
    day_from timestamptz := day_ AT TIME ZONE zone;
    day_to timestamptz := (day_ + interval '1 day') AT TIME ZONE zone;
    week_from timestamptz := date_trunc('week', day_) AT TIME ZONE zone;
    week_to timestamptz := (date_trunc('week', day_) + interval '1 week') AT TIME ZONE zone;
    month_from timestamptz := date_trunc('month', day_) AT TIME ZONE zone;
    month_to timestamptz := (date_trunc('month', day_) + interval '1 month') AT TIME ZONE zone;
BEGIN
    IF lock_it THEN
        PERFORM FROM catalog_instrument i WHERE i.id = instrument_ FOR NO KEY UPDATE;
    END IF;
    IF default_account THEN  -- the one chosen for the owning unit, else the first by name (S0-82)
        SELECT a.id INTO payer_
          FROM catalog_instrument i
          JOIN ledger_paymentaccount a ON a.organization_id = i.organization_id AND a.status = 'active'
          JOIN ledger_accountmember m ON m.account_id = a.id AND m.user_id = user_
          LEFT JOIN ledger_defaultaccount d
                 ON d.account_id = a.id AND d.user_id = user_ AND d.organization_id = i.organization_id
         WHERE i.id = instrument_
         ORDER BY d.id IS NULL, a.name_key, a.id LIMIT 1;
    END IF;
    SELECT json_build_object(
        'name', i.name,
        'organization_id', i.organization_id,
        'published', i.status = 'approved',
        'timed_booking', i.timed_booking,
        'running_status', i.running_status,
        'department_id', i.department_id,
        'unit_active', o.status = 'active',
        'rules', json_build_array(to_json(ri), to_json(ro), to_json(rs)),
        'hours', (SELECT json_agg(json_build_array(h.rules_id, h.weekday, h.opens_minute, h.closes_minute))
                    FROM reservations_openinghours h WHERE h.rules_id IN (ri.id, ro.id, rs.id)),
        'level', q.level,
        'level_expires_on', q.expires_on,
        'managers', (SELECT json_agg(l.user_id) FROM catalog_instrumentmanager l WHERE l.instrument_id = i.id),
        'administrators', (SELECT json_agg(s.user_id) FROM organizations_membership s
                            WHERE s.user_id IN (user_, actor_) AND s.organization_id = i.organization_id
                              AND s.role = 'unit_admin' AND s.ended_at IS NULL),
        'bans', (SELECT json_agg(json_build_array(b.reason, extract(epoch FROM b.until)) ORDER BY b.until DESC NULLS FIRST)
                   FROM reservations_ban b
                  WHERE b.user_id = user_ AND b.organization_id = i.organization_id AND b.lifted_at IS NULL
                    AND (b.until IS NULL OR b.until > now_)),
        'taken', (SELECT json_agg(json_build_array(
                           t.kind, extract(epoch FROM lower(t.during)), extract(epoch FROM upper(t.during)),
                           extract(epoch FROM x.starts_at), extract(epoch FROM x.ends_at), c.kind, c.reason)
                           ORDER BY lower(t.during))
                    FROM reservations_occupancy t
                    LEFT JOIN reservations_closure c ON c.id = t.closure_id
                    LEFT JOIN reservations_reservation x ON x.id = t.reservation_id
                   WHERE t.holds
                     AND int8range(t.instrument_id, t.instrument_id, '[]') && int8range(instrument_, instrument_, '[]')
                     AND t.during && tstzrange(
                           starts_at_ - make_interval(mins => coalesce(
                               ri.buffer_before_minutes, ro.buffer_before_minutes, rs.buffer_before_minutes, 0)),
                           ends_at_ + make_interval(mins => coalesce(
                               ri.buffer_after_minutes, ro.buffer_after_minutes, rs.buffer_after_minutes, 0)))
                     AND (moving_ IS NULL OR t.reservation_id IS DISTINCT FROM moving_)),
        'used_by_person', CASE WHEN num_nonnulls(
            ri.person_hours_per_day, ri.person_hours_per_week, ri.person_hours_per_month,
            ri.person_bookings_per_day, ri.person_bookings_per_week, ri.person_bookings_per_month,
            ro.person_hours_per_day, ro.person_hours_per_week, ro.person_hours_per_month,
            ro.person_bookings_per_day, ro.person_bookings_per_week, ro.person_bookings_per_month,
            rs.person_hours_per_day, rs.person_hours_per_week, rs.person_hours_per_month,
            rs.person_bookings_per_day, rs.person_bookings_per_week, rs.person_bookings_per_month) > 0
            THEN (SELECT json_build_array(
                        coalesce(sum(extract(epoch FROM x.ends_at - x.starts_at)) FILTER (WHERE x.starts_at >= day_from AND x.starts_at < day_to), 0),
                        count(*) FILTER (WHERE x.starts_at >= day_from AND x.starts_at < day_to),
                        coalesce(sum(extract(epoch FROM x.ends_at - x.starts_at)) FILTER (WHERE x.starts_at >= week_from AND x.starts_at < week_to), 0),
                        count(*) FILTER (WHERE x.starts_at >= week_from AND x.starts_at < week_to),
                        coalesce(sum(extract(epoch FROM x.ends_at - x.starts_at)) FILTER (WHERE x.starts_at >= month_from AND x.starts_at < month_to), 0),
                        count(*) FILTER (WHERE x.starts_at >= month_from AND x.starts_at < month_to))
                    FROM reservations_reservation x
                   WHERE x.user_id = user_ AND x.instrument_id = instrument_
                     AND x.starts_at >= least(week_from, month_from) AND x.starts_at < greatest(week_to, month_to)
                     AND x.status IN ('pending', 'valid', 'in_use', 'completed', 'no_show')
                     AND x.id IS DISTINCT FROM moving_) END,
        'used_by_group', CASE WHEN num_nonnulls(
            ri.group_hours_per_day, ri.group_hours_per_week, ri.group_hours_per_month, ri.group_bookings_per_day,
            ri.group_bookings_per_week, ri.group_bookings_per_month, ro.group_hours_per_day,
            ro.group_hours_per_week, ro.group_hours_per_month, ro.group_bookings_per_day,
            ro.group_bookings_per_week, ro.group_bookings_per_month, rs.group_hours_per_day,
            rs.group_hours_per_week, rs.group_hours_per_month, rs.group_bookings_per_day,
            rs.group_bookings_per_week, rs.group_bookings_per_month) > 0
            THEN (SELECT json_build_array(
                        coalesce(sum(extract(epoch FROM x.ends_at - x.starts_at)) FILTER (WHERE x.starts_at >= day_from AND x.starts_at < day_to), 0),
                        count(*) FILTER (WHERE x.starts_at >= day_from AND x.starts_at < day_to),
                        coalesce(sum(extract(epoch FROM x.ends_at - x.starts_at)) FILTER (WHERE x.starts_at >= week_from AND x.starts_at < week_to), 0),
                        count(*) FILTER (WHERE x.starts_at >= week_from AND x.starts_at < week_to),
                        coalesce(sum(extract(epoch FROM x.ends_at - x.starts_at)) FILTER (WHERE x.starts_at >= month_from AND x.starts_at < month_to), 0),
                        count(*) FILTER (WHERE x.starts_at >= month_from AND x.starts_at < month_to))
                    FROM reservations_reservation x
                   WHERE x.account_id = payer_ AND x.instrument_id = instrument_
                     AND x.starts_at >= least(week_from, month_from) AND x.starts_at < greatest(week_to, month_to)
                     AND x.status IN ('pending', 'valid', 'in_use', 'completed', 'no_show')
                     AND x.id IS DISTINCT FROM moving_) END,
        'profile', CASE WHEN lock_it THEN (SELECT to_json(f) FROM accounts_reportprofile f WHERE f.user_id = user_) END,
        'prices', (SELECT json_object_agg(p.tier, json_build_object(
                            'hourly_rate', p.hourly_rate::text, 'startup_fee', p.startup_fee::text,
                            'minimum_fee', p.minimum_fee::text))
                     FROM catalog_price p WHERE p.instrument_id = i.id),
        'account', (SELECT json_build_object(
                            'id', a.id,
                            'name', a.name, 'active', a.status = 'active', 'organization_id', a.organization_id,
                            'payer_id', a.payer_id, 'payer_kind', payer.kind, 'department_id', a.department_id,
                            'spendable', (a.available + a.credit_line)::text,
                            'usable', EXISTS (SELECT FROM ledger_accountmember m
                                               WHERE m.account_id = a.id AND m.user_id = user_))
                      FROM ledger_paymentaccount a JOIN organizations_organization payer ON payer.id = a.payer_id
                     WHERE a.id = payer_))
      INTO answer
      FROM catalog_instrument i
      JOIN organizations_organization o ON o.id = i.organization_id
      LEFT JOIN reservations_bookingrules ri ON ri.instrument_id = instrument_
      LEFT JOIN reservations_bookingrules ro ON ro.organization_id = i.organization_id
      LEFT JOIN reservations_bookingrules rs ON rs.instrument_id IS NULL AND rs.organization_id IS NULL
      LEFT JOIN reservations_qualification q
             ON q.instrument_id = instrument_ AND q.user_id = user_ AND q.withdrawn_at IS NULL
     WHERE i.id = instrument_;
    RETURN answer;
END $$;
