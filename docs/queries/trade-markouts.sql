-- Trades by the taker's side, in Up terms, against the mid 1 and 5 s later: above 0 the taker was right and the maker paid.
WITH up_trades AS (
  SELECT dataset, market, time, size,
    CASE WHEN outcome = 'down' THEN 1 - price ELSE price END AS price,
    CASE WHEN (outcome = 'down') = (side = 'buy') THEN 'sell' ELSE 'buy' END AS side
  FROM trades
), later AS (
  SELECT *, time + INTERVAL 1 SECOND AS in_1s, time + INTERVAL 5 SECOND AS in_5s,
    CASE side WHEN 'buy' THEN 1 ELSE -1 END AS sign
  FROM up_trades
), marked AS (
  SELECT t.side, t.size, t.sign * (one.mid - t.price) AS after_1s, t.sign * (five.mid - t.price) AS after_5s
  FROM later t
  ASOF LEFT JOIN bbo one ON one.dataset = t.dataset AND one.market = t.market AND t.in_1s >= one.time
  ASOF LEFT JOIN bbo five ON five.dataset = t.dataset AND five.market = t.market AND t.in_5s >= five.time
)
SELECT s.side,
  count(m.size) AS trades,
  sum(m.size) AS shares,
  avg(m.after_1s) AS markout_1s,
  avg(m.after_5s) AS markout_5s,
  CASE WHEN count(m.size) = 0 THEN 'the recording has no trade prints' END AS note
FROM (VALUES ('buy'), ('sell')) AS s(side) LEFT JOIN marked m USING (side)
GROUP BY s.side ORDER BY s.side
