"""hftbacktest's turn. `hftbacktest_side.py SETUP`, a JSON object: see sides.ts."""

import json
import sys
import time

import numpy as np
from hftbacktest import BacktestAsset, HashMapMarketDepthBacktest, ROIVectorMarketDepthBacktest, __version__
from strategy import every_feed, every_period
from turns import serve

setup = json.loads(sys.argv[1])
BOOKS = {"vector": ROIVectorMarketDepthBacktest, "map": HashMapMarketDepthBacktest}
#: Prices are whole ticks from 0 to 1.
TICK = 0.01
TICKS = 100


def backtest(events):
    """The exchange of the comparison: whole fills by place in the queue, constant latencies, no fees."""
    asset = (
        BacktestAsset()
        .data([events])
        .linear_asset(1.0)
        .constant_order_latency(setup["entry_latency"], setup["response_latency"])
        .power_prob_queue_model3(3.0)
        .no_partial_fill_exchange()
        .trading_value_fee_model(0.0, 0.0)
        .tick_size(TICK)
        .lot_size(1.0)
        .roi_lb(0.0)
        .roi_ub(TICKS * TICK)
    )
    return BOOKS[setup["book"]]([asset])


def trade(hbt):
    size, limit = float(setup["order_size"]), float(setup["max_position"])
    if setup["calls"] == "feed":
        return every_feed(hbt, size, limit)
    return every_period(hbt, setup["period"], size, limit)


def levels(depth):
    """The strategy's book in the end: ticks and sizes, bids from the best down, asks from the best up."""
    bids = [[tick, depth.bid_qty_at_tick(tick)] for tick in range(TICKS, -1, -1)]
    asks = [[tick, depth.ask_qty_at_tick(tick)] for tick in range(TICKS + 1)]
    return {
        "bids": [level for level in bids if level[1] > 0 and level[0] <= depth.best_bid_tick],
        "asks": [level for level in asks if level[1] > 0 and level[0] >= depth.best_ask_tick],
    }


def play(events):
    hbt = backtest(events)
    calls = []

    def outcome():
        values = hbt.state_values(0)
        answer = {
            "trades": int(values.num_trades),
            "position": values.position,
            "cash": values.balance,
            "calls": calls[0],
            "book": levels(hbt.depth(0)),
        }
        hbt.close()
        return answer

    return lambda: calls.append(trade(hbt)), outcome


begun = time.perf_counter()
events = np.load(setup["npz"])["data"]
load_s = time.perf_counter() - begun

# The first call of a numba function compiles it: done here, on a few rows, and never again.
begun = time.perf_counter()
few = events[:20].copy()  # The backtest keeps no reference to its rows: they must live as long as it does.
first = backtest(few)
trade(first)
first.close()
compile_s = time.perf_counter() - begun

ready = {"version": __version__, "events": len(events), "load_s": load_s, "compile_s": compile_s}
serve(ready, lambda: play(events))
