//! hftbacktest's turn without Python: its Rust core, the strategy in Rust too. `hftbacktest-side KEY=VALUE …`, the keys
//! of sides.ts. Speaks as turns.py does.

mod strategy;

use std::{
    collections::HashMap,
    env, fs,
    io::{self, BufRead, Write},
    time::Instant,
};

use hftbacktest::{
    backtest::{
        Backtest, ExchangeKind, L2AssetBuilder,
        assettype::LinearAsset,
        data::{Data, DataSource, read_npz_file},
        models::{CommonFees, ConstantLatency, PowerProbQueueFunc3, ProbQueueModel, TradingValueFeeModel},
    },
    depth::ROIVectorMarketDepth,
    prelude::{Bot, Event, MarketDepth},
};

/// Prices are whole ticks from 0 to 1.
const TICK: f64 = 0.01;
const TICKS: i64 = 100;

fn main() {
    let setup: HashMap<String, String> = env::args()
        .skip(1)
        .filter_map(|word| word.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())))
        .collect();
    let whole = |key: &str| setup[key].parse::<i64>().expect("a whole number");

    let begun = Instant::now();
    let events: Data<Event> = read_npz_file(&setup["npz"], "data").expect("an npz of events");
    say(&format!(
        r#"{{"runtime":"Rust","version":"0.9.4","events":{},"load_s":{},"compile_s":0}}"#,
        events.len(),
        begun.elapsed().as_secs_f64(),
    ));

    for word in io::stdin().lock().lines() {
        if word.expect("a word").trim() != "run" {
            break;
        }
        let mut hbt = backtest(&events, whole("entry_latency"), whole("response_latency"));
        let (size, limit) = (whole("order_size") as f64, whole("max_position") as f64);
        let (wall, cpu) = (Instant::now(), processor_seconds());
        let calls = if setup["calls"] == "feed" {
            strategy::every_feed(&mut hbt, size, limit)
        } else {
            strategy::every_period(&mut hbt, whole("period"), size, limit)
        };
        let (wall_s, cpu_s) = (wall.elapsed().as_secs_f64(), processor_seconds() - cpu);
        let values = hbt.state_values(0);
        say(&format!(
            r#"{{"wall_s":{wall_s},"cpu_s":{cpu_s},"trades":{},"position":{},"cash":{},"calls":{calls},"book":{}}}"#,
            values.num_trades,
            values.position,
            values.balance,
            levels(hbt.depth(0)),
        ));
    }
    say(&format!(r#"{{"peak_rss_kib":{}}}"#, peak_rss_kib()));
}

/// The exchange of the comparison: whole fills by place in the queue, constant latencies, no fees.
fn backtest(events: &Data<Event>, entry: i64, response: i64) -> Backtest<ROIVectorMarketDepth> {
    let asset = L2AssetBuilder::new()
        .data(vec![DataSource::Data(events.clone())])
        .latency_model(ConstantLatency::new(entry, response))
        .asset_type(LinearAsset::new(1.0))
        .fee_model(TradingValueFeeModel::new(CommonFees::new(0.0, 0.0)))
        .exchange(ExchangeKind::NoPartialFillExchange)
        .queue_model(ProbQueueModel::new(PowerProbQueueFunc3::new(3.0)))
        .depth(|| ROIVectorMarketDepth::new(TICK, 1.0, 0.0, TICKS as f64 * TICK))
        .build()
        .expect("an asset");
    Backtest::builder().add_asset(asset).build().expect("a backtest")
}

/// The strategy's book in the end: bids from the best down, asks from the best up.
fn levels(depth: &ROIVectorMarketDepth) -> String {
    let side = |ticks: &mut dyn Iterator<Item = i64>, size: &dyn Fn(i64) -> f64| {
        let shown: Vec<String> = ticks
            .filter(|&tick| size(tick) > 0.0)
            .map(|tick| format!("[{tick},{}]", size(tick)))
            .collect();
        format!("[{}]", shown.join(","))
    };
    let bids = side(&mut (0..=depth.best_bid_tick()).rev(), &|tick| depth.bid_qty_at_tick(tick));
    let asks = side(&mut (depth.best_ask_tick()..=TICKS), &|tick| depth.ask_qty_at_tick(tick));
    format!(r#"{{"bids":{bids},"asks":{asks}}}"#)
}

fn say(line: &str) {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("somebody who listens");
}

fn processor_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a value of this very type, which lives through the call.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The most memory that was resident; 0 where the system does not say.
fn peak_rss_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}
