// The option table: one row for each option. The command line (options), the keys of the configuration file
// (config_syntax), --help (help), the manual pages and the completions (tools/option_documents) are made from it. There
// is no other list of options, but those of commands. The rows stand in option_rows_*.cpp. Prints nothing, opens nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/options.h"
#include "cli/table_options.h"

namespace serialtcp::cli {

/// Takes one value, as text, over into where it belongs. The error completes "argument X: ...". What a flag gets has
/// no meaning.
using PutInLink = std::optional<std::string> (*)(LinkOptions& link, const std::string& text);
using PutInRun = std::optional<std::string> (*)(RunOptions& run, const std::string& text);
using PutInTable = std::optional<std::string> (*)(TableOptions& options, const std::string& text);

/// A heading of the manual page.
enum class Section : std::uint8_t {
  cable,
  services,
  forwarding,
  addresses,
  port,
  link,
  install,
  program,
  table,  ///< of a kind of table with an option table of its own: a page of its own
};

/// What its key takes, in TOML's types. In `texts`, a whole number is a port. With `none` it has no key.
enum class Toml : std::uint8_t { none, text, texts, integer, number, number_or_text, flag, integer_or_text };

/// Where it stands on the command line.
enum class Stands : std::uint8_t {
  anywhere,        ///< as --name
  hidden,          ///< the same, and is for tests: it is not documented
  by_command,      ///< only a command of this program gives it
  by_position,     ///< without a name
  only_in_a_file,  ///< not at all: it is a key of the configuration file
};

/// What a shell can suggest as its value, beside `values`.
enum class Suggest : std::uint8_t { nothing, file, configuration, device, speed, listener, target };

enum class Repeated : std::uint8_t { no, yes };
/// What may stand beside --config.
enum class BesideConfig : std::uint8_t { no, yes };
/// Whether it can be abbreviated, as long as no other option begins with the same letters.
enum class Abbreviated : std::uint8_t { yes, no };

struct Option {
  std::string_view name;           ///< on the command line behind two dashes, and in the configuration file
  char letter = 0;                 ///< behind one dash
  std::string_view argument = {};  ///< the name of its value; empty for a flag
  std::string_view values = {};    ///< fixed ones, separated by blanks
  /// Its value if it stands alone. Another one stands behind an equals sign then, and `argument` begins with "[=".
  std::string_view alone = {};
  Suggest suggest = Suggest::nothing;
  Stands stands = Stands::anywhere;
  Repeated repeated = Repeated::no;
  std::size_t most = 0;             ///< how often it may be given; 0: checked elsewhere
  std::string_view excludes = {};   ///< another option that cannot be combined with it
  std::string_view otherwise = {};  ///< the default without both: completes "without both, ..."
  Toml toml = Toml::none;
  std::string_view example = {};  ///< a value in TOML
  BesideConfig beside_config = BesideConfig::no;
  Abbreviated abbreviated = Abbreviated::yes;
  Section section;
  std::string_view help;  ///< fits into a line of --help
  std::variant<std::monostate, PutInLink, PutInRun, PutInTable> put;

  bool is_flag() const { return argument.empty(); }
  bool of_link() const { return std::holds_alternative<PutInLink>(put); }
};

using OptionTable = std::span<const Option>;
/// A group of rows (cli/option_rows.h).
using OptionRows = OptionTable (*)();

/// Those of this edition of the program, in the order of --help. Other kinds of tables than links have tables of their own
/// (cli/share_options, cli/net_options).
OptionTable option_table();

/// Of such a table, the rows that this edition has, with its own texts (OptionText of cli/edition.h). `table` is the name of the
/// kind of tables, if they are of one with a table of its own.
std::vector<Option> of_this_edition(OptionTable rows, std::string_view table = "");

/// By its name or as it is spelled on the command line; null if there is none.
const Option* find_option(std::string_view name, OptionTable table = option_table());

/// As on the command line: "--server", "SERIALPORT".
std::string spelling(const Option& option);

/// Whether a key of the configuration file belongs in a table, or above all of them.
enum class Of : std::uint8_t { one_table, whole_file };
bool has_key(const Option& option, Of of);

/// "a string or a list of strings"
std::string_view expected(Toml type);

/// Whether options of a section have been given.
bool any_given(const Given& given, Section section);

}  // namespace serialtcp::cli
