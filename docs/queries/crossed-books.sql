-- How often the best Up bid meets or passes 1 − the best Down bid, which is the best Up ask: the book is locked or crossed,
-- and a pair of both tokens could be had for 1 USDC or less.
WITH spells AS (
  SELECT b.dataset, b.market, b.bid, b.ask,
    epoch_us(coalesce(lead(b.time) OVER (PARTITION BY b.dataset, b.market ORDER BY b."row"), b.time)) - epoch_us(b.time) AS us
  FROM bbo b
)
SELECT market,
  count(*) AS changes,
  count(*) FILTER (bid = ask) AS locked,
  count(*) FILTER (bid > ask) AS crossed,
  coalesce(sum(us) FILTER (bid >= ask), 0) / 1e6 AS seconds
FROM spells
GROUP BY dataset, market ORDER BY crossed + locked DESC, market
