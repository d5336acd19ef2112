// Events to lines of the log.
#include "cli/reporter.h"

#include <fmt/format.h>

#include "cli/messages.h"

namespace serialtcp::cli {

void Reporter::link_up(std::string_view line, Protocol protocol) {
  note(link_up_message(line, protocol, options_.key_file ? Sealed::yes : Sealed::no));
  if (protocol != Protocol::original) return;
  for (const std::string& message : original_service_messages(own_services())) note(message);
}

void Reporter::peer_services(const ServiceNames& services) {
  for (const std::string& message : service_messages(own_services(), services)) note(message);
}

void Reporter::link_down(LinkDownReason reason) {
  note(link_down_message(reason));
}

void Reporter::line_troubled(const event::LineTroubled& troubled) {
  const Role role = original_role(options_);
  if (troubled.trouble == LineTrouble::text && troubled.console != Console::text) {
    return note(console_message(troubled.console, troubled.heard, role, options_.port, options_.at_prompt));
  }
  note(trouble_message(troubled.trouble, role, options_.port));
}

void Reporter::line_awaited(std::string_view line, std::string_view reason) {
  note(
      fmt::format("waiting for {}: {} (with --no-wait, it is an error that ends the program)", line, reason));
}

void Reporter::line_found(std::string_view line) {
  note(fmt::format("{} is there now", line));
}

void Reporter::line_lost(std::string_view line, std::string_view reason) {
  note(line_lost_message(line, reason, options_.hold));
}

void Reporter::line_back(std::string_view line) {
  note(fmt::format("{} is back", line));
}

void Reporter::line_not_back_yet(std::string_view line, std::string_view reason) {
  note(fmt::format("still waiting for {}: {}", line, reason));
}

void Reporter::received(ByteView chunk) {
  if (style_.verbosity == Verbosity::debug) note(received_message(chunk));
}

void Reporter::connection(std::uint64_t number, std::string_view what) {
  note(fmt::format("connection {}: {}", number, what));
}

void Reporter::note(std::string_view text) {
  log_.line(style_.label.empty() ? text : labelled(text));
}

std::string Reporter::labelled(std::string_view text) const {
  return style_.label.empty() ? std::string(text) : fmt::format("{}: {}", style_.label, text);
}

}  // namespace serialtcp::cli
