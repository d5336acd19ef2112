// A path at which a line listens (listen:unix:PATH), where the system has such sockets.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "net/front_end.h"
#include "os/asio.h"
#include "os/observer.h"
#include "port/line.h"

namespace serialtcp::io {

/// The error says what is wrong with it; one of a system that has no such sockets is about all of them.
std::expected<std::string, std::string> parse_listen_path(std::string_view text);

/// Whether a socket can be made there, as far as that can be seen.
std::expected<void, OpenError> look_at_listen_path(const std::string& path);

/// Listens; the error is a sentence.
std::expected<std::unique_ptr<FrontEnd>, std::string> listen_at_path(asio::io_context& context,
                                                                     const std::string& path,
                                                                     Observer& observer);

}  // namespace serialtcp::io
