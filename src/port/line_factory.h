// Makes a Line from the name that the user has given.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "os/asio.h"
#include "os/observer.h"
#include "port/line.h"
#include "port/serial_settings.h"

namespace serialtcp::io {

/// `name` is the path of a device, socket://HOST:PORT or loop://. Opens nothing. The error completes "Could
/// not open serial port X: ...".
std::expected<std::unique_ptr<Line>, std::string> make_line(asio::io_context& context,
                                                            const std::string& name,
                                                            const SerialSettings& settings,
                                                            Observer& observer);

}  // namespace serialtcp::io
