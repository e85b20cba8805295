-- What the book last thought, one second before the end, against how the window ended: recorded outcome or settlement series.
WITH settlement AS (
  SELECT * FROM oracle WHERE series IN ('chainlink-spot', 'binance-perp-1m')
), starts AS (
  SELECT m.dataset, m.market, s.value
  FROM markets m ASOF JOIN settlement s ON s.dataset = m.dataset AND s.asset = m.asset AND m.start_time >= s.value_time
), ends AS (
  SELECT m.dataset, m.market, s.value
  FROM markets m ASOF JOIN settlement s ON s.dataset = m.dataset AND s.asset = m.asset AND m.end_time >= s.value_time
), last_look AS (
  SELECT dataset, market, end_time - INTERVAL 1 SECOND AS at FROM markets
), mids AS (
  SELECT l.dataset, l.market, coalesce(b.mid, b.bid, b.ask) AS mid
  FROM last_look l ASOF JOIN bbo b ON b.dataset = l.dataset AND b.market = l.market AND l.at >= b.time
)
SELECT m.market,
  e.value - s.value AS move_usd,
  coalesce(r.outcome, CASE WHEN e.value >= s.value THEN 'up' ELSE 'down' END) AS outcome,
  CASE WHEN r.outcome IS NULL THEN 'settlement series' ELSE 'recorded' END AS known_by,
  b.mid AS last_mid,
  (b.mid >= 0.5) = (coalesce(r.outcome, CASE WHEN e.value >= s.value THEN 'up' ELSE 'down' END) = 'up') AS book_agreed
FROM markets m
LEFT JOIN starts s USING (dataset, market)
LEFT JOIN ends e USING (dataset, market)
LEFT JOIN mids b USING (dataset, market)
LEFT JOIN resolutions r USING (dataset, market)
ORDER BY m.dataset, m.start_time, m.market
