// Operations: what the control socket can have a running program do. The program implements it.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "control/request.h"
#include "control/status.h"

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

  virtual ~Operations() = default;

  virtual std::expected<ProcessStatus, Error> status(const StatusRequest& request) = 0;
  /// `who` asks for it, for the log: "process 4711 of user 0".
  virtual std::expected<void, Error> close(const CloseRequest& request, const std::string& who) = 0;
  virtual std::expected<Reloaded, Error> reload(const std::string& who) = 0;
  virtual void set_level(Level level, const std::string& who) = 0;
  virtual std::string version() const = 0;
};

/// Carries a request out. Returns the answer, a line.
std::string respond(std::string_view line, Operations& operations, const std::string& who);

}  // namespace serialtcp::control
