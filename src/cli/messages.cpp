// One line each: what happened, to what, what to do.
#include "cli/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace serialtcp::cli {

namespace {

/// Bytes of a chunk that are shown.
constexpr std::size_t kShown = 32;

/// The words that the original has for all of these, for those who search for them.
constexpr std::string_view kEcho =
    "WARNING: Misconfiguration or echo detected. One side should use --client, the other should use "
    "--server.";

}  // namespace

std::string link_down_message(LinkDownReason reason) {
  return fmt::format("link down: {}; synchronising again", describe(reason));
}

std::string link_up_message(std::string_view line, Protocol protocol, Sealed sealed) {
  if (sealed == Sealed::yes) return fmt::format("link ok on {}, sealed with the shared key", line);
  if (protocol != Protocol::original) return fmt::format("link ok on {}", line);
  return fmt::format(
      "link ok on {}, in the original serialtcp's protocol, which is what the other end speaks: one "
      "connection at a time, "
      "and nothing is checked or repaired",
      line);
}

std::string line_lost_message(std::string_view line, std::string_view reason, Duration hold) {
  const double seconds = std::chrono::duration<double>(hold).count();
  const std::string fate = hold == Duration{} ? "connections are reset"
                           : hold == kForever
                               ? "connections go on when it is back"
                               : fmt::format("connections go on if it is back within {:g} s", seconds);
  return fmt::format("lost {}: {}; {}", line, reason, fate);
}

std::string exposed_message(std::string_view address) {
  return fmt::format(
      "WARNING: whoever can reach {} can connect through the cable: leave out the address to listen on "
      "localhost "
      "only",
      address);
}

std::string trouble_message(LineTrouble trouble, Role role, std::string_view line) {
  switch (trouble) {
    case LineTrouble::echo:
      return fmt::format(
          "{} What is sent to {} comes back: a loopback plug, crossed wires, or a console that echoes", kEcho,
          line);
    case LineTrouble::both_servers:
      return fmt::format(
          "{} Both ends use --server: start the one that reaches the target with --client HOST:PORT", kEcho);
    case LineTrouble::both_clients:
      return fmt::format("{} Both ends use --client: start the one that listens with --server PORT", kEcho);
    case LineTrouble::garbled:
      return fmt::format(
          "WARNING: what {} receives makes no sense: probably a different baud rate or parity at the two "
          "ends, or a "
          "bad cable",
          line);
    case LineTrouble::text:
      return fmt::format(
          "WARNING: {} receives readable text: a console or a login prompt is at the other end, start "
          "serialtcp {} "
          "there",
          line, role == Role::server ? "--client" : "--server");
    case LineTrouble::own_kind:
      return std::string(kEcho);
    case LineTrouble::incompatible:
      return "WARNING: the other end speaks another version of the protocol: use the same serialtcp at both "
             "ends";
    case LineTrouble::peer_has_no_key:
      return "WARNING: the other end has no key and this one does, so they do not talk: start the other end "
             "with "
             "--key and the same key file";
    case LineTrouble::peer_needs_key:
      return "WARNING: the other end has a key and this one does not, so they do not talk: start this end "
             "with "
             "--key and the same key file";
    case LineTrouble::key_differs:
      return "WARNING: the other end has another key, so they do not talk: copy the key file from one end to "
             "the "
             "other";
  }
  return "";
}

std::string received_message(ByteView chunk) {
  const ByteView shown = chunk.first(std::min(chunk.size(), kShown));
  std::string text = fmt::format("received {} byte{}:", chunk.size(), chunk.size() == 1 ? "" : "s");
  for (const Byte byte : shown) fmt::format_to(std::back_inserter(text), " {:02x}", byte);
  text += " |";
  for (const Byte byte : shown) text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
  text += shown.size() < chunk.size() ? "|..." : "|";
  return text;
}

}  // namespace serialtcp::cli
