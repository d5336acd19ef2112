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

  virtual void link_up(std::string_view line, Protocol protocol) = 0;
  virtual void link_down(LinkDownReason reason) = 0;
  /// The other end has announced which services it offers and wants.
  virtual void peer_services(const ServiceNames& services) = 0;
  virtual void line_troubled(const event::LineTroubled& troubled) = 0;
  /// The line is not 8-bit clean: this is how it changes a byte value.
  virtual void line_alters_bytes(const ByteChange& change) = 0;

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

  /// The peer has not answered although it should, and there are connections.
  virtual void peer_silent(std::string_view line, Duration silent, std::size_t connections) = 0;
  /// There is no link, or none yet.
  enum class Heard : std::uint8_t { nothing, something };
  virtual void no_link(std::string_view line, Duration without, Heard heard) = 0;
  /// After peer_silent().
  virtual void peer_answers(std::string_view line, Duration silent) = 0;

  /// What the line has delivered; the view is not kept.
  virtual void received(ByteView chunk) = 0;

  /// A text about one connection, as in "connection 3: closed, ...".
  virtual void connection(std::uint64_t number, std::string_view what) = 0;

  /// A line that a program of this connection has written to its standard error.
  virtual void program_said(std::uint64_t number, std::string_view line) = 0;

  /// Any other text.
  virtual void note(std::string_view text) = 0;
};

}  // namespace serialtcp::io
