#include "doctor/line_test.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "os/clock.h"
#include "wire/test_stream.h"

namespace serialtcp::doctor {

namespace {

using namespace std::chrono_literals;
using wire::TestKind;

/// How often the counters of the link are looked at, for the times of errors.
constexpr Duration kLook = 20ms;
constexpr Duration kTell = 1s;
/// A wait that ends so late is none of an idle machine.
constexpr Duration kPunctual = 5ms;
/// A source sends until its stream is reset.
constexpr std::uint32_t kEndless = UINT32_MAX;
/// Shares of the whole time; the rest is for both directions at once. The clock of the other end shows in the way in.
constexpr double kIdleShare = 0.1;
constexpr double kOutShare = 0.2;
constexpr double kInShare = 0.4;
/// While only this end sends, acknowledgements come in such a time, beside that of kAckBytes on the line.
constexpr Duration kAcks = 1s;
constexpr std::uint64_t kAckBytes = 600;
/// A clock shows only in so long, and what may have been held back before is not counted.
constexpr Duration kLeastForClock = 2s;
constexpr Duration kHeldBack = 20ms;
/// A speed that was measured over less says nothing.
constexpr Duration kLeastSteps = 200ms;
/// What the start of a stream takes is not measured.
constexpr Duration kRunUp = 300ms;
/// Frames without test bytes are measured over this time.
constexpr Duration kUnserved = 2s;

Duration part(Duration whole, double share) {
  return std::chrono::duration_cast<Duration>(whole * share);
}

/// A frame that counted as lost and then arrives is not counted any more.
void follow(std::vector<Time>& times, std::uint64_t before, std::uint64_t after) {
  for (; before > after && !times.empty(); --before) times.pop_back();
  for (; before < after && times.size() < Inbound::kMostDamages; ++before) times.push_back(io::now());
}

}  // namespace

void StepMeter::add(std::uint64_t count, Time now) {
  if (!begin_) begin_ = count;
  if (count == (first_ ? last_.count : *begin_)) return;
  last_ = {count, now};
  if (!first_) first_ = last_;
}

std::optional<double> StepMeter::rate() const {
  if (!first_ || last_.at - first_->at < kLeastSteps) return std::nullopt;
  return static_cast<double>(last_.count - first_->count) / to_seconds(last_.at - first_->at);
}

LineTest::LineTest(Talker& talker, Wait wait, Progress progress)
    : talker_(talker), wait_(std::move(wait)), progress_(std::move(progress)) {
  talker_.on_event([this](const Event& event) { handle(event); });
  talker_.on_heard([this](ByteView bytes, Time now) {
    note_gap(now);
    if (in_) inbound_.heard(bytes, now);
  });
}

LineTest::~LineTest() {
  talker_.on_event(nullptr);
  talker_.on_heard(nullptr);
}

LineFigures LineTest::run(LineFigures known, Duration lasts) {
  figures_ = std::move(known);
  const Time began = io::now();
  const Stats before = stats_ = talker_.endpoint().stats();
  between_ = kBetweenIdleBytes;
  echo_ = open(false, static_cast<Byte>(TestKind::echo), 0);
  ping();
  wait_(kAnswer, [this] { return refused_ || !figures_.idle_trips.empty(); });
  figures_.served = !figures_.idle_trips.empty();
  if (figures_.served) {
    figures_.idle_trips.clear();  // the first one has opened the stream
    bool goes_on = phase(part(lasts, kIdleShare));
    const auto measure = [&](bool out, bool in, Duration longest, auto to) {
      if (!goes_on) return;
      if (out) begin_out();
      if (in) begin_in();
      goes_on = phase(std::min(kRunUp, longest / 3));
      const Time since = io::now();
      const std::uint64_t on_line = talker_.endpoint().stats().wire_bytes_received;
      out_meter_.restart();
      in_meter_.restart();
      goes_on = goes_on && phase(longest);
      if (out) figures_.out.*to = out_meter_.rate();
      if (in) figures_.in.*to = in_meter_.rate();
      if (in && !out) figures_.in.line = line_rate(on_line, since);
    };
    measure(true, false, part(lasts, kOutShare), &DirectionFigures::alone);
    close(out_);
    measure(false, true, part(lasts, kInShare), &DirectionFigures::alone);
    close(in_);
    between_ = kBetweenBusyBytes;
    busy_ = true;
    measure(true, true, part(lasts, 1 - kIdleShare - kOutShare - kInShare), &DirectionFigures::beside);
    for (std::optional<StreamId>* const stream : {&out_, &in_, &echo_}) close(*stream);
  } else {
    phase(std::min(kUnserved, lasts));
  }
  const Stats after = talker_.endpoint().stats();
  figures_.out.frames = after.frames_sent - before.frames_sent;
  figures_.in.frames = after.frames_received - before.frames_received;
  if (after.round_trip_ns > 0) figures_.smoothed_trip = Duration(after.round_trip_ns);
  figures_.half_duplex = figures_.half_duplex || talker_.answered().half_duplex;
  figures_.damages = inbound_.damages();
  figures_.compared = inbound_.compared();
  figures_.lasted = io::now() - began;
  return figures_;
}

/// False if the test is over.
bool LineTest::phase(Duration lasts) {
  const Time end = io::now() + lasts;
  while (io::now() < end) {
    const Time due = std::min(io::now() + kLook, end);
    if (!wait_(due - io::now(), [] { return false; })) return false;
    const Duration late = io::now() - due;
    if (late >= kLeastPause / 2) figures_.late += late;
    if (late >= kPunctual) figures_.delayed += late;
    look();
  }
  return talker_.link_up();
}

void LineTest::look() {
  const Stats now = talker_.endpoint().stats();
  follow(figures_.out.bad, stats_.frames_lost, now.frames_lost);
  follow(figures_.in.bad, stats_.frames_damaged, now.frames_damaged);
  stats_ = now;
  if (out_) out_meter_.add(delivered(), io::now());
  if (in_) in_meter_.add(received_, io::now());
  if (figures_.served && pinged_ == Time{} && io::now() - last_pong_ >= between_) ping();
  if (io::now() - told_ < kTell) return;
  told_ = io::now();
  figures_.damages = inbound_.damages();
  progress_(figures_);
}

// ---- Streams ----

std::optional<StreamId> LineTest::open(bool bulk, Byte kind, std::uint32_t bytes) {
  Purpose purpose{services::kTest};
  purpose.priority = bulk ? Priority::bulk : Priority::interactive;
  Endpoint& endpoint = talker_.endpoint();
  const auto stream = endpoint.open(purpose, io::now());
  if (!stream) return std::nullopt;
  const auto preface = wire::test_preface({static_cast<TestKind>(kind), bytes});
  static_cast<void>(endpoint.write(*stream, preface, io::now()));
  return *stream;
}

void LineTest::close(std::optional<StreamId>& stream) {
  if (!stream) return;
  talker_.endpoint().reset(*stream, ResetReason::aborted, io::now());
  stream.reset();
  talker_.pump();
}

void LineTest::begin_out() {
  heard_ = io::now();
  written_ = 0;
  out_ = open(true, static_cast<Byte>(TestKind::sink), 0);
  fill();
}

void LineTest::begin_in() {
  heard_ = io::now();
  longest_gap_ = Duration{};
  in_ = open(true, static_cast<Byte>(TestKind::source), kEndless);
  talker_.pump();
}

std::uint64_t LineTest::delivered() const {
  return written_ - std::min(written_, talker_.endpoint().undelivered().to_peer);
}

/// At least so much: what had been held back before came in this time, too.
std::optional<double> LineTest::line_rate(std::uint64_t before, Time since) const {
  const Duration time = io::now() - since;
  if (time < kLeastForClock) return std::nullopt;
  return static_cast<double>(talker_.endpoint().stats().wire_bytes_received - before) /
         to_seconds(time + longest_gap_ + kHeldBack);
}

void LineTest::note_gap(Time now) {
  const Duration gap = now - std::exchange(heard_, now);
  const auto on_line = [this](std::uint64_t bytes) {
    return Duration(std::chrono::seconds(bytes)) / static_cast<std::int64_t>(figures_.nominal);
  };
  if (in_) longest_gap_ = std::max(longest_gap_, gap);
  const Duration longest = in_ ? kLeastPause + on_line(kPauseBytes) : kAcks + on_line(kAckBytes);
  if ((in_ || out_) && gap >= longest && figures_.pauses.size() < Inbound::kMostDamages)
    figures_.pauses.push_back({now - gap, gap});
}

void LineTest::handle(const Event& event) {
  if (const auto* const readable = std::get_if<event::Readable>(&event)) {
    if (in_ == readable->stream) drain();
    if (echo_ == readable->stream) pong();
  }
  if (const auto* const writable = std::get_if<event::Writable>(&event); writable && out_ == writable->stream)
    fill();
  if (const auto* const ended = std::get_if<event::Reset>(&event)) {
    if (echo_ == ended->stream) refused_ = true;
    for (std::optional<StreamId>* const stream : {&out_, &in_, &echo_}) {
      if (*stream == ended->stream) stream->reset();
    }
  }
}

void LineTest::fill() {
  while (out_) {
    wire::fill_with_test_bytes(written_, piece_);
    const auto count = talker_.endpoint().write(*out_, piece_, io::now());
    if (!count) break;
    written_ += *count;
    if (*count < piece_.size()) break;
  }
  talker_.pump_soon();
}

void LineTest::drain() {
  while (in_) {
    const auto read = talker_.endpoint().read(*in_, piece_, io::now());
    if (!read) return;
    received_ += read->count;
    if (read->count < piece_.size()) return;
  }
}

void LineTest::ping() {
  constexpr std::array<Byte, 1> kByte = {0x55};
  if (!echo_ || !talker_.endpoint().write(*echo_, kByte, io::now())) return;
  pinged_ = io::now();
  talker_.pump();
}

void LineTest::pong() {
  const auto read = talker_.endpoint().read(*echo_, piece_, io::now());
  if (!read || read->count == 0 || pinged_ == Time{}) return;
  last_pong_ = io::now();
  auto& trips = busy_ ? figures_.busy_trips : figures_.idle_trips;
  if (trips.size() < kMostTrips) trips.push_back(last_pong_ - pinged_);
  pinged_ = Time{};
}

}  // namespace serialtcp::doctor
