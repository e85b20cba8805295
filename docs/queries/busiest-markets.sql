-- Markets by level changes a minute of their window, with trades and volume.
WITH changes AS (
  SELECT c.dataset, c.market, count(*) AS levels
  FROM book_changes c JOIN markets m USING (dataset, market)
  WHERE c.time >= m.start_time AND c.time < m.end_time GROUP BY ALL
), traded AS (
  SELECT t.dataset, t.market, count(*) AS trades, sum(t.value) AS volume
  FROM trades t JOIN markets m USING (dataset, market)
  WHERE t.time >= m.start_time AND t.time < m.end_time GROUP BY ALL
)
SELECT m.market,
  coalesce(c.levels, 0) / (date_diff('second', m.start_time, m.end_time) / 60) AS levels_per_minute,
  coalesce(t.trades, 0) AS trades,
  coalesce(t.volume, 0) AS volume_usdc
FROM markets m LEFT JOIN changes c USING (dataset, market) LEFT JOIN traded t USING (dataset, market)
ORDER BY levels_per_minute DESC, m.market
