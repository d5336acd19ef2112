// Operations: what the control socket can have a running program do. The program implements it.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "control/request.h"
#include "control/status.h"
#include "os/asio.h"
#include "serialtcp/bytes.h"

namespace serialtcp::control {

class Operations {
 public:
  /// A link that continues with its old options.
  struct NotReplaced {
    std::string link;
    std::string why;  ///< a sentence
  };
  struct Reloaded {
    std::size_t links = 0;  ///< of the new configuration
    std::size_t unchanged = 0;
    std::vector<NotReplaced> not_replaced = {};
  };

  /// A stream that was requested, and is there.
  struct Stream {
    std::string connection;  ///< NAME#N
    /// Makes a socket, from which `first` was read already, the stream. To be called before the answer returns.
    std::function<void(io::StreamSocket socket, Bytes first)> attach;
  };
  using Connected = std::move_only_function<void(std::expected<Stream, Error>)>;
  /// How a stream has ended.
  struct End {
    bool in_order = true;
    std::string text = {};
  };

  virtual ~Operations() = default;

  virtual std::expected<ProcessStatus, Error> status(const StatusRequest& request) = 0;
  /// `who` asks for it, for the log: "process 4711 of user 0".
  virtual std::expected<void, Error> close(const CloseRequest& request, const std::string& who) = 0;
  /// `connected` is called once, later; or never, if what is returned has been destroyed before.
  virtual std::expected<std::shared_ptr<void>, Error> connect(const ConnectRequest& request,
                                                              const std::string& who,
                                                              Connected connected) = 0;
  /// Empty if it has not ended.
  virtual std::expected<std::optional<End>, Error> end(const EndRequest& request) = 0;
  virtual std::expected<Reloaded, Error> reload(const std::string& who) = 0;
  virtual void set_level(Level level, const std::string& who) = 0;
  virtual std::string version() const = 0;
};

/// Carries a request out, and returns the answer, a line. A request for a stream, which is answered later, is returned
/// itself.
std::variant<std::string, ConnectRequest> respond(std::string_view line, Operations& operations,
                                                  const std::string& who);

}  // namespace serialtcp::control
