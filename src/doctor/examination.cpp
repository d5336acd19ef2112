#include "doctor/examination.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <expected>
#include <utility>

#include "doctor/loop_test.h"
#include "os/clock.h"
#include "os/files.h"
#include "port/latency_timer.h"
#include "port/line_controls.h"
#include "port/serial_ports.h"

namespace serialtcp::doctor {

namespace {

/// Of adapters: bytes are passed on every millisecond.
constexpr unsigned kBestLatency = 1;
/// Bytes of a test of a loopback that are written at once.
constexpr std::size_t kLoopBatch = 1024;

PortOutside look_outside(const Wish& wish) {
  PortOutside port{.name = wish.port};
  if (!wish.is_device) return port;
  const std::string device = io::real_path(wish.port);
  for (io::PortFound& found : io::serial_ports()) {
    if (found.path != device) continue;
    port.by_id = std::move(found.by_id);
    port.parts = std::move(found.parts);
  }
  port.chip = io::uart_chip(wish.port);
  port.latency = io::latency_timer(wish.port);
  return port;
}

std::optional<io::LineErrors> errors_of(io::Line& line) {
  const io::LineControls* const controls = line.controls();
  return controls == nullptr ? std::nullopt : controls->errors();
}

}  // namespace

Examination::Examination(io::asio::io_context& context, Wish wish, Tell tell)
    : context_(context),
      wish_(std::move(wish)),
      tell_(std::move(tell)),
      signals_(context, SIGINT, SIGTERM, SIGHUP) {
  signals_.async_wait(lifetime_.guard([this](io::ErrorCode error, int signal) {
    if (!error) outcome_.signal = signal;
  }));
}

Outcome Examination::run(std::unique_ptr<io::Line> line) {
  outside_ = look_outside(wish_);
  tell(judge_outside(outside_));
  if (wish_.fix) fix_latency();
  if (open(*line)) examine(*line);
  line->close();
  return std::move(outcome_);
}

void Examination::tell(Findings findings) {
  for (Finding& finding : findings) {
    if (!unread_ && !tell_(finding)) unread_ = true;
    outcome_.findings.push_back(std::move(finding));
  }
}

bool Examination::over(const HeldLine* line) const {
  return outcome_.signal != 0 || unread_ || (line != nullptr && line->gone());
}

/// Serves the line, signals and timers.
template <typename Done>
void Examination::run_for(Duration longest, const HeldLine* line, const Done& done) {
  const Time end = io::now() + longest;
  while (!done() && !over(line) && io::now() < end) context_.run_one_until(io::to_steady(end));
}

// ---- The port ----

void Examination::fix_latency() {
  if (!outside_.latency || *outside_.latency <= kBestLatency) return;
  if (const std::error_code error = io::set_latency_timer(wish_.port, kBestLatency)) {
    tell({fault("latency", fmt::format("it could not be set to {} ms: {}", kBestLatency, error.message()),
                "run this test as root, or have a udev rule set ATTR{latency_timer}=\"1\"")});
    return;
  }
  outside_.latency = kBestLatency;
  tell({fact("latency", fmt::format("set to {} ms, until the adapter is unplugged", kBestLatency))});
}

bool Examination::open(io::Line& line) {
  std::optional<std::expected<void, io::OpenError>> result;
  line.open([&result](std::expected<void, io::OpenError> opened) { result = std::move(opened); });
  run_for(kOpening, nullptr, [&result] { return result.has_value(); });
  if (result && *result) return true;
  if (outcome_.signal == 0)
    outcome_.problem = fmt::format(
        "could not open {}: {}", wish_.port,
        result ? result->error().text : fmt::format("no answer in {:.0f} s", to_seconds(kOpening)));
  line.close();  // before `result` is gone
  return false;
}

void Examination::look_inside(io::Line& line) {
  const io::LineControls* const controls = line.controls();
  errors_ = errors_of(line);
  tell(judge_inside(outside_, {.opened_as = line.opened_as(),
                               .notes = std::move(notes_),
                               .latency = wish_.is_device ? io::latency_timer(wish_.port) : std::nullopt,
                               .pins = controls == nullptr ? std::nullopt : controls->modem_lines(),
                               .errors = errors_,
                               .flow = wish_.serial.flow_control}));
}

void Examination::examine(io::Line& line) {
  look_inside(line);
  HeldLine held(context_, line);
  const FarEnd end = meet(held);
  if (!over(&held)) tell(judge_far_end(end));
  if (!over(&held) && wish_.loopback && kind_of(end) == FarKind::loop) try_loop(held);
  if (const auto errors = errors_between(errors_, errors_of(line)); errors && !held.gone())
    tell(judge_errors(*errors, wish_.serial.flow_control));
  if (held.gone() && outcome_.signal == 0)
    tell({fault("line", fmt::format("it went away during the test: {}", *held.gone()),
                "check the plug, the power of the hub, and what dmesg says")});
}

/// That so many bytes take on the line.
Duration Examination::bytes_time(std::uint64_t bytes) const {
  return Duration(std::chrono::seconds(bytes)) / static_cast<std::int64_t>(nominal_rate(wish_.serial));
}

// ---- The other end ----

FarEnd Examination::meet(HeldLine& line) {
  const Time began = io::now();
  FarEnd end{.port = wish_.port,
             .baud = wish_.advice.speed == io::SilenceAdvice::Speed::of_both_ends ? wish_.serial.baud : 0,
             .silence_advice = wish_.advice.check,
             .loop_expected = wish_.loopback};
  end.before = listen(line);
  // Nothing is typed at a prompt.
  const bool prompt = end.before.console && *end.before.console != Console::text;
  bool own_kind = false;
  if (!prompt && !over(&line)) end.answered = speak(line, Role::server, own_kind);
  if (own_kind && !end.answered.link && end.answered.echo == Echo::none && !over(&line))
    end.answered = speak(line, Role::client, own_kind);
  end.waited = io::now() - began;
  end.errors = errors_between(errors_, errors_of(line.line()));
  return end;
}

Overheard Examination::listen(HeldLine& line) {
  Hearing hearing;
  line.take([&hearing](ByteView bytes) { hearing.heard(bytes, io::now()); }, nullptr);
  run_for(kListening, &line, [] { return false; });
  line.let_go();
  return hearing.result(io::now());
}

Answered Examination::speak(HeldLine& line, Role role, bool& own_kind) {
  const std::uint64_t rate = nominal_rate(wish_.serial);
  EndpointConfig config{.role = role, .key = wish_.key, .nominal_rate = rate};
  // Whatever the other end is for: it is not asked for anything.
  config.forwards.server = config.forwards.client = true;
  Talker talker(context_, line, config);
  run_for(kAnswer + bytes_time(kAnswerBytes), &line, [&talker] {
    return talker.link_up() || (talker.troubled() != Time::max() && io::now() - talker.troubled() > kDespite);
  });
  own_kind = talker.hears_own_kind();
  if (talker.link_up()) leave(talker, line);
  return talker.result();
}

void Examination::leave(Talker& talker, HeldLine& line) {
  talker.endpoint().shut_down(io::now());
  talker.pump();
  const auto flushed = [&] {
    return talker.endpoint().finished() && line.is_free() && line.line().unsent() == 0;
  };
  run_for(kFarewell, &line, flushed);
  run_for(kSettle, &line, [] { return false; });
}

// ---- A loopback ----

/// What was sent before may still come back.
void Examination::await_silence(HeldLine& line) {
  bool heard = true;
  line.take([&heard](ByteView) { heard = true; }, nullptr);
  const Time end = io::now() + kDespite;
  while (std::exchange(heard, false) && io::now() < end && !over(&line))
    run_for(kSilence + bytes_time(kFifo), &line, [] { return false; });
  line.let_go();
}

void Examination::try_loop(HeldLine& line) {
  await_silence(line);
  LoopTest test(nominal_rate(wish_.serial));
  const auto write = [&] {
    const ByteView next = test.next(kLoopBatch, io::now());
    if (!next.empty()) line.write(next);
  };
  line.take(
      [&](ByteView bytes) {
        test.heard(bytes, io::now());
        if (line.is_free()) write();
      },
      write);
  write();
  while (!test.done() && !over(&line)) {
    run_for(test.due() - io::now(), &line, [&test] { return test.done(); });
    test.tick(io::now());
    if (line.is_free() && !test.done()) write();
  }
  line.let_go();
  if (!over(&line)) tell(test.findings());
}

}  // namespace serialtcp::doctor
