-- What is drawn: hashes of a row's number, so that the same rows come out on every machine and version.

-- Between 0 and 1, for the i-th row; `what` tells one draw of a row from another.
CREATE FUNCTION pg_temp.draw(i bigint, what text) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ((hashtextextended(what, i) >> 11) & 9007199254740991) / 9007199254740992.0::double precision;

-- One of 0 to choices - 1.
CREATE FUNCTION pg_temp.pick(i bigint, what text, choices integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN floor(pg_temp.draw(i, what) * choices)::integer;

-- A UUIDv7 of that millisecond; `place`, 0 to 4095, orders those of one millisecond. uuidv7() comes with PostgreSQL 18.
CREATE FUNCTION pg_temp.id_at(at timestamptz, place integer, i bigint, what text) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (lpad(to_hex(floor(date_part('epoch', at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(place), 3, '0')
        || '8' || substr(lpad(to_hex(hashtextextended(what, i)), 16, '0'), 2))::uuid;

-- Halves go to the even digit, as in the service; round() would take them away from zero.
CREATE FUNCTION pg_temp.round_half_even(value numeric, places integer) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN round(value, places) - value = value - trunc(value, places) AND trunc(value, places)::text ~ '[02468]$'
    THEN trunc(value, places)
    ELSE round(value, places)
END;

-- 17 as 017, 1017 as it is.
CREATE FUNCTION pg_temp.at_least_digits(value integer, digits integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lpad(value::text, greatest(digits, length(value::text)), '0');
