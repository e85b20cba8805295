-- How far the oracle lags behind Binance: how much its value scatters around the mid that Binance had so many seconds
-- before the value's own stamp. The lag is where the scatter is least; a constant difference between the two does not count.
WITH quotes AS (
  SELECT dataset, asset, coalesce(exchange_time, time) AS at, max("row") AS "row", arg_max(mid, "row") AS mid
  FROM reference_ticks WHERE series = 'binance-spot' AND kind = 'quote' AND mid IS NOT NULL
  GROUP BY ALL
), lags AS (
  SELECT range AS lag FROM range(11)
), moments AS (
  SELECT o.dataset, o.asset, l.lag, o.value, o.value_time - to_seconds(l.lag) AS at
  FROM oracle o CROSS JOIN lags l WHERE o.series = 'chainlink-spot'
), pairs AS (
  SELECT m.lag, m.value - q.mid AS difference
  FROM moments m ASOF JOIN quotes q ON q.dataset = m.dataset AND q.asset = m.asset AND m.at >= q.at
)
SELECT l.lag AS lag_seconds,
  count(p.difference) AS oracle_values,
  stddev_pop(p.difference) AS scatter_usd,
  avg(p.difference) AS mean_usd,
  CASE WHEN count(p.difference) = 0 THEN 'no quotes of Binance beside values of Chainlink' END AS note
FROM lags l LEFT JOIN pairs p USING (lag)
GROUP BY l.lag ORDER BY l.lag
