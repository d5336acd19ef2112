// Events to lines of the log.
#include "cli/reporter.h"

#include <fmt/format.h>

#include "cli/messages.h"

namespace serialtcp::cli {

void Reporter::link_up(std::string_view line, Protocol protocol) {
  log_.line(link_up_message(line, protocol, options_.key_file ? Sealed::yes : Sealed::no));
  if (protocol != Protocol::original) return;
  for (const std::string& message : original_service_messages(own_services())) log_.line(message);
}

void Reporter::peer_services(const ServiceNames& services) {
  for (const std::string& message : service_messages(own_services(), services)) log_.line(message);
}

void Reporter::link_down(LinkDownReason reason) {
  log_.line(link_down_message(reason));
}

void Reporter::line_troubled(LineTrouble trouble) {
  log_.line(trouble_message(trouble, original_role(options_.servers, options_.clients), options_.port));
}

void Reporter::line_awaited(std::string_view line, std::string_view reason) {
  log_.line(
      fmt::format("waiting for {}: {} (with --no-wait, it is an error that ends the program)", line, reason));
}

void Reporter::line_found(std::string_view line) {
  log_.line(fmt::format("{} is there now", line));
}

void Reporter::line_lost(std::string_view line, std::string_view reason) {
  log_.line(line_lost_message(line, reason, options_.hold));
}

void Reporter::line_back(std::string_view line) {
  log_.line(fmt::format("{} is back", line));
}

void Reporter::line_not_back_yet(std::string_view line, std::string_view reason) {
  log_.line(fmt::format("still waiting for {}: {}", line, reason));
}

void Reporter::received(ByteView chunk) {
  if (options_.verbosity == Verbosity::debug) log_.line(received_message(chunk));
}

void Reporter::connection(std::uint64_t number, std::string_view what) {
  log_.line(fmt::format("connection {}: {}", number, what));
}

void Reporter::note(std::string_view text) {
  log_.line(text);
}

}  // namespace serialtcp::cli
