// The settings of an emulated cable as text: NAME VALUE, the same on the command line (--ber 1e-5) and while
// it runs (set ber 1e-5).
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "emulator/pty_cable.h"

namespace serialtcp::cli {

using CableResult = std::expected<void, std::string>;

/// A setting that is to have a value.
struct CableChange {
  io::CableSettings& settings;
  std::string_view name;
  std::string_view value;
};

struct CableOption {
  std::string_view name;
  std::string_view value;  ///< what is expected, in capitals
  std::string_view help;
  CableResult (*set)(const CableChange& to);
};

/// In the order of --help.
std::span<const CableOption> cable_options();

/// Changes one setting. The error says what is wrong with the value and what is expected.
CableResult set_cable_option(io::CableSettings& settings, std::string_view name, std::string_view value);

}  // namespace serialtcp::cli
