"""nautilus_trader's turn: its BacktestEngine over the same events. `nautilus_side.py SETUP`, a JSON object: see sides.ts."""

import json
import sys
import time
from datetime import timedelta
from decimal import Decimal

import numpy as np
from nautilus_trader import __version__
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.backtest.models import LatencyModel
from nautilus_trader.config import LoggingConfig, RiskEngineConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import BookOrder, OrderBookDelta, TradeTick
from nautilus_trader.model.enums import (
    AccountType,
    AggressorSide,
    AssetClass,
    BookAction,
    BookType,
    OmsType,
    OrderSide,
    OrderStatus,
    RecordFlag,
)
from nautilus_trader.model.identifiers import InstrumentId, Symbol, TradeId, Venue
from nautilus_trader.model.instruments import BinaryOption
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy
from turns import serve

setup = json.loads(sys.argv[1])
VENUE = Venue("SIM")
MARKET = InstrumentId(Symbol("UP"), VENUE)
PRICES = [Price(tick * 0.01, 2) for tick in range(101)]
TRADE_BIT = 0x02
BUY_BIT = 0x80


def instrument():
    tick, lot, never = PRICES[1], Quantity(1, 0), 10**18
    kind, free = AssetClass.ALTERNATIVE, Decimal(0)
    return BinaryOption(
        MARKET, MARKET.symbol, kind, USD, 2, 0, tick, lot, 0, never, 0, 0, maker_fee=free, taker_fee=free
    )


def convert(source, feed_latency):
    """The event file as objects. This engine knows one time an event; it is the one at which the strategy sees it."""
    rows = np.fromfile(source, dtype="<f8").reshape(-1, 4)
    objects = []
    for number, (kind, at, price, size) in enumerate(rows.tolist()):
        buy, tick = int(kind) & BUY_BIT, round(price * 100)
        exchange, local = int(at), int(at) + feed_latency
        if int(kind) & TRADE_BIT:
            taker = AggressorSide.BUYER if buy else AggressorSide.SELLER
            trade = TradeTick(
                MARKET, PRICES[tick], Quantity(size, 0), taker, TradeId(str(number)), exchange, local
            )
            objects.append(trade)
        else:
            action = BookAction.UPDATE if size > 0 else BookAction.DELETE
            level = BookOrder(OrderSide.BUY if buy else OrderSide.SELL, PRICES[tick], Quantity(size, 0), tick)
            objects.append(
                OrderBookDelta(MARKET, action, level, RecordFlag.F_LAST, number, exchange, local)
            )
    return objects


class MarketMaker(Strategy):
    """What strategy.py does, with this engine's calls."""

    def on_start(self):
        self.calls = 0
        self.limit = setup["max_position"]
        self.size = Quantity(setup["order_size"], 0)
        self.subscribe_order_book_deltas(MARKET, BookType.L2_MBP)
        self.subscribe_trade_ticks(MARKET)
        if setup["calls"] == "period":
            period = timedelta(microseconds=setup["period"] // 1000)
            self.clock.set_timer("quote", period, callback=self.quote)

    def on_order_book_deltas(self, deltas):
        if setup["calls"] == "feed":
            self.quote(deltas)

    def on_trade_tick(self, tick):
        if setup["calls"] == "feed":
            self.quote(tick)

    def quote(self, _):
        self.calls += 1
        book = self.cache.order_book(MARKET)
        bid, ask = book.best_bid_price(), book.best_ask_price()
        if bid is None or ask is None:
            return
        has_bid = has_ask = False
        waiting = self.cache.orders_inflight(strategy_id=self.id)
        for order in self.cache.orders_open(strategy_id=self.id) + waiting:
            buy = order.side == OrderSide.BUY
            if order.price == (bid if buy else ask):
                has_bid = has_bid or buy
                has_ask = has_ask or not buy
            elif order.status == OrderStatus.ACCEPTED:
                self.cancel_order(order)
        position = float(self.portfolio.net_position(MARKET))
        if not has_bid and position < self.limit:
            self.send(OrderSide.BUY, bid)
        if not has_ask and position > -self.limit:
            self.send(OrderSide.SELL, ask)

    def send(self, side, price):
        self.submit_order(self.order_factory.limit(MARKET, side, self.size, price, post_only=True))


def backtest(objects):
    """The engine with all that costs time and is not asked for switched off: log, risk checks, analysis of the run."""
    config = BacktestEngineConfig(
        logging=LoggingConfig(bypass_logging=True),
        risk_engine=RiskEngineConfig(bypass=True),
        run_analysis=False,
    )
    engine = BacktestEngine(config)
    engine.add_venue(
        VENUE,
        OmsType.NETTING,
        AccountType.MARGIN,
        [Money(1e9, USD)],
        base_currency=USD,
        book_type=BookType.L2_MBP,
        latency_model=LatencyModel(setup["entry_latency"]),
        trade_execution=True,
    )
    engine.add_instrument(instrument())
    engine.add_data(objects, sort=False)
    strategy = MarketMaker()
    engine.add_strategy(strategy)
    return engine, strategy


def levels(book):
    def side(all_levels):
        return [[round(float(level.price) * 100), float(level.size())] for level in all_levels]

    return {"bids": side(book.bids()), "asks": side(book.asks())}


def play(objects):
    engine, strategy = backtest(objects)

    def outcome():
        filled = [order for order in engine.cache.orders() if order.filled_qty > 0]
        paid = sum(
            float(order.filled_qty) * order.avg_px * (-1 if order.side == OrderSide.BUY else 1) for order in filled
        )
        answer = {
            "trades": len(filled),
            "position": float(engine.portfolio.net_position(MARKET)),
            "cash": round(paid, 6),
            "calls": strategy.calls,
            "book": levels(engine.cache.order_book(MARKET)),
        }
        engine.dispose()
        return answer

    return engine.run, outcome


begun = time.perf_counter()
objects = convert(setup["events_file"], setup["feed_latency"])
load_s = time.perf_counter() - begun
serve({"version": __version__, "events": len(objects), "load_s": load_s, "compile_s": 0}, lambda: play(objects))
