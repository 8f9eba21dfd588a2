-- Of record (record_no, id_no, fen) and platform (certno, fen, back, record_no): how many records got which verdict.
WITH named AS (
    SELECT record_no, sum(1 - back) AS settled, sum(back) AS undone, max(abs(fen)) AS fen
    FROM platform WHERE record_no <> '' GROUP BY record_no),
nameless AS (
    SELECT certno, abs(fen) AS fen, sum(1 - back) AS settled, sum(back) AS undone
    FROM platform WHERE record_no = '' GROUP BY certno, abs(fen)),
persons AS (SELECT DISTINCT certno FROM nameless),
judged AS (
    SELECT CASE
        WHEN coalesce(n.settled, u.settled) IS NULL AND p.certno IS NULL THEN 'missing'
        WHEN coalesce(n.settled, u.settled) IS NULL THEN 'amount_mismatch'
        WHEN coalesce(n.undone, u.undone) >= coalesce(n.settled, u.settled) THEN 'reversed'
        WHEN coalesce(n.settled, u.settled) - coalesce(n.undone, u.undone) > 1 THEN 'duplicate'
        WHEN n.fen <> r.fen THEN 'amount_mismatch'
        ELSE 'matched' END AS verdict
    FROM record r
    LEFT JOIN named n ON n.record_no = r.record_no
    LEFT JOIN nameless u ON u.certno = r.id_no AND u.fen = r.fen
    LEFT JOIN persons p ON p.certno = r.id_no)
SELECT verdict, count(*) FROM judged GROUP BY verdict ORDER BY verdict;
