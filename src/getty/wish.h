// What the user wants of a port that is a console and the line of a link (serialtcp getty).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace serialtcp::getty {

struct Wish {
  bool wanted = false;                      ///< nothing else counts without it
  std::optional<std::string> command = {};  ///< what runs there, by sh -c; none: a login prompt
  enum class Text : std::uint8_t { without_link, never } text = Text::without_link;
  /// Whether the port has a modem: then the console waits for its carrier, and is hung up without it.
  enum class Carrier : std::uint8_t { ignored, counts } carrier = Carrier::ignored;

  bool operator==(const Wish&) const = default;
};

}  // namespace serialtcp::getty
