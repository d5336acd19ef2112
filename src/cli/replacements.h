// Replacements: which links a new configuration would replace, and whether each of the new ones could start. A link that
// cannot be replaced stays as it is, and so do those that need its device or a place where it listens. Starts and stops
// nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/link_options.h"
#include "os/asio.h"

namespace serialtcp::cli {

struct NotReplaced {
  std::size_t old = 0;     ///< its place among the old ones
  std::size_t wanted = 0;  ///< among the new ones
  std::string why;         ///< a sentence
};

/// The links that a configuration does not have any more as they are.
struct OldLinks {
  std::vector<const LinkOptions*> running;
  std::vector<const LinkOptions*>
      ending;                        ///< those that cannot stay, and may still have what a new one needs
  std::vector<std::uint16_t> ports;  ///< the TCP ports of all of them, also those that the system has chosen
};

/// `wanted`: what the configuration has instead. New links are never in the result.
std::vector<NotReplaced> not_replaceable(io::asio::io_context& context, const OldLinks& old,
                                         const std::vector<LinkOptions>& wanted);

}  // namespace serialtcp::cli
