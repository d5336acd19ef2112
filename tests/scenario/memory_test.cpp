// A tunnel that has carried millions of connections uses no more memory than one that has carried a few. The
// memory of both ends together is checked while connections come and go over a bad line. SERIALTCP_OPENINGS
// runs more.
#include <cstdlib>
#include <string>

#include "../unit/memory_in_use.h"
#include "soak.h"

namespace serialtcp::test {
namespace {

/// Hundreds of connections at once, from either end: a few bytes each way, then an end, or a reset.
class Churn {
 public:
  Churn() : pair_(config()) {
    pair_.start(End::a);
    pair_.start(End::b);
    go_on(1s);
  }

  std::uint64_t opened() const { return opened_; }
  sim::Pair& pair() { return pair_; }

  void open(std::uint64_t count) {
    for (const std::uint64_t until = opened_ + count; opened_ < until;) {
      for (const End end : {End::a, End::b}) {
        while (pair_.at(end).stats().streams_now < kAtOnce) begin(end);
        pair_.pump(end);
      }
      go_on(20ms);
      // The line is lost now and then, and a program is restarted.
      if (random_.chance(0.01)) restore();
      if (random_.chance(0.001)) restart();
    }
  }

  void finish() {
    go_on(10s);
    for (const End end : {End::a, End::b}) EXPECT_EQ(pair_.at(end).stats().streams_now, 0U);
  }

 private:
  static constexpr std::uint64_t kAtOnce = 100;

  static sim::PairConfig config() {
    sim::PairConfig config;
    config.cable.a.baud = config.cable.b.baud = 3'000'000;
    config.a.nominal_rate = config.b.nominal_rate = 300'000;
    config.cable.quantum = 1ms;
    config.cable.queue_capacity = 4096;
    config.cable.faults = {.ber = 1e-6, .drop = 1e-5, .zero = 1e-5};
    return config;
  }

  void begin(End end) {
    const auto id = pair_.at(end).open(ServiceId{}, pair_.now());
    if (!id) return go_on(1s);
    ++opened_;
    talk(end, *id);
  }

  void talk(End end, StreamId id) {
    Endpoint& endpoint = pair_.at(end);
    static_cast<void>(endpoint.write(id, Bytes(random_.below(20), 'x'), pair_.now()));
    if (random_.chance(0.1)) return endpoint.reset(id, ResetReason::aborted, pair_.now());
    static_cast<void>(endpoint.shut_write(id, pair_.now()));
  }

  void go_on(Duration duration) {
    const Time until = pair_.now() + duration;
    while (pair_.step(until)) {
      for (const End end : {End::a, End::b}) serve(end);
    }
  }

  void serve(End end) {
    bool any = false;
    while (const std::optional<Event> event = pair_.at(end).poll()) {
      any = true;
      if (const auto* opened = std::get_if<event::Opened>(&*event)) talk(end, opened->stream);
      if (const auto* readable = std::get_if<event::Readable>(&*event)) {
        static_cast<void>(pair_.at(end).read(readable->stream, buffer_, pair_.now()));
      }
    }
    if (any) pair_.pump(end);
  }

  void restore() {
    pair_.unplug(End::a);
    go_on(100ms);
    pair_.plug(End::a);
  }

  void restart() {
    pair_.stop(End::b);
    pair_.start(End::b);
    go_on(1s);
  }

  base::Prng random_{1};
  sim::Pair pair_;
  std::array<Byte, 4096> buffer_{};
  std::uint64_t opened_ = 0;
};

TEST(Memory, DoesNotGrowWithTheNumberOfConnections) {
  const char* const chosen = std::getenv("SERIALTCP_OPENINGS");
  // Where memory is not counted, only the sanitizers check it.
  const std::uint64_t usual = memory_in_use() == 0 ? 50'000 : 1'000'000;
  const std::uint64_t openings = chosen != nullptr ? std::stoull(chosen) : usual;
  Churn churn;
  churn.open(20'000);
  churn.finish();
  const std::size_t before = memory_in_use();
  churn.open(openings);
  churn.finish();
  // The difference is how much of its queues the standard library keeps.
  EXPECT_LT(memory_in_use(), before + 256 * 1024) << churn.opened() << " openings";
}

}  // namespace
}  // namespace serialtcp::test
