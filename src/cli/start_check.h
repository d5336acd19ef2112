// What a start of a link, or of another kind of table, needs from its surroundings: the key, the serial port, the addresses to
// listen at. Found out without starting anything, and nothing is changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/link_options.h"
#include "os/asio.h"

namespace serialtcp::cli {

struct StartProblem {
  /// Whether the link could not start, or would, and somebody should know it.
  enum class Weight : std::uint8_t { mistake, warning } weight = Weight::mistake;
  std::string_view option;  ///< its name
  std::size_t index = 0;    ///< which one, of an option that may be repeated
  std::string text;         ///< a sentence
};

/// Who asks: a process that starts the link itself, or somebody else beforehand.
struct StartSite {
  io::asio::io_context& context;
  /// Whether a place that is in use will be free when the link starts.
  std::function<bool(const io::ListenPlace& place)> becomes_free;
  /// Whether the sockets of a service manager are those that the link would get.
  enum class Passed : std::uint8_t { to_this_process, to_another } passed = Passed::to_this_process;
};

/// In the order of the options, the key first. What can only be seen by starting is not among them: names are not looked
/// up, and devices are not opened.
std::vector<StartProblem> start_problems(const LinkOptions& options, const StartSite& site);

/// Why a log could not be appended to, or made. 0 if it can be.
int log_error(const std::string& path);

/// A place where a link listens, and which option has said so: -s, -L or -D.
struct ListenOption {
  std::string_view option;  ///< its name
  std::size_t index = 0;    ///< which one of these
  std::shared_ptr<const io::ListenPlace> place;
};

std::vector<ListenOption> listen_options(const LinkOptions& options);

}  // namespace serialtcp::cli
