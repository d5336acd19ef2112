// One line each: what happened, to what, what to do.
#include "cli/messages.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "cli/log_format.h"
#include "os/text.h"

namespace serialtcp::cli {

namespace {

/// Bytes of a chunk that are shown.
constexpr std::size_t kShown = 32;

/// The original's text for all of these, for users who search for it.
constexpr std::string_view kEcho = kOriginalEcho;

std::vector<std::string> without(const std::vector<std::string>& names,
                                 const std::vector<std::string>& those) {
  std::vector<std::string> rest;
  std::ranges::copy_if(names, std::back_inserter(rest),
                       [&](const auto& name) { return std::ranges::find(those, name) == those.end(); });
  return rest;
}

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ", ";
    text += name.empty() ? "the service without a name" : fmt::format("'{}'", name);
  }
  return text;
}

/// "web=", as in "--client web=HOST:PORT".
std::string example(const std::vector<std::string>& names) {
  return names.front().empty() ? "" : names.front() + "=";
}

// An escaped value in 512 bytes costs one byte: in percent.
constexpr double kHalfEscapes = 5.12;

}  // namespace

std::string link_down_message(LinkDownReason reason) {
  return fmt::format("link down: {}; searching for the other end", describe(reason));
}

std::string link_up_message(std::string_view line, const event::LinkUp& up, Sealed sealed) {
  if (up.protocol != Protocol::original) {
    return fmt::format("link ok on {}{}; the other end is serialtcp {}", line,
                       sealed == Sealed::yes ? ", sealed with the shared key" : "",
                       up.version == PeerVersion::v2_0 ? "2.0" : "2.1 or later");
  }
  return fmt::format(
      "link ok on {}, in the original serialtcp's protocol, which is what the other end speaks: one "
      "connection at a time, and nothing is checked or repaired",
      line);
}

namespace {

std::string speed_text(std::uint64_t bytes_per_second) {
  return io::format_size(bytes_per_second) + "/s";
}

std::string milliseconds_text(Duration duration) {
  const double milliseconds = to_seconds(duration) * 1000;
  return fmt::format("{:.{}f} ms", milliseconds, milliseconds < 10 ? 1 : 0);
}

std::string percent(double part) {
  return fmt::format("{:.1f} %", part * 100);
}

}  // namespace

std::string measured_message(std::string_view line, const Figures& figures) {
  return fmt::format("round trip {} on {}, speed {} (nominal {})", milliseconds_text(figures.round_trip),
                     line, speed_text(figures.rate), speed_text(figures.nominal));
}

std::string speed_message(std::string_view line, const Figures& figures) {
  return fmt::format("{} carries {} (nominal {}), round trip {}", line, speed_text(figures.rate),
                     speed_text(figures.nominal), milliseconds_text(figures.round_trip));
}

std::string figures_message(std::string_view line, const Figures& figures) {
  return fmt::format(
      "{} in the last minute: {} sent, {} received, of {}; {} sent again, {} of the frames damaged; round "
      "trip {}; {} connections",
      line, speed_text(figures.sent), speed_text(figures.received), speed_text(figures.rate),
      percent(figures.lost), percent(figures.damaged), milliseconds_text(figures.round_trip),
      figures.connections);
}

std::string frames_lost_message(std::string_view line, const Figures& figures) {
  return fmt::format(
      "WARNING: {} loses data: {} of what is sent is sent again, {} of the frames received are damaged. "
      "Nothing is missing, but it is slower. Usual reasons: a long or bad cable, missing ground, no flow "
      "control (--rtscts), a speed that a device cannot keep up with",
      line, percent(figures.lost), percent(figures.damaged));
}

std::string clients_wait_message(std::string_view line, std::size_t clients) {
  return fmt::format("{} for the link on {}",
                     clients == 1 ? "1 client waits" : fmt::format("{} clients wait", clients), line);
}

std::string line_lost_message(std::string_view line, std::string_view reason, Duration hold) {
  const double seconds = to_seconds(hold);
  const std::string fate = hold == Duration{} ? "connections are reset"
                           : hold == kForever
                               ? "connections continue when it returns"
                               : fmt::format("connections continue if it returns within {:g} s", seconds);
  return fmt::format("lost {}: {}; {}", line, reason, fate);
}

std::string seconds_text(Duration duration) {
  using namespace std::chrono;
  const auto seconds = duration_cast<std::chrono::seconds>(duration).count();
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} h", seconds / 3600);
}

std::string peer_silent_message(std::string_view line, Duration silent, std::size_t connections,
                                Duration hold) {
  const std::string beginning =
      fmt::format("nothing heard from the other end of {} for {}", line, seconds_text(silent));
  if (connections == 0) return beginning + ": clients wait until it answers";
  const std::string are =
      connections == 1 ? "1 connection is" : fmt::format("{} connections are", connections);
  const std::string fate = hold == kForever ? "kept until it answers"
                           : silent < hold  ? fmt::format("kept for another {}", seconds_text(hold - silent))
                                            : "reset soon";
  return fmt::format("{}: {} {}", beginning, are, fate);
}

std::string no_link_message(std::string_view line, Duration without, io::Observer::Heard heard,
                            const io::SilenceAdvice& advice, std::uint32_t baud) {
  const bool speed = advice.speed == io::SilenceAdvice::Speed::of_both_ends && baud != 0;
  const std::string time = seconds_text(without);
  if (heard == io::Observer::Heard::nothing_yet) {
    return fmt::format(
        "nobody answers on {} yet, after {}. Usual reasons: serialtcp does not run at the other end; {}{}",
        line, time, advice.reasons,
        speed ? fmt::format("; the ends have different speeds (here: {})", baud) : "");
  }
  if (heard == io::Observer::Heard::nothing) {
    return fmt::format(
        "no link on {} for {}, and nothing has been received: start serialtcp at the other end; {}", line,
        time, advice.check);
  }
  return fmt::format(
      "no link on {} for {}: data arrives, but not from serialtcp: check that it runs at the other end{}",
      line, time, speed ? ", with the same speed" : "");
}

std::string peer_services_message(const ServiceNames& peer) {
  const auto text = [](const std::vector<std::string>& names, const std::vector<std::string>& datagrams) {
    std::vector<std::string> parts;
    if (!names.empty()) parts.push_back(list(names));
    if (!datagrams.empty()) parts.push_back("UDP for " + list(datagrams));
    return parts.empty() ? "nothing" : fmt::format("{}", fmt::join(parts, ", "));
  };
  return fmt::format("the other end offers {}, and listens for {}",
                     text(peer.offered, peer.datagrams_offered), text(peer.wanted, peer.datagrams_wanted));
}

std::vector<std::string> service_messages(const ServiceNames& own, const ServiceNames& peer) {
  std::vector<std::string> messages;
  if (const auto missing = without(own.wanted, peer.offered); !missing.empty()) {
    messages.push_back(
        fmt::format("the other end does not offer {}: connections here are reset until it is started with "
                    "--client {}HOST:PORT",
                    list(missing), example(missing)));
  }
  if (const auto unused = without(own.offered, peer.wanted); !unused.empty()) {
    messages.push_back(
        fmt::format("nobody at the other end listens for {}: to use it, start it there with --server {}PORT",
                    list(unused), example(unused)));
  }
  if (const auto missing = without(own.datagrams_wanted, peer.datagrams_offered); !missing.empty()) {
    messages.push_back(
        fmt::format("the other end does not offer UDP for {}: datagrams here are dropped until it is "
                    "started with --client {}udp:HOST:PORT",
                    list(missing), example(missing)));
  }
  if (const auto unused = without(own.datagrams_offered, peer.datagrams_wanted); !unused.empty()) {
    messages.push_back(fmt::format(
        "nobody at the other end listens on UDP for {}: to use it, start it there with --server {}udp:PORT",
        list(unused), example(unused)));
  }
  return messages;
}

std::vector<std::string> original_service_messages(const ServiceNames& own) {
  std::vector<std::string> named;
  for (const auto& names : {own.offered, own.wanted}) {
    std::ranges::copy_if(names, std::back_inserter(named), [](const auto& name) { return !name.empty(); });
  }
  std::vector<std::string> messages;
  if (!named.empty()) {
    messages.push_back(fmt::format(
        "WARNING: the original's protocol has only the service without a name: {} cannot be reached",
        list(named)));
  }
  if (!own.datagrams_offered.empty() || !own.datagrams_wanted.empty())
    messages.push_back("WARNING: the original's protocol does not support UDP: datagrams are dropped");
  return messages;
}

std::string trouble_message(LineTrouble trouble, Role role, std::string_view line) {
  switch (trouble) {
    case LineTrouble::echo:
      return fmt::format(
          "{} This is an echo: what this end sends to {} comes back. Look for a loopback plug, crossed "
          "wires, or a console that echoes",
          kEcho, line);
    case LineTrouble::echo_beside_peer:
      return fmt::format(
          "WARNING: an echo on {}: what this end sends comes back, in addition to what the other end "
          "sends. The roles of the ends are right. Look for an RS-485 adapter that receives what it "
          "sends, a modem or a console that echoes, or crosstalk between the wires",
          line);
    case LineTrouble::both_servers:
      return fmt::format(
          "{} Both ends use only --server or -L: start the one that reaches the target with --client "
          "HOST:PORT, or --allow HOST:PORT for -L",
          kEcho);
    case LineTrouble::both_clients:
      return fmt::format(
          "{} Both ends use only --client or --allow: start the one that listens with --server PORT, or -L",
          kEcho);
    case LineTrouble::garbled:
      return fmt::format(
          "WARNING: what {} receives makes no sense: probably a different baud rate or parity at the two "
          "ends, or a bad cable",
          line);
    case LineTrouble::text:
      return fmt::format(
          "WARNING: {} receives readable text: a console or a login prompt is at the other end, start "
          "serialtcp {} there. Until it is heard, little is sent. If a login prompt comes there, stop it, "
          "for example: systemctl mask --now serial-getty@ttyS1.service (ttyS1 stands for the port's name "
          "there)",
          line, role == Role::server ? "--client" : "--server");
    case LineTrouble::own_kind:
      return std::string(kEcho);
    case LineTrouble::half_duplex:
      return fmt::format(
          "{} looks half-duplex (only one end can send at a time): from now on both ends take turns; "
          "start them with --half-duplex to take turns from the beginning",
          line);
    case LineTrouble::peer_knows_no_turns:
      return "WARNING: this end takes turns on a half-duplex line, but the serialtcp at the other end is "
             "too old to do so: data is lost and retransmitted when both ends send; install this version "
             "there";
    case LineTrouble::incompatible:
      return "WARNING: the other end speaks another version of the protocol: use the same serialtcp at "
             "both ends";
    case LineTrouble::peer_has_no_key:
      return "WARNING: the other end has no key and this one has one, so there is no link: start the "
             "other end with --key and the same key file";
    case LineTrouble::peer_needs_key:
      return "WARNING: the other end has a key and this one has none, so there is no link: start this end "
             "with --key and the same key file";
    case LineTrouble::key_differs:
      return "WARNING: the other end has another key, so there is no link: copy the key file from one end "
             "to the other";
  }
  return "";
}

namespace {

constexpr bool is_flow_control(Byte value) {
  return value == 0x11 || value == 0x13;
}

constexpr bool is_line_end(Byte value) {
  return value == '\r' || value == '\n';
}

std::string what_happens(const ByteChange& change) {
  switch (change.kind) {
    case ByteChange::Kind::lost:
      return fmt::format("byte 0x{:02x} never arrives", change.value);
    case ByteChange::Kind::replaced:
      return fmt::format("byte 0x{:02x} always arrives as 0x{:02x}", change.value, change.other);
    case ByteChange::Kind::extended:
      if (change.other == change.value)
        return fmt::format("byte 0x{:02x} always arrives twice", change.value);
      return fmt::format("an extra 0x{:02x} always arrives beside byte 0x{:02x}", change.other, change.value);
    case ByteChange::Kind::seven_bits:
      return "the highest bit of every byte is lost";
  }
  return "";
}

std::string usual_cause(const ByteChange& change) {
  if (change.kind == ByteChange::Kind::seven_bits)
    return "the port or a device on the way is set to 7 data bits: set 8 data bits and no parity everywhere";
  const bool line_end =
      is_line_end(change.value) || (change.kind != ByteChange::Kind::lost && is_line_end(change.other));
  if (line_end)
    return "the line adds or changes CR or LF, a terminal setting (onlcr, icrnl, ocrnl, igncr) of a port "
           "or device on the way: set it to raw mode";
  if (is_flow_control(change.value))
    return "software flow control (XON/XOFF) is on in a port or device on the way: disable it there (stty "
           "-ixon -ixoff; no --xonxoff)";
  if (change.value == 0xFF)
    return "a device on the way interprets 0xff, such as telnet (RFC 2217) or the tty setting parmrk: use "
           "a raw connection";
  return "a device on the way interprets this byte, such as an escape or attention character: disable "
         "that, or set it to raw mode";
}

}  // namespace

std::string byte_change_message(const ByteChange& change, std::string_view line) {
  return fmt::format(
      "WARNING: {} is not 8-bit clean: {}. Frames with such bytes are lost, unless both ends are of 2.1 or later: these "
      "avoid them from the next link on. Usually {}",
      line, what_happens(change), usual_cause(change));
}

std::string line_coded_message(const event::LineCoded& coded, std::string_view line) {
  if (coded.hopeless) {
    return fmt::format(
        "WARNING: {} does not even carry all printable characters, so no link is possible. Check what is between the "
        "ends: it must pass on the characters 21 to 7e (hexadecimal) unchanged",
        line);
  }
  if (coded.avoided > 0) {
    return fmt::format(
        "{} does not carry all byte values: {} of 256 are escaped by both ends, which costs {:.1f} % of the line",
        line, coded.avoided, (coded.avoided + 1) / kHalfEscapes);
  }
  return fmt::format(
      "{} carries too few byte values: both ends send printable characters only, which costs 23 % more",
      line);
}

std::string speed_message(const event::LineSpeed& speed, std::string_view line) {
  using What = event::LineSpeed::What;
  const std::string at = fmt::format("{} baud", speed.speed);
  switch (speed.what) {
    case What::climbs:
      return fmt::format(
          "{}: both ends can raise the speed, from {} to at most {}, and find out what the cable carries; --climb=off at either end keeps {}",
          line, at, speed.other, speed.speed);
    case What::settled:
      return speed.speed == speed.other ? fmt::format("{} is at {} again", line, at)
                                        : fmt::format("{} is at {}, climbed from {}", line, at, speed.other);
    case What::kept:
      return fmt::format("{}: at {} not everything arrives: {} kept", line, at, speed.other);
    case What::poor:
      return fmt::format("{}: {} lost {:.1f} % of frames, {} is better", line, at, speed.permille / 10.0,
                         speed.other);
    case What::lost:
      return fmt::format("{}: nothing is understood at {} any more: back at {}", line, at, speed.other);
    case What::left_out:
      return fmt::format(
          "{} cannot do {} ({}): left out", line, at,
          speed.other == 0 ? "its driver refuses it" : fmt::format("its driver has set {}", speed.other));
    case What::stays:
      return fmt::format("{} stays at {}: the other end cannot raise the speed, or has --climb=off", line,
                         at);
    case What::coded:
      return fmt::format(
          "{} stays at {}: bytes are coded there, and what needs that may know one speed only, so --climb has no effect",
          line, at);
    case What::proven:
      break;
  }
  return {};
}

std::string console_message(Console console, std::string_view heard, Role role, std::string_view line,
                            AtPrompt at_prompt) {
  const std::string_view what = console == Console::login   ? "a login prompt"
                                : console == Console::shell ? "a shell"
                                                            : "a boot loader";
  const std::string_view does = at_prompt == AtPrompt::silent
                                    ? "so nothing is sent until serialtcp is heard there"
                                    : "so hellos are sent every 30 s only";
  const std::string_view stop =
      console == Console::boot_loader
          ? "Let it boot"
          : "Free the port there; where systemd runs, for example: systemctl mask --now "
            "serial-getty@ttyS1.service (ttyS1 stands for the port's name there)";
  return fmt::format(
      "WARNING: {} is at the other end of {} (it says \"{}\"), {}. {}. Then start serialtcp {} there", what,
      line, heard, does, stop, role == Role::server ? "--client" : "--server");
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
