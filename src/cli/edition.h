// Edition: what one of the programs that are made from these sources can do. serialtcp can do everything
// (edition_full.cpp); serialtcp-lite, for boards with little room, only what the other end of a cable needs
// (edition_lite.cpp). The linker takes from the libraries only what the edition names: nothing is left out by #if.
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "cli/administration.h"
#include "cli/config_file.h"
#include "cli/getty_at_this_end.h"
#include "cli/option_table.h"
#include "net/front_end.h"
#include "net/process_shares.h"
#include "os/asio.h"
#include "os/observer.h"
#include "port/line.h"

namespace serialtcp::io {
class Connections;
}

namespace serialtcp::cli {

/// A word that stands first.
struct Command {
  std::string_view name;
  int (*run)(std::span<const char* const> arguments);
};

/// What is done with --config and --check-config.
struct ConfigFiles {
  std::span<const TableKindOf>
      tables;  ///< what there is in them (cli/table_kind.h), in the order in which it is started
  std::expected<Configuration, std::string> (*read)(const std::string& path);
  int (*check)(const std::string& path);
};

/// What an edition says of an option, in place of what its row says. Without a help, it has no such option.
struct OptionText {
  Section section;
  std::string_view name;
  std::string_view help = {};
  std::string_view table = {};  ///< with Section::table, the name of the kind
};

/// What texts name that is not the same everywhere.
struct Wording {
  std::string_view port = "/dev/ttyUSB0";  ///< an example
  std::string_view end = "a signal";       ///< what ends a program in order
  std::string_view shared_over = "TCP, unix sockets and ptys";
  bool manual = true;  ///< there are manual pages
};

struct Edition {
  std::string_view name;          ///< behind "serialtcp" and its version: empty, or " lite"
  std::string_view ways;          ///< the options for services, in the usage line of --help
  std::string_view more_in_help;  ///< the last line of --help: the commands
  std::span<const Command> commands;
  /// Names of other programs, by which a link may call this one, in their place.
  std::span<const Command> places_of_others;
  std::span<const OptionRows> option_rows;  ///< in the order of --help
  std::span<const OptionText> option_texts;
  Wording wording;
  const ConfigFiles* config_files;  ///< null: there are none
  MakeAdministration administer;    ///< null: nobody but signals reaches the running program
  /// Wraps the line of a link that installs what is missing at the other end (LinkOptions::install); null: there is no such
  /// link. The error is a sentence. All references outlive the line.
  std::expected<std::unique_ptr<io::Line>, std::string> (*install)(io::asio::io_context& context,
                                                                   std::unique_ptr<io::Line> line,
                                                                   const LinkOptions& options,
                                                                   io::Observer& observer);
  /// Makes the line of a link a console as well (LinkOptions::getty); null: there is no such link. All references outlive the line.
  GettyAtThisEnd (*getty)(io::asio::io_context& context, std::unique_ptr<io::Line> line,
                          const LinkOptions& options, std::shared_ptr<io::ProgramWatcher> watcher,
                          io::Observer& observer);
  /// Serves those at the other end who want to run programs here (LinkOptions::allow_shell), or to see the console, which may be
  /// null; null: there is no such service, and they are told that by the link.
  void (*offer_sessions)(const LinkOptions& options, const io::ProcessShares& shares,
                         const std::shared_ptr<getty::BoardConsole>& console, io::Connections& connections);
  /// Serves clients of -D; null: there is no -D.
  void (*serve_proxy)(io::Connections& connections, std::unique_ptr<io::FrontEnd> front_end);
};

/// That of this program: it is linked with one of the files.
const Edition& edition();

}  // namespace serialtcp::cli
