//! The market maker of the comparison: what strategy.py does, in Rust.

use hftbacktest::{
    backtest::Backtest,
    depth::ROIVectorMarketDepth,
    prelude::{Bot, ElapseResult, MarketDepth, OrdType, Side, TimeInForce},
};

/// Longer than any silence of the data, in ns: waiting for the next feed never ends by it.
const FOREVER: i64 = 3_600_000_000_000;

type Exchange = Backtest<ROIVectorMarketDepth>;

/// Quotes, and what they need from one call to the next.
struct Maker {
    size: f64,
    limit: f64,
    order_id: u64,
    leaving: Vec<u64>,
}

impl Maker {
    fn new(size: f64, limit: f64) -> Self {
        Self { size, limit, order_id: 1, leaving: Vec::with_capacity(8) }
    }

    /// Quote once: an order a side at the touch, none elsewhere.
    fn quote(&mut self, hbt: &mut Exchange) {
        let depth = hbt.depth(0);
        let (bid, ask, tick) = (depth.best_bid_tick(), depth.best_ask_tick(), depth.tick_size());
        // An empty side has its best price far outside of the market: 0 to 100 ticks.
        if bid < 0 || ask > 100 {
            return;
        }
        hbt.clear_inactive_orders(Some(0));
        let position = hbt.position(0);
        let (mut has_bid, mut has_ask) = (false, false);
        self.leaving.clear();
        for order in hbt.orders(0).values() {
            let at_touch = match order.side {
                Side::Buy => order.price_tick == bid,
                _ => order.price_tick == ask,
            };
            if at_touch {
                has_bid |= order.side == Side::Buy;
                has_ask |= order.side != Side::Buy;
            } else if order.cancellable() {
                self.leaving.push(order.order_id);
            }
        }
        for &order_id in &self.leaving {
            hbt.cancel(0, order_id, false).expect("a cancel");
        }
        let (post_only, kind) = (TimeInForce::GTX, OrdType::Limit);
        if !has_bid && position < self.limit {
            let price = bid as f64 * tick;
            hbt.submit_buy_order(0, self.order_id, price, self.size, post_only, kind, false).expect("an order");
            self.order_id += 1;
        }
        if !has_ask && position > -self.limit {
            let price = ask as f64 * tick;
            hbt.submit_sell_order(0, self.order_id, price, self.size, post_only, kind, false).expect("an order");
            self.order_id += 1;
        }
    }
}

/// Quote at the end of every whole period of `period` ns, until the data ends. Returns how often.
pub fn every_period(hbt: &mut Exchange, period: i64, size: f64, limit: f64) -> u64 {
    let mut maker = Maker::new(size, limit);
    let mut calls = 0;
    while hbt.elapse(period).expect("time goes on") == ElapseResult::Ok {
        maker.quote(hbt);
        calls += 1;
    }
    calls
}

/// Quote after every time at which rows of the feed arrive, until the data ends. Returns how often.
pub fn every_feed(hbt: &mut Exchange, size: f64, limit: f64) -> u64 {
    let mut maker = Maker::new(size, limit);
    let mut calls = 0;
    while hbt.wait_next_feed(false, FOREVER).expect("time goes on") == ElapseResult::MarketFeed {
        maker.quote(hbt);
        calls += 1;
    }
    calls
}
