// Turns events into lines of the log.
#include "cli/reporter.h"

#include <fmt/format.h>

#include "cli/messages.h"
#include "os/clock.h"
#include "port/line_factory.h"
#include "port/serial_ports.h"

namespace serialtcp::cli {

namespace {

/// Something is wrong with the link, and not just with one of its connections.
bool is_trouble(const LogEntry& entry) {
  const LogClass of = info_of(entry.event).of;
  const bool of_link = of == LogClass::link || of == LogClass::trouble || of == LogClass::device;
  return of_link && entry.level <= LogLevel::warning;
}

}  // namespace

Reporter::Reporter(io::asio::io_context& context, Log& log, const LinkOptions& options)
    : log_(log), options_(options), limiter_(io::now()), summary_timer_(context) {}

Reporter::~Reporter() {
  tell_left_out(LogLimiter::Which::all);
}

void Reporter::cannot_start(std::string_view text) {
  say(LogEvent::link_cannot_start, text);
}

void Reporter::has_started(std::string_view text) {
  say(LogEvent::link_started, text);
}

void Reporter::link_up(std::string_view line, const event::LinkUp& up) {
  say(LogEvent::link_up, link_up_message(line, up, options_.key_file ? Sealed::yes : Sealed::no));
  if (up.protocol != Protocol::original) return;
  for (const std::string& message : original_service_messages(own_services()))
    say(LogEvent::services_differ, message);
}

void Reporter::peer_services(const ServiceNames& services) {
  say(LogEvent::peer_services, peer_services_message(services));
  for (const std::string& message : service_messages(own_services(), services))
    say(LogEvent::services_differ, message);
}

void Reporter::link_down(LinkDownReason reason) {
  say(LogEvent::link_down, link_down_message(reason));
}

void Reporter::line_troubled(const event::LineTroubled& troubled) {
  const Role role = original_role(options_);
  if (troubled.trouble == LineTrouble::text && troubled.console != Console::text) {
    return say(LogEvent::line_trouble,
               console_message(troubled.console, troubled.heard, role, options_.port, options_.at_prompt));
  }
  say(LogEvent::line_trouble, trouble_message(troubled.trouble, role, options_.port));
}

void Reporter::line_coded(const event::LineCoded& coded) {
  say(coded.hopeless ? LogEvent::line_trouble : LogEvent::line_coded,
      line_coded_message(coded, options_.port));
}

void Reporter::speed_changed(std::string_view line, const event::LineSpeed& speed) {
  const bool asked_for = options_.climbing.where == io::Climbing::Where::everywhere;
  if (speed.what == event::LineSpeed::What::coded && !asked_for) return;
  say(LogEvent::speed_changed, speed_message(speed, line));
}

void Reporter::line_alters_bytes(const ByteChange& change) {
  say(LogEvent::line_alters_bytes, byte_change_message(change, options_.port));
}

void Reporter::line_opened(std::string_view line, std::string_view how) {
  say(LogEvent::device_opened, fmt::format("{} opened{}{}", line, how.empty() ? "" : " ", how));
}

void Reporter::link_measured(std::string_view line, const Figures& figures) {
  say(LogEvent::link_measured, measured_message(line, figures));
}

void Reporter::line_speed(std::string_view line, const Figures& figures) {
  say(LogEvent::line_speed, speed_message(line, figures));
}

void Reporter::link_figures(std::string_view line, const Figures& figures) {
  say(LogEvent::link_figures, figures_message(line, figures));
}

void Reporter::frames_lost(std::string_view line, const Figures& figures) {
  say(LogEvent::frames_lost, frames_lost_message(line, figures));
}

void Reporter::frames_arrive(std::string_view line, Duration after) {
  say(LogEvent::frames_arrive, fmt::format("{} loses little again, after {}", line, seconds_text(after)));
}

void Reporter::clients_wait(std::size_t clients) {
  say(LogEvent::clients_wait, clients_wait_message(options_.port, clients));
}

void Reporter::line_awaited(std::string_view line, std::string_view reason) {
  say(LogEvent::device_waiting,
      fmt::format("waiting for {}: {} (with --no-wait, the program exits instead){}", line, reason,
                  io::other_ports(std::string(line))));
}

void Reporter::line_found(std::string_view line) {
  say(LogEvent::device_found, fmt::format("{} is available now", line));
}

void Reporter::line_lost(std::string_view line, std::string_view reason) {
  say(LogEvent::device_lost, line_lost_message(line, reason, options_.hold));
}

void Reporter::line_back(std::string_view line, Duration away) {
  say(LogEvent::device_back, fmt::format("{} is back after {}", line, seconds_text(away)));
}

void Reporter::line_still_away(std::string_view line, std::string_view reason, Duration away) {
  say(LogEvent::device_waiting,
      fmt::format("still waiting for {} after {}: {}", line, seconds_text(away), reason));
}

void Reporter::peer_silent(std::string_view line, Duration silent, std::size_t connections) {
  say(LogEvent::peer_silent, peer_silent_message(line, silent, connections, options_.hold));
}

void Reporter::no_link(std::string_view line, Duration without, Heard heard) {
  say(LogEvent::no_link, no_link_message(line, without, heard, io::silence_advice(options_.port),
                                         options_.seek_speed ? 0 : options_.serial.baud));
}

void Reporter::peer_answers(std::string_view line, Duration silent) {
  say(LogEvent::peer_answers,
      fmt::format("the other end of {} answers again, after {}", line, seconds_text(silent)));
}

void Reporter::line_not_back_yet(std::string_view line, std::string_view reason) {
  say(LogEvent::device_waiting, fmt::format("still waiting for {}: {}", line, reason));
}

void Reporter::received(ByteView chunk) {
  if (log_.shows(LogLevel::trace)) say(LogEvent::received, received_message(chunk));
}

void Reporter::connection(std::uint64_t number, std::string_view what) {
  say(LogEvent::connection, fmt::format("connection {}: {}", number, what));
}

void Reporter::connection_over(std::uint64_t number, Ending ending, std::string_view what) {
  say(ending == Ending::failed ? LogEvent::connection_failed : LogEvent::connection_closed,
      fmt::format("connection {}: {}", number, what));
}

void Reporter::program_said(std::uint64_t number, std::string_view line) {
  say(LogEvent::program_output, fmt::format("connection {}: the program says: {}", number, line));
}

void Reporter::note(std::string_view text) {
  say(LogEvent::note, text);
}

LogEntry Reporter::entry(LogEvent event, std::string_view text) const {
  const std::string& name = options_.name.empty() ? options_.port : options_.name;
  return {.level = level_of(event, text), .event = event, .link = name, .label = style_.label, .text = text};
}

void Reporter::say(LogEvent event, std::string_view text) {
  const LogEntry said = entry(event, text);
  if (is_trouble(said)) trouble_ = {std::string(text.substr(0, Log::kMaxText)), io::now()};
  if (!log_.shows(said.level)) return;
  const std::string body = log_.body(said);
  if (limiter_.admit(info_of(event).of, log_.size(body), io::now())) {
    log_.put(body);
  } else {
    arm_summary();
  }
}

void Reporter::arm_summary() {
  if (summary_armed_ || limiter_.due() == kNever) return;
  summary_armed_ = true;
  summary_timer_.expires_at(io::to_steady(limiter_.due()));
  summary_timer_.async_wait(lifetime_.guard([this](io::ErrorCode cancelled) {
    if (cancelled) return;
    summary_armed_ = false;
    tell_left_out(LogLimiter::Which::due);
    arm_summary();
  }));
}

void Reporter::tell_left_out(LogLimiter::Which which) {
  while (const auto summary = limiter_.next_summary(io::now(), which))
    log_.write(entry(LogEvent::suppressed, *summary));
}

std::string Reporter::labelled(std::string_view text) const {
  return style_.label.empty() ? std::string(text) : fmt::format("{}: {}", style_.label, text);
}

}  // namespace serialtcp::cli
