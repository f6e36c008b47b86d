-- A reservation, the time it holds (buffers included) and the money it sets aside: one fact, written at once.
-- `given` has every column of the reservation but its key and number; without an account nothing is set aside. `hold_id` is
-- NULL where the ledger would not: the caller asks it why.
CREATE OR REPLACE FUNCTION reservations_take(
    given json, lower_ timestamptz, upper_ timestamptz, actor_ bigint, at_ timestamptz,
    OUT id bigint, OUT number varchar, OUT hold_id bigint
) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    booked reservations_reservation := json_populate_record(NULL::reservations_reservation, given);
BEGIN
    booked.id := nextval('reservations_reservation_id_seq');
    booked.number := next_reservation_number();
    INSERT INTO reservations_reservation VALUES (booked.*);
    INSERT INTO reservations_occupancy (instrument_id, kind, holds, during, reservation_id)
        VALUES (booked.instrument_id, 'reservation', true, tstzrange(lower_, upper_), booked.id);
    reservations_take.id := booked.id;
    reservations_take.number := booked.number;
    IF booked.account_id IS NOT NULL THEN
        SELECT aside.hold_id INTO reservations_take.hold_id
          FROM ledger_set_aside(booked.account_id, 'reservation:' || booked.id, booked.estimate, actor_, at_) AS aside;
    END IF;
END $$;
