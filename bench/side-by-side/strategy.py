"""The market maker of the comparison, for hftbacktest: what core/exchange/compat/strategy.ts does, in its public API."""

from hftbacktest import BUY, GTX, LIMIT
from numba import njit
from numpy import uint64

#: Longer than any silence of the data, in ns: waiting for the next feed never ends by it.
FOREVER = 3_600_000_000_000


@njit
def quote(hbt, order_id, size, max_position):
    """Quote once: an order a side at the touch, none elsewhere. Returns the next free order number."""
    depth = hbt.depth(0)
    bid = depth.best_bid_tick
    ask = depth.best_ask_tick
    # An empty side has its best price far outside of the market: 0 to 100 ticks.
    if bid < 0 or ask > 100:
        return order_id
    hbt.clear_inactive_orders(0)
    position = hbt.position(0)
    has_bid = False
    has_ask = False
    orders = hbt.orders(0).values()
    while orders.has_next():
        order = orders.get()
        if order.side == BUY:
            at_touch = order.price_tick == bid
            has_bid = has_bid or at_touch
        else:
            at_touch = order.price_tick == ask
            has_ask = has_ask or at_touch
        if not at_touch and order.cancellable:
            hbt.cancel(0, order.order_id, False)
    tick = depth.tick_size
    if not has_bid and position < max_position:
        hbt.submit_buy_order(0, order_id, bid * tick, size, GTX, LIMIT, False)
        order_id += uint64(1)
    if not has_ask and position > -max_position:
        hbt.submit_sell_order(0, order_id, ask * tick, size, GTX, LIMIT, False)
        order_id += uint64(1)
    return order_id


@njit
def every_period(hbt, period, size, max_position):
    """Quote at the end of every whole period of `period` ns, until the data ends. Returns how often."""
    order_id = uint64(1)
    calls = 0
    while hbt.elapse(period) == 0:
        order_id = quote(hbt, order_id, size, max_position)
        calls += 1
    return calls


@njit
def every_feed(hbt, size, max_position):
    """Quote after every time at which rows of the feed arrive, until the data ends. Returns how often."""
    order_id = uint64(1)
    calls = 0
    while hbt.wait_next_feed(False, FOREVER) == 2:
        order_id = quote(hbt, order_id, size, max_position)
        calls += 1
    return calls
