// What a console is asked to do.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "console/keys.h"
#include "port/line_kind.h"
#include "port/record_output.h"
#include "port/serial_settings.h"
#include "serialtcp/time.h"

namespace serialtcp::console {

struct ConsoleConfig {
  std::string place = {};  ///< as the user wrote it
  io::SerialSettings serial = {};
  io::LineUse::Settings settings =
      io::LineUse::Settings::usual;  ///< whether the user has chosen any of these
  bool read_only = false;
  bool no_wait = false;  ///< ends if it cannot be opened at once
  std::string log = {};  ///< a file; empty: none
  io::RecordOutput::Rules log_rules = {.most = io::RecordOutput::kMaxSize,
                                       .old_files = 1,
                                       .before = io::RecordOutput::Rules::Before::kept,
                                       .mark = "[serialtcp: {} bytes lost]\r\n"};
  bool timestamp = false;
  std::optional<std::string> control = {};  ///< the socket of the process that has what is called by a name
  Byte escape = kUsualEscape;
  std::optional<Duration> lasts = {};      ///< it ends after this time
  std::optional<std::string> expect = {};  ///< a regular expression: it ends when this has come ...
  std::optional<Duration> timeout = {};    ///< ... or has not, in this time
};

/// How it has ended.
struct Outcome {
  enum class Kind : std::uint8_t {
    done,       ///< as was asked for
    cannot,     ///< `problem` says why
    not_found,  ///< what was expected has not come
    by_signal,  ///< `signal`
    unread,     ///< nobody reads what it writes
  } kind = Kind::done;
  std::string problem = {};
  int signal = 0;
};

}  // namespace serialtcp::console
