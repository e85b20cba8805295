"""The event file as an npz of hftbacktest's event records. `convert.py EVENTS NPZ FEED_LATENCY_NS`"""

import sys
import time

import numpy as np
from hftbacktest.types import (
    BUY_EVENT,
    DEPTH_EVENT,
    EXCH_EVENT,
    LOCAL_EVENT,
    SELL_EVENT,
    TRADE_EVENT,
    event_dtype,
)
from turns import peak_rss_kib, say

#: The event file's kinds: its low bits tell level and trade apart, its high bit bid and ask, or buyer and seller.
TRADE_BIT = 0x02
BUY_BIT = 0x80


def convert(source, feed_latency):
    """Event records of an event file; what happens at T at the exchange is seen `feed_latency` ns later."""
    rows = np.memmap(source, dtype="<f8", mode="r").reshape(-1, 4)
    kinds = rows[:, 0].astype(np.uint64)
    events = np.zeros(len(rows), event_dtype)
    what = np.where(kinds & np.uint64(TRADE_BIT), np.uint64(TRADE_EVENT), np.uint64(DEPTH_EVENT))
    side = np.where(kinds & np.uint64(BUY_BIT), np.uint64(BUY_EVENT), np.uint64(SELL_EVENT))
    events["ev"] = what | side | np.uint64(EXCH_EVENT | LOCAL_EVENT)
    events["exch_ts"] = rows[:, 1]
    events["local_ts"] = rows[:, 1] + feed_latency
    events["px"] = rows[:, 2]
    events["qty"] = rows[:, 3]
    return events


if __name__ == "__main__":
    source, target, feed_latency = sys.argv[1], sys.argv[2], int(sys.argv[3])
    begun = time.perf_counter()
    np.savez(target, data=convert(source, feed_latency))
    say({"convert_s": time.perf_counter() - begun, "peak_rss_kib": peak_rss_kib()})
