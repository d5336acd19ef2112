#include "soak.h"

#include <algorithm>
#include <cstdlib>

namespace serialtcp::test {

namespace {

template <typename T, std::size_t n>
T pick(base::Prng& random, const T (&choices)[n]) {
  return choices[random.below(n)];
}

double fault(base::Prng& random, double most) {
  return random.chance(0.5) ? 0 : most * random.unit() * random.unit();
}

}  // namespace

Seeds seeds_to_run() {
  const char* const chosen = std::getenv("SERIALTCP_SEEDS");
  if (chosen == nullptr) return {};
  const std::string text = chosen;
  const auto colon = text.find(':');
  return {std::stoull(text), colon == std::string::npos ? 1 : std::stoull(text.substr(colon + 1))};
}

std::string replay(std::uint64_t seed) {
  return "SEED " + std::to_string(seed) + ": replay with SERIALTCP_SEEDS=" + std::to_string(seed);
}

sim::Faults random_faults(base::Prng& random) {
  return {.ber = fault(random, 1e-3),
          .drop = fault(random, 1e-3),
          .insert = fault(random, 1e-3),
          .duplicate = fault(random, 1e-3),
          .zero = fault(random, 1e-3),
          .burst = fault(random, 1e-4),
          .burst_length = static_cast<std::uint32_t>(1 + random.below(200)),
          .stall = fault(random, 1e-4),
          .stall_time = std::chrono::milliseconds(random.below(300))};
}

namespace {

WorldConfig random_line(base::Prng& random, std::uint64_t seed) {
  constexpr std::uint32_t kBauds[] = {9600, 38400, 57600, 115200, 115200, 230400, 921600, 3'000'000};
  WorldConfig config;
  config.seed = seed;
  config.baud = pick(random, kBauds);
  if (random.chance(0.2)) config.b_to_a_baud = pick(random, kBauds);
  config.tty_queue = pick(random, {64U, 1024U, 4096U, 22048U});
  config.latency = std::chrono::milliseconds(random.chance(0.7) ? 0 : random.below(40));
  // Like the timer of a USB adapter, or the FIFO of a UART.
  config.quantum = std::chrono::microseconds(pick(random, {100U, 1000U, 1000U, 4000U, 16'000U}));
  // Enough for what arrives between two interrupts; a program that is stopped has overruns.
  const std::uint64_t rate = std::max(config.baud, config.b_to_a_baud.value_or(0)) / 10;
  const auto at_once =
      static_cast<std::size_t>(rate * static_cast<std::uint64_t>(config.quantum / 1us) / 1'000'000);
  if (random.chance(0.3)) config.receive_buffer = 2 * at_once + pick(random, {256U, 1024U, 4096U});
  // Like cheap oscillators, or a port that does not report its speed.
  if (random.chance(0.2)) config.nominal_rate = pick(random, {1152U, 11520U, 1'000'000U});
  if (random.chance(0.1)) config.max_streams = static_cast<std::uint32_t>(1 + random.below(8));
  if (random.chance(0.3)) config.a_key = config.b_key = key_number(1);
  if (random.chance(0.1)) config.a_compression = Compression::off;
  if (random.chance(0.1)) config.b_compression = Compression::off;
  if (random.chance(0.1)) config.hold = std::chrono::seconds(3 + random.below(20));
  return config;
}

}  // namespace

Soak::Soak(std::uint64_t seed)
    : random_(seed),
      config_(random_line(random_, seed)),
      world_(config_),
      letters_(world_),
      rate_(std::min(config_.baud, config_.b_to_a_baud.value_or(config_.baud)) / 10) {}

void Soak::run() {
  change_weather();
  world_.start_both();
  const Time begin = world_.now();
  const int turns = 50 + static_cast<int>(random_.below(110));
  for (int i = 0; i < turns && !testing::Test::HasFailure(); ++i) {
    turn();
    world_.run_for(up_to(400ms));
  }
  calm();
  let_all_finish();
  if (testing::Test::HasFailure()) return;
  expect_links_lost_for_a_reason();
  expect_balance();
  expect_service();
  report_.simulated = world_.now() - begin;
}

Duration Soak::up_to(Duration most) {
  return Duration(static_cast<Duration::rep>(random_.below(static_cast<std::uint64_t>(most.count()))));
}

void Soak::turn() {
  const End end = random_.chance(0.5) ? End::a : End::b;
  switch (random_.below(13)) {
    case 0:
      return happen();
    case 1:
      return change_weather();
    case 2:
    case 3:
    case 4:
      return go_on_with_some();
    case 5:
      return reset_one(end);
    case 6:
      return send_letters(end);
    default:
      return open_some(end);
  }
}

// ---- The workload ----

/// Usually what a line carries in no time, sometimes half a second of it.
std::uint64_t Soak::size() {
  const std::uint64_t second = std::min<std::uint64_t>(rate_, 120'000);
  const double kind = random_.unit();
  return random_.below(kind < 0.6 ? 40 : kind < 0.95 ? 2 + second / 20 : 2 + second / 2);
}

bool Soak::can_open(End end) {
  return world_.pair().running(end) && world_.pair().at(end).link_up();
}

void Soak::open_some(End end) {
  for (std::uint64_t n = random_.below(8); n > 0 && can_open(end); --n) open_one(end);
}

void Soak::open_one(End end) {
  using enum Behaviour;
  world_.far_reads = !random_.chance(0.15);
  world_.source_bytes = size();
  world_.payload = pick(random_, {Payload::random, Payload::text, Payload::mixed});
  const Behaviour far = pick(random_, {echo, echo, echo, sink, source, source, refuse, silent});
  const auto then = random_.chance(0.7) ? World::Then::shut : World::Then::stay_open;
  Socket* const socket = world_.try_open(end, far, size(), then);
  if (socket == nullptr) return;
  ++report_.connections;
  // A slow reader, or one that does not read for now.
  if (random_.chance(0.2)) socket->may_read = random_.below(200);
  if (random_.chance(0.1)) socket->reads = false;
}

/// What an application may do after a pause: write more, end its side, read a little, continue to read.
void Soak::go_on_with(End end, Socket& socket) {
  switch (random_.below(5)) {
    case 0:
      if (!socket.shut && !socket.echoes) world_.write(end, socket, size());
      break;
    case 1:
      if (!socket.shut && !socket.echoes) world_.shut(end, socket);
      break;
    case 2:
      socket.may_read = socket.read + random_.below(1000);
      world_.resume_reading(end, socket);
      break;
    case 3:
      socket.may_read = ~std::uint64_t{0};
      world_.resume_reading(end, socket);
      break;
    default:
      socket.reads = false;
      break;
  }
}

void Soak::go_on_with_some() {
  for (const End end : {End::a, End::b}) {
    for (auto& [id, socket] : world_.sockets(end)) {
      if (!socket.done() && random_.chance(0.3)) go_on_with(end, socket);
    }
  }
}

void Soak::reset_one(End end) {
  for (auto& [id, socket] : world_.sockets(end)) {
    if (socket.done() || random_.chance(0.7)) continue;
    const ResetReason reason = pick(random_, {ResetReason::aborted, ResetReason::timed_out});
    if (random_.chance(0.5)) return world_.reset_in_order(end, socket, reason);
    return world_.reset(end, socket, reason);
  }
}

/// A few datagrams on each association of this end, and usually on a new one. One that has begun is
/// completed, however long that takes, so none is longer than two seconds of the line.
void Soak::send_letters(End end) {
  if (can_open(end) && random_.chance(0.7)) {
    Association* const one = letters_.open(end, 50ms + up_to(3s));
    if (one != nullptr) one->echoes = random_.chance(0.5);
  }
  const std::uint64_t longest = std::min<std::uint64_t>(limits::kMaxDatagram, 2 * rate_);
  for (Association& one : letters_.all()) {
    if (!world_.pair().running(end) || random_.chance(0.5)) continue;
    for (std::uint64_t n = random_.below(4); n > 0; --n) {
      const std::uint64_t most = random_.chance(0.9) ? std::min<std::uint64_t>(longest, 1500) : longest;
      letters_.send(end, one, random_.below(most + 1));
    }
  }
}

// ---- The line, the devices, the programs ----

void Soak::change_weather() {
  for (const End end : {End::a, End::b}) {
    world_.pair().cable().set_faults(end, random_.chance(0.4) ? sim::Faults{} : random_faults(random_));
  }
  world_.set_latency(random_.chance(0.5) ? config_.latency : up_to(50ms));
}

void Soak::happen() {
  const End end = random_.chance(0.5) ? End::a : End::b;
  switch (random_.below(9)) {
    case 0:
    case 1:
      return restart(end);
    case 2:
      return cut();
    case 3:
    case 4:
      return unplug(end);
    case 5:
      return suspend(end);
    case 6:
      return echo();
    case 7:
      return mismatch(end);
    default:
      return chatter(end);
  }
}

void Soak::restart(End end) {
  program_changed_ = true;
  if (random_.chance(0.3)) {
    world_.leave_and_return(end);
  } else {
    world_.restart(end);
  }
  letters_.forget(end);
}

void Soak::cut() {
  const Duration silence = up_to(random_.chance(0.1) ? 40s : 3s);
  long_silence_ = long_silence_ || silence >= config_.hold / 2;
  world_.pair().cable().cut(world_.now());
  world_.run_for(silence);
  world_.pair().cable().join(world_.now());
}

/// The device goes away and comes back, at once (it was only reopened) or later.
void Soak::unplug(End end) {
  const Duration silence = random_.chance(0.3) ? Duration{} : up_to(3s);
  long_silence_ = long_silence_ || silence >= config_.hold / 2;
  world_.pair().unplug(end);
  world_.run_for(silence);
  world_.pair().plug(end);
}

void Soak::suspend(End end) {
  const Duration silence = up_to(random_.chance(0.1) ? 60s : 2s);
  long_silence_ = long_silence_ || silence >= config_.hold / 2;
  world_.pair().suspend(end);
  world_.run_for(silence);
  world_.pair().resume(end);
}

void Soak::echo() {
  world_.pair().cable().set_echo(sim::Echo::on, world_.now());
  world_.run_for(up_to(2s));
  world_.pair().cable().set_echo(sim::Echo::off, world_.now());
  set_speeds();
}

/// The port of one end is set to another speed for a while.
void Soak::mismatch(End end) {
  sim::LineSettings wrong;
  wrong.baud = pick(random_, {9600U, 38400U, 115200U});
  world_.pair().cable().set_settings(end, wrong, world_.now());
  world_.run_for(up_to(2s));
  set_speeds();
}

void Soak::set_speeds() {
  sim::LineSettings settings;
  settings.baud = config_.baud;
  world_.pair().cable().set_direction(End::a, settings, world_.now());
  settings.baud = config_.b_to_a_baud.value_or(config_.baud);
  world_.pair().cable().set_direction(End::b, settings, world_.now());
}

/// A console at `end`: boot messages, prompts, kernel messages amid the traffic.
void Soak::chatter(End end) {
  for (std::uint64_t n = 1 + random_.below(8); n > 0; --n) {
    std::string noise(random_.below(40), '\0');
    for (char& byte : noise) byte = static_cast<char>(random_.next());
    world_.inject(end, pick(random_, {std::string("\r\nboard login: "), std::string("\x1f~"), noise,
                                      std::string("[   12.345678] usb 1-1: new device\r\n")}));
    world_.run_for(up_to(100ms));
  }
}

// ---- The end ----

void Soak::calm() {
  world_.pair().cable().set_faults(sim::Faults{});
  world_.set_latency(config_.latency);
  world_.far_reads = true;
  for (const End end : {End::a, End::b}) {
    for (auto& [id, socket] : world_.sockets(end)) {
      if (socket.done()) continue;
      // Readers that have stopped for good: their connection is reset by the side that waits.
      if (random_.chance(0.1)) {
        world_.reset(end, socket, ResetReason::aborted);
        continue;
      }
      socket.may_read = ~std::uint64_t{0};
      world_.resume_reading(end, socket);
      if (!socket.shut && !socket.echoes) world_.shut(end, socket);
    }
  }
}

/// The bound: 15 s, and twice the time that the outstanding bytes need at the rate that ends may have learned
/// on a bad line, however fast it is now. A datagram that has begun is completed, too.
void Soak::let_all_finish() {
  const std::uint64_t bytes = world_.outstanding(End::a) + world_.outstanding(End::b) + letters_.under_way();
  const Duration bound = 15s + std::chrono::milliseconds(2000 * bytes / std::min<std::uint64_t>(rate_, 2000));
  const Time begin = world_.now();
  // Events that come only now, of a stream that would otherwise not be read or ended.
  const auto attend = [&] {
    for (const End end : {End::a, End::b}) {
      for (auto& [id, socket] : world_.sockets(end)) {
        if (!socket.done() && !socket.shut && !socket.echoes) world_.shut(end, socket);
      }
    }
    letters_.shut_all();
  };
  const auto finished = [&] { return attend(), world_.all_done() && letters_.all_done(); };
  EXPECT_TRUE(world_.run_until(finished, bound))
      << "not finished in " << bound / 1s << " s, " << bytes << " bytes at " << config_.baud / 10 << " and "
      << config_.b_to_a_baud.value_or(config_.baud) / 10 << " bytes/s: " << world_.describe();
  report_.share_of_bound =
      static_cast<double>((world_.now() - begin).count()) / static_cast<double>(bound.count());
}

/// A link is lost because a program was restarted or exited, or after a silence beyond the hold time. Noise
/// never ends a link.
void Soak::expect_links_lost_for_a_reason() {
  for (const End end : {End::a, End::b}) {
    EXPECT_FALSE(world_.heard_of(end, LinkDownReason::peer_broke_protocol));
    EXPECT_TRUE(long_silence_ || !world_.heard_of(end, LinkDownReason::peer_silent));
    EXPECT_TRUE(long_silence_ || !world_.heard_of(end, LinkDownReason::line_lost));
    EXPECT_TRUE(long_silence_ || program_changed_ || !world_.heard_of(end, LinkDownReason::peer_restarted));
    for (const Event& event : world_.line_events(end)) {
      const auto* up = std::get_if<event::LinkUp>(&event);
      EXPECT_FALSE(up != nullptr && up->protocol == Protocol::original);
    }
  }
}

/// What is sent is queued behind what a driver holds, which may belong to a link that has ended: some 20 s of
/// a slow line whose end believed it to be fast.
void Soak::drain() {
  sim::Cable& cable = world_.pair().cable();
  const auto empty = [&] {
    return cable.queued(End::a, world_.now()) == 0 && cable.queued(End::b, world_.now()) == 0;
  };
  EXPECT_TRUE(world_.run_until(empty, 5s + std::chrono::milliseconds(2000 * config_.tty_queue / rate_)));
}

/// Both ends have nothing left; what one end has sent is what the other one has received.
void Soak::expect_balance() {
  drain();
  world_.bring_up(5s);
  world_.expect_quiet();
  world_.expect_balance();
  for (const End end : {End::a, End::b}) {
    report_.payload += world_.pair().at(end).stats().payload_bytes_received;
    report_.parts += world_.pair().at(end).stats().parts_received;
  }
  report_.datagrams = letters_.received();
}

void Soak::expect_service() {
  Socket& last = world_.open(End::a, Behaviour::echo, 100);
  EXPECT_TRUE(world_.run_until([&] { return last.done(); }, 5s)) << world_.describe();
  EXPECT_TRUE(last.closed);
}

}  // namespace serialtcp::test
