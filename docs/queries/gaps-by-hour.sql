-- Silences by hour and feed: of the whole feed, and of single markets while it went on.
SELECT date_trunc('hour', start_time) AS hour,
  feed,
  count(*) FILTER (market IS NULL) AS feed_gaps,
  coalesce(sum(duration) FILTER (market IS NULL), 0) AS feed_seconds,
  count(*) FILTER (market IS NOT NULL) AS market_gaps,
  coalesce(sum(duration) FILTER (market IS NOT NULL), 0) AS market_seconds
FROM gaps
GROUP BY hour, feed ORDER BY hour, feed
