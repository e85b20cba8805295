-- The first window second by second: the book's mid beside the settlement series and its distance from where it began.
WITH first_window AS (
  SELECT * FROM markets ORDER BY dataset, start_time, market LIMIT 1
), settlement AS (
  SELECT o.* FROM oracle o JOIN first_window USING (dataset, asset)
  WHERE o.series IN ('chainlink-spot', 'binance-perp-1m')
), book AS (
  SELECT b.* FROM bbo b JOIN first_window USING (dataset, market)
), strike AS (
  SELECT s.value FROM first_window w ASOF JOIN settlement s ON s.dataset = w.dataset AND w.start_time >= s.value_time
), seconds AS (
  SELECT range AS second, start_time + to_seconds(range) AS at
  FROM first_window, range(date_diff('second', first_window.start_time, first_window.end_time))
)
SELECT s.second, s.at AS time, b.bid, b.ask, b.mid, o.value AS price, o.value - (SELECT value FROM strike) AS from_strike
FROM seconds s
ASOF LEFT JOIN book b ON s.at >= b.time
ASOF LEFT JOIN settlement o ON s.at >= o.time
ORDER BY s.second
