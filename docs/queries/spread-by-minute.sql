-- Spread by minute of the window: mean of what stood after each change of the touch.
SELECT floor(date_diff('millisecond', m.start_time, b.time) / 60000) AS minute,
  count(*) AS changes,
  avg(b.spread) AS spread,
  median(b.spread) AS median_spread
FROM bbo b JOIN markets m USING (dataset, market)
WHERE b.time >= m.start_time AND b.time < m.end_time AND b.spread IS NOT NULL
GROUP BY minute ORDER BY minute
