// What happens, in the words of the log. Pure functions, so that every message is a test's text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "os/observer.h"
#include "port/line_kind.h"
#include "serialtcp/bytes.h"
#include "serialtcp/config.h"
#include "serialtcp/event.h"
#include "serialtcp/time.h"

namespace serialtcp::cli {

enum class Sealed : std::uint8_t { no, yes };

std::string link_up_message(std::string_view line, const event::LinkUp& up, Sealed sealed = Sealed::no);

using Figures = io::Observer::Figures;

/// "round trip 24 ms on X, speed 11 kB/s (nominal 12 kB/s)"
std::string measured_message(std::string_view line, const Figures& figures);
std::string speed_message(std::string_view line, const Figures& figures);
std::string figures_message(std::string_view line, const Figures& figures);
std::string frames_lost_message(std::string_view line, const Figures& figures);
/// Of clients that have connected here.
std::string clients_wait_message(std::string_view line, std::size_t clients);

/// What the peer has announced: "the other end offers 'web', and listens for nothing".
std::string peer_services_message(const ServiceNames& peer);

/// What is not served although the link is up: `own` names that the peer does not match. None if all is well.
std::vector<std::string> service_messages(const ServiceNames& own, const ServiceNames& peer);

/// The same of a peer that speaks the original's protocol, which has only the default service.
std::vector<std::string> original_service_messages(const ServiceNames& own);

std::string link_down_message(LinkDownReason reason);

/// The serial port has gone, and what becomes of connections.
std::string line_lost_message(std::string_view line, std::string_view reason, Duration hold);

/// "12 s", "3 min", "2 h".
std::string seconds_text(Duration duration);

/// The peer owes an answer for so long, and what becomes of connections.
std::string peer_silent_message(std::string_view line, Duration silent, std::size_t connections,
                                Duration hold);

/// There has been no link for so long; whether any bytes came meanwhile. `baud`: of this end; 0: it searches for
/// that of the peer.
std::string no_link_message(std::string_view line, Duration without, io::Observer::Heard heard,
                            const io::SilenceAdvice& advice, std::uint32_t baud);

std::string trouble_message(LineTrouble trouble, Role role, std::string_view line);

/// Which byte value the line does not carry, and what that usually is.
std::string byte_change_message(const ByteChange& change, std::string_view line);
/// Of a prompt, and what it said.
/// How bytes are coded on a line that does not carry all values.
/// A change of the speed of the line, or why there is none.
std::string speed_message(const event::LineSpeed& speed, std::string_view line);
std::string line_coded_message(const event::LineCoded& coded, std::string_view line);

std::string console_message(Console console, std::string_view heard, Role role, std::string_view line,
                            AtPrompt at_prompt);

/// "received 5 bytes: 1f 44 68 69 0a |.Dhi.|", of long chunks the beginning.
std::string received_message(ByteView chunk);

}  // namespace serialtcp::cli
