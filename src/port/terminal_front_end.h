// TerminalFrontEnd: a pty as the front end of a service. Each time a program opens it, a connection is handed over, as if
// the program had connected to a socket; it ends when the last program has closed the pty.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "net/front_end.h"
#include "os/asio.h"
#include "port/serial_settings.h"

namespace serialtcp::io {

class TerminalFrontEnd : public FrontEnd {
 public:
  /// Makes the pty and its link at `path`; `settings` are those that it shows. The error is a whole sentence: also that the
  /// system has no ptys.
  static std::expected<std::unique_ptr<TerminalFrontEnd>, std::string> make(asio::io_context& context,
                                                                            const std::string& path,
                                                                            const SerialSettings& settings);

  /// Called when a program has chosen other settings: also of one that has closed it already.
  virtual void on_set(std::function<void(const SerialSettings& settings)> set) = 0;
  /// Called when a program has dropped what it has not read: then what is in the socket is dropped.
  virtual void on_dropped(std::function<void()> dropped) = 0;
  /// Programs find these from now on.
  virtual void show(const SerialSettings& settings) = 0;
};

}  // namespace serialtcp::io
