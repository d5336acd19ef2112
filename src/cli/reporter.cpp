// Events to lines of the log.
#include "cli/reporter.h"

#include <fmt/format.h>

#include "cli/messages.h"
#include "os/clock.h"

namespace serialtcp::cli {

Reporter::Reporter(io::asio::io_context& context, Log& log, const LinkOptions& options)
    : log_(log), options_(options), limiter_(io::now()), summary_timer_(context) {}

Reporter::~Reporter() {
  tell_left_out(LogLimiter::Which::all);
}

void Reporter::link_up(std::string_view line, Protocol protocol) {
  say(LogClass::link, link_up_message(line, protocol, options_.key_file ? Sealed::yes : Sealed::no));
  if (protocol != Protocol::original) return;
  for (const std::string& message : original_service_messages(own_services())) say(LogClass::link, message);
}

void Reporter::peer_services(const ServiceNames& services) {
  for (const std::string& message : service_messages(own_services(), services)) say(LogClass::link, message);
}

void Reporter::link_down(LinkDownReason reason) {
  complain(LogClass::link, link_down_message(reason));
}

void Reporter::line_troubled(const event::LineTroubled& troubled) {
  const Role role = original_role(options_);
  if (troubled.trouble == LineTrouble::text && troubled.console != Console::text) {
    return complain(LogClass::trouble, console_message(troubled.console, troubled.heard, role, options_.port,
                                                       options_.at_prompt));
  }
  complain(LogClass::trouble, trouble_message(troubled.trouble, role, options_.port));
}

void Reporter::line_alters_bytes(const ByteChange& change) {
  complain(LogClass::trouble, byte_change_message(change, options_.port));
}

void Reporter::line_awaited(std::string_view line, std::string_view reason) {
  complain(LogClass::device,
           fmt::format("waiting for {}: {} (with --no-wait, the program exits instead)", line, reason));
}

void Reporter::line_found(std::string_view line) {
  say(LogClass::device, fmt::format("{} is available now", line));
}

void Reporter::line_lost(std::string_view line, std::string_view reason) {
  complain(LogClass::device, line_lost_message(line, reason, options_.hold));
}

void Reporter::line_back(std::string_view line, Duration away) {
  say(LogClass::device, fmt::format("{} is back after {}", line, seconds_text(away)));
}

void Reporter::line_still_away(std::string_view line, std::string_view reason, Duration away) {
  complain(LogClass::device,
           fmt::format("still waiting for {} after {}: {}", line, seconds_text(away), reason));
}

void Reporter::peer_silent(std::string_view line, Duration silent, std::size_t connections) {
  complain(LogClass::link, peer_silent_message(line, silent, connections, options_.hold));
}

void Reporter::no_link(std::string_view line, Duration without, Heard heard) {
  complain(LogClass::link,
           no_link_message(line, without, heard == Heard::nothing ? Received::nothing : Received::something));
}

void Reporter::peer_answers(std::string_view line, Duration silent) {
  say(LogClass::link, fmt::format("the other end of {} answers again, after {}", line, seconds_text(silent)));
}

void Reporter::line_not_back_yet(std::string_view line, std::string_view reason) {
  complain(LogClass::device, fmt::format("still waiting for {}: {}", line, reason));
}

void Reporter::received(ByteView chunk) {
  if (style_.verbosity == Verbosity::debug) say(LogClass::bytes, received_message(chunk));
}

void Reporter::connection(std::uint64_t number, std::string_view what) {
  say(LogClass::connection, fmt::format("connection {}: {}", number, what));
}

void Reporter::program_said(std::uint64_t number, std::string_view line) {
  say(LogClass::program, fmt::format("connection {}: the program says: {}", number, line));
}

void Reporter::note(std::string_view text) {
  say(LogClass::note, text);
}

void Reporter::complain(LogClass of, std::string_view text) {
  trouble_ = {std::string(text.substr(0, Log::kMaxLine)), io::now()};
  say(of, text);
}

void Reporter::say(LogClass of, std::string_view text) {
  const std::string line = labelled(text.substr(0, Log::kMaxLine));
  if (limiter_.admit(of, line.size(), io::now())) {
    log_.line(line);
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
  while (const auto summary = limiter_.next_summary(io::now(), which)) log_.line(labelled(*summary));
}

std::string Reporter::labelled(std::string_view text) const {
  return style_.label.empty() ? std::string(text) : fmt::format("{}: {}", style_.label, text);
}

}  // namespace serialtcp::cli
