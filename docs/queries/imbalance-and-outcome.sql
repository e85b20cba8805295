-- Imbalance of the touch before the end of a window, against the outcome: how often Up won where more was bid than offered,
-- and where less was. The outcome is the recorded one, else what the settlement series says.
WITH settlement AS (
  SELECT * FROM oracle WHERE series IN ('chainlink-spot', 'binance-perp-1m')
), starts AS (
  SELECT m.dataset, m.market, s.value
  FROM markets m ASOF JOIN settlement s ON s.dataset = m.dataset AND s.asset = m.asset AND m.start_time >= s.value_time
), ends AS (
  SELECT m.dataset, m.market, s.value
  FROM markets m ASOF JOIN settlement s ON s.dataset = m.dataset AND s.asset = m.asset AND m.end_time >= s.value_time
), outcomes AS (
  SELECT m.dataset, m.market, coalesce(r.outcome, CASE WHEN e.value >= s.value THEN 'up' ELSE 'down' END) AS outcome
  FROM markets m
  LEFT JOIN resolutions r USING (dataset, market)
  LEFT JOIN starts s USING (dataset, market)
  LEFT JOIN ends e USING (dataset, market)
), moments AS (
  SELECT m.dataset, m.market, before, m.end_time - to_seconds(before) AS at
  FROM markets m CROSS JOIN (VALUES (120), (60), (30), (10)) AS v(before)
), touches AS (
  SELECT o.before, b.bid_size / (b.bid_size + b.ask_size) AS imbalance, w.outcome
  FROM moments o
  ASOF JOIN bbo b ON b.dataset = o.dataset AND b.market = o.market AND o.at >= b.time
  JOIN outcomes w ON w.dataset = o.dataset AND w.market = o.market
  WHERE b.mid IS NOT NULL
)
SELECT before AS seconds_before,
  count(*) AS windows,
  count(*) FILTER (imbalance > 0.5) AS bid_heavy,
  avg((outcome = 'up')::INT) FILTER (imbalance > 0.5) AS up_when_bid_heavy,
  avg((outcome = 'up')::INT) FILTER (imbalance <= 0.5) AS up_when_ask_heavy
FROM touches GROUP BY before ORDER BY before DESC
