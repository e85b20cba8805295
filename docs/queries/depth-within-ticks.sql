-- Shares within so many cents of the touch, in the middle of each window: the mean over windows. A book is what its changes
-- left since the last reset.
WITH moments AS (
  SELECT dataset, market, start_time + (end_time - start_time) / 2 AS at FROM markets
), resets AS (
  SELECT e.dataset, e.market, max(e."row") AS "row"
  FROM events e JOIN moments m USING (dataset, market)
  WHERE e.kind = 'book_reset' AND e.time <= m.at GROUP BY ALL
), levels AS (
  SELECT c.dataset, c.market, c.up_side AS side, round(c.up_price * 100, 2) AS cents, arg_max(c.size, c."row") AS size
  FROM book_changes c
  JOIN moments m USING (dataset, market)
  LEFT JOIN resets r USING (dataset, market)
  WHERE c.time <= m.at AND c."row" > coalesce(r."row", -1)
  GROUP BY ALL HAVING arg_max(c.size, c."row") > 0
), touch AS (
  SELECT dataset, market, max(cents) FILTER (side = 'bid') AS bid, min(cents) FILTER (side = 'ask') AS ask
  FROM levels GROUP BY ALL
), depths AS (
  SELECT v.within, t.dataset, t.market,
    coalesce(sum(l.size) FILTER (l.side = 'bid' AND t.bid - l.cents <= v.within), 0) AS bid_shares,
    coalesce(sum(l.size) FILTER (l.side = 'ask' AND l.cents - t.ask <= v.within), 0) AS ask_shares
  FROM touch t JOIN levels l USING (dataset, market) CROSS JOIN (VALUES (0), (1), (2), (5), (10)) AS v(within)
  GROUP BY ALL
)
SELECT within AS within_cents, count(*) AS windows, avg(bid_shares) AS bid_shares, avg(ask_shares) AS ask_shares
FROM depths GROUP BY within ORDER BY within
