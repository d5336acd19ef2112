// Which link of which running process a user means by the name of a link or a service, and a stream there.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "control/client.h"
#include "service/stream_requests.h"

namespace serialtcp::cli {

/// What the user has written.
struct StreamWish {
  std::string text;                         ///< NAME|HOST:PORT
  io::StreamRequests::Wanted wanted;        ///< the same
  std::optional<std::string> link = {};     ///< --link
  std::optional<std::string> control = {};  ///< --control
  bool noise = false;                       ///< no stream, but what is noise on the line
};

struct ChosenStream {
  control::Client client;  ///< its socket is the stream
  std::string connection;  ///< its name
};

struct NoStream {
  std::string text;      ///< a sentence
  bool no_link = false;  ///< none is running that could be meant
};

/// Waits for the answer of the other end.
std::expected<ChosenStream, NoStream> choose_stream(const StreamWish& wish);

}  // namespace serialtcp::cli
