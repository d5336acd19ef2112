// Observer: receives what is to be reported to the user. The shell reports it as types; the texts are the
// observer's. Its functions must return quickly and never throw.
#pragma once

#include <string>
#include <string_view>

#include "serialtcp/bytes.h"
#include "serialtcp/config.h"
#include "serialtcp/event.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class Observer {
 public:
  virtual ~Observer() = default;

  virtual void link_up(std::string_view line, const event::LinkUp& up) = 0;
  virtual void link_down(LinkDownReason reason) = 0;
  /// The other end has announced which services it offers and wants.
  virtual void peer_services(const ServiceNames& services) = 0;
  virtual void line_troubled(const event::LineTroubled& troubled) = 0;
  /// The line is not 8-bit clean: this is how it changes a byte value.
  virtual void line_alters_bytes(const ByteChange& change) = 0;
  virtual void line_coded(const event::LineCoded& coded) = 0;
  virtual void speed_changed(std::string_view line, const event::LineSpeed& speed) = 0;

  /// The line is open, for the first time or after its absence was reported; `how` completes "X opened ..."
  /// and may be empty.
  virtual void line_opened(std::string_view line, std::string_view how) = 0;
  /// The device is not there at the start, and is waited for; and later: it is there.
  virtual void line_awaited(std::string_view line, std::string_view reason) = 0;
  virtual void line_found(std::string_view line) = 0;
  /// The device went away while in use, and came back.
  virtual void line_lost(std::string_view line, std::string_view reason) = 0;
  virtual void line_back(std::string_view line, Duration away) = 0;
  /// It is still away, for a reason that differs from the one reported last.
  virtual void line_not_back_yet(std::string_view line, std::string_view reason) = 0;
  /// It is still away, or not there yet. Reported at growing intervals, as are the next two.
  virtual void line_still_away(std::string_view line, std::string_view reason, Duration away) = 0;

  /// Nothing was heard from the peer although it should have answered.
  virtual void peer_silent(std::string_view line, Duration silent, std::size_t connections) = 0;
  /// There is no link, or none yet.
  enum class Heard : std::uint8_t { nothing_yet, nothing, something };
  virtual void no_link(std::string_view line, Duration without, Heard heard) = 0;
  /// After peer_silent().
  virtual void peer_answers(std::string_view line, Duration silent) = 0;

  /// Speeds are in bytes per second.
  struct Figures {
    std::uint64_t rate = 0;     ///< of the line, as far as it was measured
    std::uint64_t nominal = 0;  ///< the same by its settings
    Duration round_trip{};
    // Of a minute:
    std::uint64_t sent = 0;  ///< a second
    std::uint64_t received = 0;
    double lost = 0;     ///< the part of what was sent that was retransmitted
    double damaged = 0;  ///< the part of the frames received
    std::size_t connections = 0;
  };
  /// Once after link_up(), when the round trip has been measured.
  virtual void link_measured(std::string_view line, const Figures& figures) = 0;
  /// The speed of the line differs from what was reported last.
  virtual void line_speed(std::string_view line, const Figures& figures) = 0;
  /// Once a minute, if there was traffic.
  virtual void link_figures(std::string_view line, const Figures& figures) = 0;
  /// Lost or damaged frames cost much of the line (with `lost` and `damaged`); and later: no longer.
  virtual void frames_lost(std::string_view line, const Figures& figures) = 0;
  virtual void frames_arrive(std::string_view line, Duration after) = 0;
  /// Clients that have connected and are not served, because there is no link.
  virtual void clients_wait(std::size_t clients) = 0;

  /// What the line has delivered; the view is not kept.
  virtual void received(ByteView chunk) = 0;

  /// A text about one connection, as in "connection 3: from 127.0.0.1:4711".
  virtual void connection(std::uint64_t number, std::string_view what) = 0;
  /// The last text about it.
  enum class Ending : std::uint8_t { in_order, failed };
  virtual void connection_over(std::uint64_t number, Ending ending, std::string_view what) = 0;

  /// A line that a program of this connection has written to its standard error.
  virtual void program_said(std::uint64_t number, std::string_view line) = 0;

  /// Any other text.
  virtual void note(std::string_view text) = 0;
};

}  // namespace serialtcp::io
