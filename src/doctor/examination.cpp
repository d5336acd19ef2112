#include "doctor/examination.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <expected>
#include <utility>

#include "doctor/line_test.h"
#include "doctor/loop_test.h"
#include "doctor/rung_survey.h"
#include "os/clock.h"
#include "os/ending_signals.h"
#include "os/files.h"
#include "port/latency_timer.h"
#include "port/line_controls.h"
#include "port/serial_ports.h"

namespace serialtcp::doctor {

namespace {

/// Of adapters: bytes are passed on every millisecond.
constexpr unsigned kBestLatency = 1;
/// Those that are in use the most, first.
constexpr std::uint32_t kUsualSpeeds[] = {9600,   115200, 57600, 38400,   19200,   230400,  460800,
                                          921600, 4800,   2400,  1000000, 1500000, 3000000, 1200};
/// With a larger difference, a receiver samples the last bits of a byte at the wrong time.
constexpr double kToleratedSpeedError = 0.02;
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

Examination::Examination(io::asio::io_context& context, Wish wish, Tell tell, Live live)
    : context_(context),
      wish_(std::move(wish)),
      tell_(std::move(tell)),
      live_(std::move(live)),
      signals_(context) {
  for (const int signal : io::ending_signals()) signals_.add(signal);
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
                std::string(io::latency_advice()))});
    return;
  }
  outside_.latency = kBestLatency;
  tell({fact("latency", fmt::format("set to {} ms, {}", kBestLatency, io::latency_lasts()))});
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
  const FarKind kind = kind_of(end);
  if (!over(&held) && kind == FarKind::noise) find_speed(held, end);
  if (!over(&held) && wish_.loopback && kind == FarKind::loop) {
    Findings findings = try_loop(held, nominal_rate(wish_.serial));
    if (!over(&held)) tell(std::move(findings));
    if (!over(&held)) try_wires(held);
    if (wish_.rungs) try_rungs(held);
  }
  if (const auto errors = errors_between(errors_, errors_of(line)); errors && !held.gone())
    tell(judge_errors(*errors, wish_.serial.flow_control));
  if (held.gone() && outcome_.signal == 0)
    tell({fault("line", fmt::format("it went away during the test: {}", *held.gone()),
                wish_.is_device ? "check the plug, the power of the hub, and what dmesg says"
                                : "see why the other side has ended it")});
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
  end.before = listen(line, kListening);
  // Nothing is typed at a prompt.
  const bool prompt = end.before.console && *end.before.console != Console::text;
  const bool own_kind = !prompt && !over(&line) && speak(line, Role::server, end);
  if (own_kind && !end.answered.link && end.answered.echo == Echo::none && !over(&line))
    speak(line, Role::client, end);
  end.waited = io::now() - began;
  end.errors = errors_between(errors_, errors_of(line.line()));
  if (!over(&line) && !end.answered.link) tell(judge_far_end(end));
  return end;
}

Overheard Examination::listen(HeldLine& line, Duration longest) {
  Hearing hearing;
  line.take([&hearing](ByteView bytes) { hearing.heard(bytes, io::now()); }, nullptr);
  run_for(longest, &line, [] { return false; });
  line.let_go();
  return hearing.result(io::now());
}

/// Returns whether codes of this end's role in the original's protocol were heard: the other role may be answered. A link is
/// told of at once, and measured.
bool Examination::speak(HeldLine& line, Role role, FarEnd& end) {
  EndpointConfig config{.role = role, .key = wish_.key, .nominal_rate = nominal_rate(wish_.serial)};
  // Whatever the other end is for: it is not asked for anything.
  config.forwards.server = config.forwards.client = true;
  // Test bytes arrive as they are, and one after the other.
  config.compression = Compression::off;
  config.parts = false;
  std::optional<LineSpeeds> speeds;
  if (wish_.rungs && line.line().speed() != 0)
    speeds = {.base = line.line().speed(), .most = UINT32_MAX, .by_hand = true};
  Talker talker(context_, line, config, speeds);
  run_for(kAnswer + bytes_time(kAnswerBytes), &line, [&talker] {
    return talker.link_up() || (talker.troubled() != Time::max() && io::now() - talker.troubled() > kDespite);
  });
  end.answered = talker.result();
  if (talker.link_up() && !over(&line)) {
    tell(judge_far_end(end));
    if (kind_of(end) == FarKind::ours) measure(talker, line);
    if (kind_of(end) == FarKind::ours && wish_.rungs && talker.link_up() && !over(&line))
      survey(talker, line);
  }
  if (talker.link_up()) leave(talker, line);
  return talker.hears_own_kind();
}

void Examination::measure(Talker& talker, HeldLine& line) {
  const Time began = io::now();
  const auto wait = [this, &line](Duration longest, const std::function<bool()>& done) {
    run_for(longest, &line, done);
    return !over(&line);
  };
  const auto progress = [this, began](const LineFigures& figures) {
    live_(fmt::format("{:.0f} of {:.0f} s: {} bad frames in, {} out", to_seconds(io::now() - began),
                      to_seconds(wish_.lasts), figures.in.bad.size(), figures.out.bad.size()));
  };
  const std::size_t known = talker.answered().changes.size();
  const bool coded = talker.answered().coded.has_value();
  LineTest test(talker, wait, progress);
  LineFigures figures = test.run(known_of_line(), wish_.lasts);
  if (over(&line)) return;
  if (!talker.link_up()) {
    tell({fault("line", "the link was lost during the test",
                "see whether the other end, or its machine, was restarted")});
    return;
  }
  const Answered& now = talker.answered();
  if (!now.changes.empty() || now.coded) {  // that is what the errors are
    figures.damages.clear();
    figures.in.bad.clear();
    figures.out.bad.clear();
  }
  if (now.changes.size() > known || now.coded.has_value() != coded)
    tell(judge_changes(now.changes, now.coded));
  tell(judge_line(figures));
}

LineFigures Examination::known_of_line() const {
  return {.nominal = nominal_rate(wish_.serial),
          .has_speed = wish_.advice.speed == io::SilenceAdvice::Speed::of_both_ends,
          .flow = wish_.serial.flow_control};
}

/// At every speed that both ends can do.
void Examination::survey(Talker& talker, HeldLine& line) {
  const auto wait = [this, &line](Duration longest, const std::function<bool()>& done) {
    run_for(longest, &line, done);
    return !over(&line);
  };
  if (line.line().speed() == 0) return tell({fact("rungs", "this line has no speed that can be set")});
  std::vector<Rung> rungs;
  RungSurvey survey(talker, wait, known_of_line(), io::bits_per_byte(wish_.serial));
  const bool whole = survey.run([this, &rungs](const Rung& rung) {
    rungs.push_back(rung);
    tell({judge_rung(rung)});
  });
  if (whole) return tell({judge_rungs(rungs, wish_.serial.baud)});
  if (!over(&line))
    tell({fault("rungs", "the link was lost during the test",
                "see whether the other end, or its machine, was restarted")});
}

void Examination::leave(Talker& talker, HeldLine& line) {
  talker.endpoint().shut_down(io::now());
  talker.pump();
  // Also after a signal.
  const int signal = std::exchange(outcome_.signal, 0);
  const auto flushed = [&] {
    return talker.endpoint().finished() && line.is_free() && line.line().unsent() == 0;
  };
  run_for(kFarewell, &line, flushed);
  run_for(kSettle + bytes_time(kFifo), &line, [] { return false; });
  if (signal != 0) outcome_.signal = signal;
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

Findings Examination::try_loop(HeldLine& line, std::uint64_t rate) {
  await_silence(line);
  LoopTest test(rate);
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
  return test.findings();
}

/// Only with a plug at the end: a board may be reset by RTS.
void Examination::try_wires(HeldLine& line) {
  using io::Pin;
  io::LineControls* const controls = line.line().controls();
  const auto before = controls == nullptr ? std::nullopt : controls->modem_lines();
  if (!before) return;
  const auto cts_with = [&](Pin rts) {
    controls->set_pins(std::nullopt, rts);
    run_for(kPins, &line, [] { return false; });
    const auto now = line.gone() ? std::nullopt : controls->modem_lines();
    return now && now->cts == rts;
  };
  const bool follows = cts_with(Pin::low) && cts_with(Pin::high);
  if (line.gone()) return;
  controls->set_pins(std::nullopt, before->rts);
  if (!over(&line)) tell({judge_wires(follows, wish_.serial.flow_control)});
}

// ---- Other speeds ----

/// Whether the device has this speed now, as near as receivers need it.
bool Examination::set_speed(HeldLine& line, std::uint32_t baud) {
  std::optional<io::Line::SpeedAnswer> answer;
  line.line().set_speed(baud, [&answer](io::Line::SpeedAnswer now) { answer = std::move(now); });
  run_for(kAnswer, &line, [&answer] { return answer.has_value(); });
  if (!answer || !*answer) return false;
  // Some say at first what they were asked for, and take another one.
  run_for(kSilence, &line, [] { return false; });
  if (line.line().restore_settings()) return false;
  const double error = std::abs(static_cast<double>(**answer) - baud) / baud;
  return error <= kToleratedSpeedError;
}

void Examination::find_speed(HeldLine& line, const FarEnd& end) {
  const std::uint32_t before = line.line().speed();
  if (before == 0) return;
  for (const std::uint32_t baud : kUsualSpeeds) {
    if (over(&line)) return;
    if (baud == wish_.serial.baud || !set_speed(line, baud)) continue;
    live_(fmt::format("listening at {}", baud));
    const Overheard heard = listen(line, kListeningElsewhere);
    if (!makes_sense(heard) || over(&line)) continue;
    tell({speed_finding(end, baud, heard)});
    break;
  }
  if (!over(&line)) set_speed(line, before);
}

void Examination::try_rungs(HeldLine& line) {
  const std::uint32_t before = line.line().speed();
  if (before == 0) return tell({fact("rungs", "this line has no speed that can be set")});
  std::vector<std::uint32_t> speeds(std::begin(kUsualSpeeds), std::end(kUsualSpeeds));
  std::ranges::sort(speeds);
  io::SerialSettings serial = wish_.serial;
  for (const std::uint32_t baud : speeds) {
    if (over(&line)) return;
    if (!set_speed(line, baud)) {
      tell({fact("rung", fmt::format("{:>7}: the port cannot do it", baud), "", baud)});
      continue;
    }
    serial.baud = baud;
    const Findings findings = try_loop(line, nominal_rate(serial));
    if (over(&line)) return;
    std::vector<std::string> texts;
    for (const Finding& finding : findings) texts.push_back(finding.text);
    tell({fact("rung",
               fmt::format("{:>7}: {}{}", baud, result_of(findings) == Result::fine ? "good; " : "BAD; ",
                           fmt::join(texts, "; ")),
               "", baud)});
  }
  set_speed(line, before);
}

}  // namespace serialtcp::doctor
