// The configuration file's syntax: TOML into tables as text, each value with its place in the file. Checks
// keys and types; the kinds of tables judge the values. Only this file includes toml++. Opens nothing.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "cli/table_options.h"

namespace serialtcp::cli {

/// A position in the file. Lines and columns start at 1; columns are characters.
struct Place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  auto operator<=>(const Place&) const = default;
};

struct ConfigMistake {
  Place place;
  std::string text;  ///< what is wrong and what was expected: a sentence in one line

  auto operator<=>(const ConfigMistake&) const = default;
};

/// A table of a kind of which there can be several.
struct PlacedTable {
  const TableKind* kind = nullptr;
  Given given = {};
  Place place = {};      ///< of its head
  bool damaged = false;  ///< something in it was not understood, and is missing here
  /// The positions of each option's values, by its name; several for a list.
  std::map<std::string, std::vector<Place>, std::less<>> places = {};

  /// The `index`-th value of an option; the table's head if it has none.
  Place where(std::string_view option, std::size_t index = 0) const;

  bool operator==(const PlacedTable&) const = default;
};

/// The contents of a configuration file, without what was not understood.
struct RawConfig {
  std::vector<PlacedTable> tables;                   ///< those of each kind in the order of the file
  RunOptions all;                                    ///< what is for all of them
  std::map<std::string, Place, std::less<>> places;  ///< of the values for all links, by their options' names
  std::vector<ConfigMistake> mistakes;
};

/// Tables of each kind in one file: more than a machine has serial ports for.
inline constexpr std::size_t kMaxLinks = 64;

RawConfig parse_config_syntax(std::string_view text);

}  // namespace serialtcp::cli
